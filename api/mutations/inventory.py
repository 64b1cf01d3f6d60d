"""Mutations of what may be promised of stock, and of the books about it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id
from api.mutations.answering import IdempotencyKey, UserError, answered
from api.mutations.payloads import ERRORS, SetupPayload
from api.roles import ADMINS, OPERATORS
from domain.operations import stock_limits
from domain.operations.command import Command
from domain.operations.inventory import repair_inventory
from domain.operations.recompute_back_orders import BackOrdersRecomputed, recompute_back_orders


@strawberry.type(description="The answer of repairInventory.")
class RepairPayload:
    """How much was repaired."""

    repaired: int = strawberry.field(description="How many drifts there were; 0 when the call was refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="The answer of recomputeBackOrders.")
class RecomputePayload:
    """How much was looked at."""

    lines: int = strawberry.field(description="Open order lines that were looked at; 0 when refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.input(description="What is to be kept back of a SKU in a distribution center.")
class ProtectedQuantityInput:
    """A protected quantity."""

    sku_code: str = strawberry.field(description="The SKU's code.")
    distribution_center_code: str = strawberry.field(description="The distribution center's code.")
    units: int = strawberry.field(description="Units that are not available to anybody; 0 for none.")
    expected_units: int | None = strawberry.field(
        default=None,
        description="What you have seen protected; if it is something else by now, nothing is done and the "
        "answer is VERSION_CONFLICT with it as the current version (F6).",
    )


@strawberry.input(description="A cap on the back orders of a SKU in a distribution center.")
class BackOrderCapInput:
    """A cap to set or to take away."""

    sku_code: str = strawberry.field(description="The SKU's code.")
    distribution_center_code: str = strawberry.field(description="The distribution center's code.")
    store_code: str | None = strawberry.field(
        default=None, description="Limit the orders of this store; left out, those of all together."
    )
    units: int | None = strawberry.field(
        default=None, description="The most units that may be back-ordered; left out, the cap is taken away."
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="The cap's version you have seen, 0 for none; if it is another one by now, nothing is "
        "done and the answer is VERSION_CONFLICT with the current one (F6).",
    )


@strawberry.type
class InventoryMutations:
    """The part of `Mutation` about limits of stock and the inventory's books."""

    @strawberry.mutation(
        description="Compute back-ordered quantities, promises and back order statuses anew (D3). Whatever "
        "changes a quantity does so by itself, at once; this is for whoever wants to be sure."
    )
    async def recompute_back_orders(
        self,
        info: Info,
        distribution_center: Annotated[strawberry.ID, strawberry.argument(description="Where.")],
        sku_codes: Annotated[
            list[str] | None, strawberry.argument(description="Only of these SKUs; of all, if not given.")
        ] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> RecomputePayload:
        async def operation(command: Command) -> BackOrdersRecomputed:
            return await recompute_back_orders(
                command,
                distribution_center_id=decode_id(
                    "DistributionCenter", distribution_center, argument="distributionCenter"
                ),
                sku_codes=sku_codes,
            )

        outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
        lines = outcome.result.lines if outcome.result else 0
        return RecomputePayload(lines=lines, user_errors=outcome.errors)

    @strawberry.mutation(
        description="Keep units of SKUs back from everybody (F7): they are not available to orders any more. "
        "What dispatches hold already stays theirs."
    )
    async def set_protected_quantities(
        self,
        info: Info,
        input: Annotated[list[ProtectedQuantityInput], strawberry.argument(description="At most 10,000.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SetupPayload:
        quantities = [
            stock_limits.ProtectedQuantity(
                sku_code=i.sku_code,
                distribution_center_code=i.distribution_center_code,
                units=i.units,
                expected_units=i.expected_units,
            )
            for i in input
        ]
        return SetupPayload.of(
            await answered(
                info,
                lambda command: stock_limits.set_protected_quantities(command, quantities=quantities),
                roles=OPERATORS,
                idempotency_key=idempotency_key,
            )
        )

    @strawberry.mutation(
        description="Cap how much of SKUs may be back-ordered (F7). An order, or a change of one, that would "
        "go beyond a cap is refused with INSUFFICIENT_STOCK; what is back-ordered already stays so."
    )
    async def set_back_order_caps(
        self,
        info: Info,
        input: Annotated[list[BackOrderCapInput], strawberry.argument(description="At most 10,000.")],
        idempotency_key: IdempotencyKey = None,
    ) -> SetupPayload:
        caps = [
            stock_limits.BackOrderCap(
                sku_code=i.sku_code,
                distribution_center_code=i.distribution_center_code,
                store_code=i.store_code,
                units=i.units,
                expected_version=i.expected_version,
            )
            for i in input
        ]
        return SetupPayload.of(
            await answered(
                info,
                lambda command: stock_limits.set_back_order_caps(command, caps=caps),
                roles=OPERATORS,
                idempotency_key=idempotency_key,
            )
        )

    @strawberry.mutation(
        description="Make stock levels, ledger, dispatches and open demand agree (F8). What is on hand stays "
        "as counted, what is allocated becomes what open dispatches hold, and the ledger is posted what it "
        "lacks. Takes the role ADMIN."
    )
    async def repair_inventory(self, info: Info, idempotency_key: IdempotencyKey = None) -> RepairPayload:
        outcome = await answered(info, repair_inventory, roles=ADMINS, idempotency_key=idempotency_key)
        done = outcome.result
        return RepairPayload(repaired=done.repaired if done else 0, user_errors=outcome.errors)
