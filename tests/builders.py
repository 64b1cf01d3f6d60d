"""A client with everything it needs, in few words, made through the operations themselves.

    shop = await Shop.open(database)
    await shop.stock(TEA=5)
    order = await shop.order("SO-1", TEA=3, CUP=1)
    dispatch = await shop.dispatch(order, TEA=3)

Codes of SKUs are keywords. What a shop is not told otherwise happens at NOW, in the distribution center
MAIN, and a SKU exists as soon as it is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from domain.bootstrap import create_client
from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.command import Command, Work
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine, load_sales_orders
from domain.operations.purchase_orders import PurchaseOrder, PurchaseOrderLine, create_purchase_order
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
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.releasing import Release, release
from domain.ports import Authority
from domain.rules.vocabulary import DispatchKind, DistributionCenterKind, Role
from domain.store import lines, locks
from domain.store.database import Database, Row

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MAIN = "MAIN"


class Shop:
    """One client of the database, and what it does."""

    def __init__(self, database: Database, client_id: int) -> None:
        self.database = database
        self.client_id = client_id

    @classmethod
    async def open(cls, database: Database, code: str = "ACME") -> Self:
        """A new client with default settings and the distribution center MAIN."""
        client = await create_client(database, code=code, name=code.title(), now=NOW)
        shop = cls(database, client.id)
        await shop.distribution_center(MAIN)
        return shop

    @property
    def authority(self) -> Authority:
        return Authority(client_id=self.client_id, role=Role.ADMIN, actor="ada", source="tests")

    def command(self, *, now: datetime = NOW, key: str | None = None) -> Command:
        """A command in the shop's name, under an idempotency key when one is given."""
        return Command(self.database, self.authority, now, key)

    async def distribution_center(
        self, code: str, *, kind: DistributionCenterKind = DistributionCenterKind.STANDARD
    ) -> int:
        """A distribution center with its pool; its id."""
        center = NewDistributionCenter(code=code, name=code.title(), kind=kind)
        await upsert_distribution_centers(self.command(), distribution_centers=[center])
        return await self.id_of("distribution_centers", code)

    async def store(self, code: str) -> int:
        """A store; its id."""
        await upsert_stores(self.command(), stores=[NewStore(code=code, name=code.title())])
        return await self.id_of("stores", code)

    async def sku(self, code: str, *, barcode: str | None = None, replaced_by: str | None = None) -> int:
        """A SKU; its id."""
        sku = NewSku(code=code, name=code.title(), barcode=barcode, replacement_code=replaced_by)
        await upsert_skus(self.command(), skus=[sku])
        return await self.id_of("skus", code)

    async def stock(self, at: str = MAIN, /, *, now: datetime = NOW, **on_hand: int) -> None:
        """What a count finds on hand of each SKU, in the distribution center `at`."""
        await self._know(on_hand)
        await set_stock(
            self.command(now=now),
            counts=[
                StockCount(sku_code=code, distribution_center_code=at, on_hand=units)
                for code, units in on_hand.items()
            ],
        )

    async def order(
        self, number: str, at: str = MAIN, /, *, now: datetime = NOW, priority: int = 0, **units: int
    ) -> int:
        """An order with a line per SKU; its id."""
        await self._know(units)
        loaded = await load_sales_orders(
            self.command(now=now), sales_orders=[sales_order(number, at, priority=priority, **units)]
        )
        (order_id,) = loaded.order_ids
        return order_id

    async def dispatch(self, order_id: int, /, *, now: datetime = NOW, **units: int) -> int:
        """A dispatch of these units of the order's lines, whose stock is there; its id."""
        async with self.database.transaction(self.client_id) as transaction:
            sql = transaction.sql
            work = Work(sql=sql, authority=self.authority, now=now, cause="orderProcessor")
            (order,) = await locks.lock_orders_and_pools(sql, client_id=self.client_id, order_ids=[order_id])
            pool: int = order["distribution_center_id"]
            skus = {code: await self.id_of("skus", code) for code in units}
            releases = [
                Release(order_id, line["id"], line["sku_id"], units[code])
                for line in await lines.of_orders(sql, client_id=self.client_id, order_ids=[order_id])
                for code, sku_id in skus.items()
                if line["sku_id"] == sku_id
            ]
            await release(
                work,
                kind=DispatchKind.PROCESSOR,
                distribution_center_id=pool,
                releases=releases,
                before=[order],
            )
            await refresh_coverage(work, distribution_center_id=pool, sku_ids=skus.values())
            await work.flush()
        return int(await self.value("SELECT max(id) FROM dispatches WHERE order_id = $1", order_id))

    async def purchase_order(
        self,
        number: str,
        at: str = MAIN,
        /,
        *,
        expected_at: datetime | None = None,
        linked: int | None = None,
        now: datetime = NOW,
        **units: int,
    ) -> tuple[int, list[int]]:
        """A purchase order with a line per SKU, linked to one order line or none; its id and its lines'."""
        await self._know(units)
        created = await create_purchase_order(
            self.command(now=now),
            purchase_order=PurchaseOrder(
                number=number,
                distribution_center_code=at,
                lines=tuple(
                    PurchaseOrderLine(
                        sku_code=code, quantity=quantity, expected_at=expected_at, order_line_id=linked
                    )
                    for code, quantity in units.items()
                ),
            ),
        )
        rows = await self.rows(
            "SELECT id FROM purchase_order_lines WHERE purchase_order_id = $1 ORDER BY line_number",
            created.purchase_order_id,
        )
        return created.purchase_order_id, [row["id"] for row in rows]

    async def receive(
        self, purchase_order_id: int, units: Mapping[int, int], /, *, now: datetime = NOW
    ) -> None:
        """Units of the purchase order come in, by line id."""
        await receive_purchase_order(
            self.command(now=now),
            purchase_order_id=purchase_order_id,
            receipts=[Receipt(line_id=line_id, quantity=quantity) for line_id, quantity in units.items()],
        )

    async def cancel(self, number: str, /) -> None:
        """The order is cancelled as far as it can be."""
        await cancel_sales_order(self.command(), number=number)

    async def settings(self, **columns: object) -> None:
        """Set columns of the client's settings, without what an operation does besides."""
        for name, value in columns.items():
            statement = f"UPDATE client_settings SET {name} = $1 WHERE client_id = $2"  # noqa: S608
            await self.write(statement, value, self.client_id)

    async def lines_of(self, order_id: int) -> list[int]:
        """The ids of the order's lines, in line order."""
        rows = await self.rows(
            "SELECT id FROM order_lines WHERE order_id = $1 ORDER BY line_number", order_id
        )
        return [row["id"] for row in rows]

    async def id_of(self, table: str, code: str) -> int:
        """The id of a row of reference data."""
        query = f"SELECT id FROM {table} WHERE client_id = $1 AND code = $2"  # noqa: S608
        return int(await self.value(query, self.client_id, code))

    async def write(self, statement: str, *arguments: object) -> None:
        """Execute a statement in a transaction of its own."""
        async with self.database.transaction_across_clients() as transaction:
            await transaction.sql.execute(statement, *arguments)

    async def rows(self, query: str, *arguments: object) -> list[Row]:
        """What is committed now."""
        async with self.database.connection_across_clients() as sql:
            return await sql.fetch(query, *arguments)

    async def tuples(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """What is committed now, as plain tuples."""
        return [tuple(row) for row in await self.rows(query, *arguments)]

    async def row(self, query: str, *arguments: object) -> dict[str, Any]:
        """The one row of an answer."""
        (row,) = await self.rows(query, *arguments)
        return dict(row)

    async def value(self, query: str, *arguments: object) -> Any:
        """The one value of an answer."""
        ((value,),) = await self.rows(query, *arguments)
        return value

    async def _know(self, codes: Mapping[str, int]) -> None:
        rows = await self.rows("SELECT code FROM skus WHERE client_id = $1", self.client_id)
        known = {row["code"] for row in rows}
        for code in codes:
            if code not in known:
                await self.sku(code)


def sales_order(number: str, at: str = MAIN, /, *, priority: int = 0, **units: int) -> SalesOrder:
    """An order to load, with a line per SKU."""
    return SalesOrder(
        number=number,
        distribution_center_code=at,
        priority=priority,
        lines=tuple(SalesOrderLine(sku_code=code, quantity=quantity) for code, quantity in units.items()),
    )
