"""What mutations answer with. Objects are loaded only as far as they are asked for."""

from __future__ import annotations

from typing import Self

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.mutations.answering import Answered, UserError
from api.types.dispatches import Dispatch
from api.types.node import load
from api.types.orders import Order
from api.types.processor_runs import ProcessorRun, ProcessorSchedule
from api.types.purchase_orders import PurchaseOrder
from api.types.reference import Client, DistributionCenter
from domain.operations.answers import OrderChanged
from domain.operations.set_up import SetUp

ERRORS = "Why it was refused, wholly or in part; empty when all went well."


@strawberry.type(description="The answer of a mutation that sets reference data or stock.")
class SetupPayload:
    """How many rows were set."""

    count: int = strawberry.field(description="How many were set; 0 when the call was refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @classmethod
    def of(cls, outcome: Answered[SetUp]) -> Self:
        """What came of setting rows."""
        return cls(count=outcome.result.count if outcome.result else 0, user_errors=outcome.errors)


@strawberry.type(description="The answer of a mutation of the client.")
class ClientPayload:
    """The client, unless it was refused."""

    client_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The client; null when the call was refused.")
    async def client(parents: Parents, info: Info) -> list[Client | None]:
        return await load(info, "Client", [payload.client_id for payload in parents])


@strawberry.type(description="The answer of a mutation of one distribution center.")
class DistributionCenterPayload:
    """The distribution center, unless it was refused."""

    distribution_center_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The distribution center as it is now; null when the call was refused.")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter | None]:
        return await load(info, "DistributionCenter", [payload.distribution_center_id for payload in parents])


@strawberry.type(description="The answer of loadSalesOrders.")
class LoadSalesOrdersPayload:
    """The created orders and what became of the others."""

    order_ids: strawberry.Private[list[int]]
    created: int = strawberry.field(description="How many orders were created.")
    duplicates: int = strawberry.field(description="How many existed already and were left as they are.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The orders that were created, in the order they were sent.")
    async def orders(parents: Parents, info: Info) -> list[list[Order]]:
        return [await load(info, "Order", payload.order_ids) for payload in parents]


@strawberry.type(description="The answer of a mutation of one order.")
class OrderPayload:
    """The order, unless it was refused."""

    order_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @classmethod
    def of(cls, outcome: Answered[OrderChanged]) -> Self:
        """What came of changing an order."""
        return cls(order_id=outcome.result.order_id if outcome.result else None, user_errors=outcome.errors)

    @batched(description="The order as it is now; null when the call was refused.")
    async def order(parents: Parents, info: Info) -> list[Order | None]:
        return await load(info, "Order", [payload.order_id for payload in parents])


@strawberry.type(description="The answer of a mutation of several orders.")
class OrdersPayload:
    """The orders that were changed."""

    order_ids: strawberry.Private[list[int]]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The orders that were changed, as they are now.")
    async def orders(parents: Parents, info: Info) -> list[list[Order]]:
        return [await load(info, "Order", payload.order_ids) for payload in parents]


@strawberry.type(description="The answer of a mutation of one dispatch.")
class DispatchPayload:
    """The dispatch, unless it was refused."""

    dispatch_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The dispatch as it is now; null when the call was refused.")
    async def dispatch(parents: Parents, info: Info) -> list[Dispatch | None]:
        return await load(info, "Dispatch", [payload.dispatch_id for payload in parents])


@strawberry.type(description="The answer of a mutation of a schedule.")
class SchedulePayload:
    """The schedule, unless it was refused."""

    schedule_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The schedule as it is now; null when the call was refused.")
    async def schedule(parents: Parents, info: Info) -> list[ProcessorSchedule | None]:
        return await load(info, "ProcessorSchedule", [payload.schedule_id for payload in parents])


@strawberry.type(description="The answer of a mutation that starts a run.")
class RunPayload:
    """The run, unless it was refused."""

    run_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The run, which a worker takes up; null when the call was refused.")
    async def run(parents: Parents, info: Info) -> list[ProcessorRun | None]:
        return await load(info, "ProcessorRun", [payload.run_id for payload in parents])


@strawberry.type(description="The answer of a mutation of one purchase order.")
class PurchaseOrderPayload:
    """The purchase order, unless it was refused."""

    purchase_order_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The purchase order as it is now; null when the call was refused.")
    async def purchase_order(parents: Parents, info: Info) -> list[PurchaseOrder | None]:
        return await load(info, "PurchaseOrder", [payload.purchase_order_id for payload in parents])


@strawberry.type(description="The answer of dropshipOrderLine.")
class DropshipPayload:
    """The order and the vendor's purchase order, unless it was refused."""

    order_id: strawberry.Private[int | None]
    purchase_order_id: strawberry.Private[int | None]
    user_errors: list[UserError] = strawberry.field(description=ERRORS)

    @batched(description="The order as it is now; null when the call was refused.")
    async def order(parents: Parents, info: Info) -> list[Order | None]:
        return await load(info, "Order", [payload.order_id for payload in parents])

    @batched(description="The purchase order that was created; null when the call was refused.")
    async def purchase_order(parents: Parents, info: Info) -> list[PurchaseOrder | None]:
        return await load(info, "PurchaseOrder", [payload.purchase_order_id for payload in parents])
