"""A busy client: operations in a random sequence on random orders, lines and dispatches.

What is refused is refused, as it would be to people who do not know what is there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from domain.operations.apply_reallocation import apply_reallocation
from domain.operations.cancel_orders import cancel_sales_orders
from domain.operations.change_purchase_orders import (
    cancel_purchase_order_line,
    change_purchase_order_line,
    link_purchase_order_line,
    reschedule_purchase_order_line,
)
from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.command import Command
from domain.operations.confirm_orders import confirm_order
from domain.operations.delivery_notes import DeliveryItem, create_delivery_notes
from domain.operations.dispatches import cancel_dispatch, pack_dispatch, ship_dispatch
from domain.operations.dropship_orders import VendorTerms, dropship_order_line
from domain.operations.edit_orders import add_order_lines, cancel_order_line, change_order_line, delay_order
from domain.operations.fill_backorders import ItemFill, fill_backorder
from domain.operations.line_pins import pin_order_line, unpin_order_line
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine, load_sales_orders
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.operations.plan_reallocation import plan_reallocation
from domain.operations.print_orders import print_order
from domain.operations.processor_runs import RunHandle, claim_run, request_run
from domain.operations.purchase_orders import PurchaseOrder, PurchaseOrderLine, create_purchase_order
from domain.operations.reallocation_variants import SegmentInput, VariantInput, set_reallocation_variant
from domain.operations.receive_purchase_orders import Receipt, receive_purchase_order
from domain.operations.set_up import (
    NewDistributionCenter,
    NewSku,
    NewStore,
    StockCount,
    set_stock,
    upsert_distribution_centers,
    upsert_skus,
    upsert_stores,
)
from domain.operations.split_orders import Part, split_order
from domain.rules.eligibility import LOOKS_AT
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import (
    BulkAction,
    ConfirmationStrategy,
    DistributionCenterKind,
    SegmentSort,
    UnmetWin,
    WarehousePickPolicy,
)
from domain.store.reallocation_variants import StoredFilter
from tests.builders import NOW, Shop
from tests.bulk import done, these
from tests.runs import process

Choice = TypeVar("Choice")

CENTERS = ["EAST", "MAIN"]
SKUS = ["CHAI", "CUP", "JUG", "POT", "TEA"]


class Busy:
    """Takes random steps on a shop; with the same seed and alone, always the same ones."""

    def __init__(self, shop: Shop, *, seed: int) -> None:
        self.shop = shop
        self.random = Random(seed)  # noqa: S311 - the same steps every time
        self.name = f"B{seed}"
        self.step = 0

    @property
    def now(self) -> datetime:
        return NOW + timedelta(minutes=self.step)

    @property
    def command(self) -> Command:
        return self.shop.command(now=self.now)

    async def take_steps(self, count: int) -> None:
        for _ in range(count):
            await self.take_step()

    async def take_step(self) -> None:
        """One operation. Only refusals are swallowed."""
        self.step += 1
        actions = list(_WEIGHTS)
        (action,) = self.random.choices(actions, [_WEIGHTS[each] for each in actions])
        with suppress(Refusal):
            await action(self)

    async def load(self) -> None:
        await load_sales_orders(
            self.command,
            sales_orders=[self._order(number) for number in range(self.random.randint(1, 4))],
        )

    async def count(self) -> None:
        await set_stock(
            self.command,
            counts=[
                StockCount(sku_code=sku, distribution_center_code=at, on_hand=self.random.randint(0, 40))
                for sku in self._some(SKUS)
                for at in self._some(CENTERS)
            ],
        )

    async def run(self) -> None:
        center = await self.shop.id_of("distribution_centers", self.random.choice(CENTERS))
        requested = await request_run(self.command, distribution_center_id=center)
        run = RunHandle(
            database=self.shop.database,
            client_id=self.shop.client_id,
            run_id=requested.run_id,
            holder=self.name,
        )
        if await claim_run(run, now=self.now):
            # Late enough that most orders are no longer on hold.
            await process(run, now=self.now + timedelta(hours=23), size=20)

    async def cancel(self) -> None:
        numbers = await self.shop.tuples("SELECT number FROM orders ORDER BY id")
        await cancel_sales_orders(self.command, numbers=[number for (number,) in self._some(numbers)[:3]])

    async def confirm(self) -> None:
        await confirm_order(self.command, order_id=await self._one("orders"))

    async def delay(self) -> None:
        until = self.random.choice([None, self.now + timedelta(hours=1)])
        await delay_order(self.command, order_id=await self._one("orders"), until=until)

    async def change_line(self) -> None:
        line = await self._one("order_lines")
        await change_order_line(self.command, line_id=line, requested=self.random.randint(1, 12))

    async def cancel_line(self) -> None:
        line = await self._one("order_lines")
        await cancel_order_line(self.command, line_id=line, quantity=self.random.randint(1, 5))

    async def add_lines(self) -> None:
        await add_order_lines(self.command, order_id=await self._one("orders"), new_lines=self._lines())

    async def split(self) -> None:
        order = await self._one("orders")
        chosen = self._some(await self.shop.lines_of(order))
        whole = [line for line in chosen if self.random.random() < 0.5]
        await split_order(
            self.command,
            order_id=order,
            line_ids=whole,
            parts=[Part(line, self.random.randint(1, 5)) for line in chosen if line not in whole],
            new_number=f"{self.name}-{self.step}-S",
        )

    async def pack(self) -> None:
        await pack_dispatch(self.command, dispatch_id=await self._one("dispatches"))

    async def ship(self) -> None:
        await ship_dispatch(self.command, dispatch_id=await self._one("dispatches"))

    async def cancel_dispatch(self) -> None:
        await cancel_dispatch(
            self.command,
            dispatch_id=await self._one("dispatches"),
            reason_code="LOST",
            requeue=self.random.random() < 0.5,
        )

    async def bulk(self) -> None:
        # Cancelling has a step of its own; more of it would leave too few orders.
        action = self.random.choice([action for action in LOOKS_AT if action is not BulkAction.CANCEL])
        orders = await self.shop.tuples("SELECT id FROM orders ORDER BY id")
        if orders:
            await done(
                self.shop,
                action,
                these(*(order for (order,) in self._some(orders)[:4])),
                until=self.now + timedelta(hours=1) if action is BulkAction.DELAY else None,
                size=self.random.randint(1, 6),
            )

    async def deliver(self) -> None:
        items = await self.shop.tuples("SELECT line_id FROM backlog_skus ORDER BY line_id")
        chosen = [DeliveryItem(item, self.random.choice([None, 1, 3])) for (item,) in self._some(items)[:3]]
        await create_delivery_notes(self.command, items=chosen)

    async def order_from_vendor(self) -> None:
        linked = await self._one("order_lines")
        await create_purchase_order(
            self.command,
            purchase_order=PurchaseOrder(
                number=f"{self.name}-{self.step}-P",
                distribution_center_code=self.random.choice(CENTERS),
                lines=tuple(
                    PurchaseOrderLine(
                        sku_code=sku, quantity=self.random.randint(1, 20), expected_at=self._expected()
                    )
                    for sku in self._some(SKUS)
                ),
            ),
        )
        with suppress(Refusal):
            ordered = await self._one("purchase_order_lines")
            await link_purchase_order_line(self.command, line_id=ordered, order_line_id=linked)

    async def receive(self) -> None:
        line = await self._one("purchase_order_lines")
        of_line = "SELECT purchase_order_id FROM purchase_order_lines WHERE id = $1"
        for (purchase_order,) in await self.shop.tuples(of_line, line):
            await receive_purchase_order(
                self.command,
                purchase_order_id=purchase_order,
                receipts=[Receipt(line_id=line, quantity=self.random.randint(1, 9))],
            )

    async def change_incoming(self) -> None:
        line = await self._one("purchase_order_lines")
        change = self.random.choice(["when", "how much", "for whom", "cancel"])
        if change == "when":
            await reschedule_purchase_order_line(self.command, line_id=line, expected_at=self._expected())
        elif change == "how much":
            await change_purchase_order_line(self.command, line_id=line, quantity=self.random.randint(1, 25))
        elif change == "for whom":
            linked = self.random.choice([None, await self._one("order_lines")])
            await link_purchase_order_line(self.command, line_id=line, order_line_id=linked)
        else:
            await cancel_purchase_order_line(self.command, line_id=line)

    async def dropship(self) -> None:
        terms = VendorTerms(expected_at=self._expected())
        await dropship_order_line(self.command, line_id=await self._one("order_lines"), terms=terms)

    async def pick(self) -> None:
        lines = await self.shop.lines_of(await self._one("orders"))
        await mark_warehouse_pick(
            self.command,
            line_ids=self._some(lines)[:2],
            policy=self.random.choice(list(WarehousePickPolicy)),
        )

    async def fill(self) -> None:
        backorder = await self._one("backorders")
        items = await self.shop.tuples(
            "SELECT id FROM backorder_items WHERE backorder_id = $1 ORDER BY id", backorder
        )
        fills = [ItemFill(item, self.random.choice([None, 1, 2])) for (item,) in self._some(items)]
        await fill_backorder(
            self.command, backorder_id=backorder, fills=self.random.choice([None, fills, fills])
        )

    async def pin(self) -> None:
        line = await self._one("order_lines")
        if self.random.random() < 0.3:
            await unpin_order_line(self.command, line_id=line)
        await pin_order_line(self.command, line_id=line, reason=f"{self.name} {self.step}")

    async def reallocate(self) -> None:
        segments = [
            SegmentInput(
                name=strategy,
                strategy=strategy,
                sort=self.random.choice(list(SegmentSort)),
                filter=StoredFilter(priority_from=1) if place == 0 else StoredFilter(sku_codes=(sku,)),
            )
            for place, (strategy, sku) in enumerate(
                zip(self._some(list(ConfirmationStrategy)), self._some(SKUS), strict=False)
            )
        ]
        variant = await set_reallocation_variant(
            self.command,
            variant=VariantInput(
                name=f"{self.name}-{self.step}", unmet_win=UnmetWin.CONTINUE, segments=tuple(segments)
            ),
        )
        center = await self.shop.id_of("distribution_centers", self.random.choice(CENTERS))
        # Late enough that most orders are no longer on hold.
        command = self.shop.command(now=self.now + timedelta(hours=23))
        for _ in range(3):
            # Others may have changed the pool in between.
            with suppress(Refusal):
                plan = await plan_reallocation(
                    command, distribution_center_id=center, variant_id=variant.variant_id
                )
                await apply_reallocation(command, plan_id=plan.plan_id)

    async def print(self) -> None:
        order = await self._one("orders")
        await print_order(self.command, order_id=order, create_backorder=self.random.random() < 0.5)

    async def change_settings(self) -> None:
        change = SettingsChange(
            allow_backlog_sku_revert=self.random.random() < 0.8,
            back_order_workflow=self.random.random() < 0.8,
            consider_replacement_sku=self.random.random() < 0.5,
            exclude_dropship_from_availability=self.random.random() < 0.5,
        )
        await update_client_settings(self.command, change=change)

    async def change_replacement(self) -> None:
        code, replacement = self.random.sample(SKUS, 2)
        sku = NewSku(code=code, name=code, replacement_code=self.random.choice([None, replacement]))
        await upsert_skus(self.command, skus=[sku])

    async def change_center(self) -> None:
        kind = self.random.choice(list(DistributionCenterKind))
        center = NewDistributionCenter(code="EAST", name="East", kind=kind)
        await upsert_distribution_centers(self.command, distribution_centers=[center])

    async def rename_store(self) -> None:
        await upsert_stores(self.command, stores=[NewStore(code="WEB", name=f"Web {self.step}")])

    def _order(self, number: int) -> SalesOrder:
        return SalesOrder(
            number=f"{self.name}-{self.step}-{number}",
            distribution_center_code=self.random.choice(CENTERS),
            priority=self.random.choice([0, 0, 5]),
            ordered_at=NOW - timedelta(hours=self.random.randint(0, 5)),
            lines=self._lines(),
        )

    def _expected(self) -> datetime | None:
        return self.random.choice([None, NOW + timedelta(days=self.random.randint(1, 9))])

    def _lines(self) -> tuple[SalesOrderLine, ...]:
        return tuple(
            SalesOrderLine(sku_code=sku, quantity=self.random.randint(1, 9)) for sku in self._some(SKUS)[:3]
        )

    def _some(self, choices: list[Choice]) -> list[Choice]:
        return self.random.sample(choices, self.random.randint(min(1, len(choices)), len(choices)))

    async def _one(self, table: str) -> int:
        ids = await self.shop.tuples(f"SELECT id FROM {table} ORDER BY id")  # noqa: S608
        return int(self.random.choice(ids)[0]) if ids else 0


_WEIGHTS: dict[Callable[[Busy], Awaitable[None]], int] = {
    Busy.load: 8,
    Busy.count: 4,
    Busy.run: 4,
    Busy.cancel: 2,
    Busy.confirm: 1,
    Busy.delay: 1,
    Busy.change_line: 4,
    Busy.cancel_line: 4,
    Busy.add_lines: 3,
    Busy.split: 4,
    Busy.pack: 2,
    Busy.ship: 4,
    Busy.cancel_dispatch: 5,
    Busy.bulk: 6,
    Busy.deliver: 3,
    Busy.pick: 4,
    Busy.fill: 6,
    Busy.pin: 2,
    Busy.reallocate: 4,
    Busy.print: 1,
    Busy.order_from_vendor: 3,
    Busy.receive: 5,
    Busy.change_incoming: 4,
    Busy.dropship: 3,
    Busy.change_settings: 1,
    Busy.change_replacement: 2,
    Busy.change_center: 1,
    Busy.rename_store: 1,
}


async def open_for_business(shop: Shop) -> None:
    """The centers and SKUs that busy clients work on."""
    await shop.distribution_center("EAST")
    for code in SKUS:
        await shop.sku(code)
