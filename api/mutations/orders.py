"""Mutations of orders: loading, cancelling, confirming and editing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import decode_id
from api.mutations.answering import ExpectedVersion, IdempotencyKey, answered, user_errors
from api.mutations.payloads import LoadSalesOrdersPayload, OrderPayload, OrdersPayload
from api.roles import OPERATORS, SERVICES
from domain.operations import cancel_orders, confirm_orders, edit_orders
from domain.operations import load_sales_orders as loading
from domain.operations.command import Command
from domain.operations.editing import OrderChanged
from domain.rules.vocabulary import MarketplaceStatus

OrderId = Annotated[strawberry.ID, strawberry.argument(description="The order.")]
LineId = Annotated[strawberry.ID, strawberry.argument(description="The order line.")]


@strawberry.input(description="A line of an order to load.")
class SalesOrderLineInput:
    """How many units of which SKU."""

    sku_code: str = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="Units, 1 or more.")


@strawberry.input(description="A sales order to load.")
class SalesOrderInput:
    """An order as you know it."""

    number: str = strawberry.field(description="Your own number for it, unique among your orders.")
    distribution_center_code: str = strawberry.field(
        description="The code of the distribution center that ships it."
    )
    store_code: str | None = strawberry.field(default=None, description="The code of the store it came from.")
    ordered_at: datetime | None = strawberry.field(
        default=None,
        description="When it was ordered, else when it is loaded. Older is served first.",
    )
    priority: int | None = strawberry.field(default=0, description="Higher is served first.")
    marketplace_status: MarketplaceStatus | None = strawberry.field(
        default=None, description="What the marketplace says of it."
    )
    marketplace_invoice_number: str | None = strawberry.field(
        default=None, description="The marketplace's invoice number."
    )
    sales_order_code: str | None = strawberry.field(default=None, description="Its code in the sales system.")
    invoice_code: str | None = strawberry.field(default=None, description="Its code in the invoicing system.")
    shipping_agency: str | None = strawberry.field(default=None, description="Who carries it.")
    order_type: str | None = strawberry.field(
        default=None, description="What sort of order it is, in your own words."
    )
    service: str | None = strawberry.field(
        default=None, description="Which service of the carrier it goes with."
    )
    country: str | None = strawberry.field(
        default=None, description="The country it goes to: two capital letters, such as NL."
    )
    email: str | None = strawberry.field(default=None, description="The buyer's e-mail address.")
    lines: list[SalesOrderLineInput] = strawberry.field(description="Its lines, at least one.")


@strawberry.type
class OrderMutations:
    """The part of `Mutation` about orders."""

    @strawberry.mutation(
        description="Load orders (B1): each is created at once with status CREATE and queued; no dispatch is "
        "made. Orders in error and those whose number exists are reported, and the others land."
    )
    async def load_sales_orders(
        self,
        info: Info,
        input: Annotated[list[SalesOrderInput], strawberry.argument(description="At most 10,000 orders.")],
        idempotency_key: IdempotencyKey = None,
    ) -> LoadSalesOrdersPayload:
        orders = [_sales_order(order) for order in input]
        outcome = await answered(
            info,
            lambda command: loading.load_sales_orders(command, sales_orders=orders),
            roles=SERVICES,
            idempotency_key=idempotency_key,
        )
        loaded = outcome.result
        return LoadSalesOrdersPayload(
            order_ids=loaded.order_ids if loaded else [],
            created=len(loaded.order_ids) if loaded else 0,
            duplicates=loaded.duplicates if loaded else 0,
            user_errors=outcome.errors + user_errors(loaded.errors if loaded else []),
        )

    @strawberry.mutation(
        description="Cancel an order (B9): without a dispatch wholly; one with back-order lines becomes "
        "PARTIALLY_CANCELLED and they are no longer processed."
    )
    async def load_sales_order_cancel(
        self,
        info: Info,
        sales_order_number: Annotated[str, strawberry.argument(description="The order's number.")],
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        outcome = await answered(
            info,
            lambda command: cancel_orders.cancel_sales_order(command, number=sales_order_number),
            roles=SERVICES,
            idempotency_key=idempotency_key,
        )
        cancelled = outcome.result
        return OrderPayload(
            order_id=cancelled.order_ids[0] if cancelled else None, user_errors=outcome.errors
        )

    @strawberry.mutation(
        description="Cancel many orders (B9); each that can't be cancelled is reported, and the others are."
    )
    async def load_sales_order_cancellations(
        self,
        info: Info,
        sales_order_numbers: Annotated[
            list[str], strawberry.argument(description="The orders' numbers, at most 10,000.")
        ],
        idempotency_key: IdempotencyKey = None,
    ) -> OrdersPayload:
        outcome = await answered(
            info,
            lambda command: cancel_orders.cancel_sales_orders(command, numbers=sales_order_numbers),
            roles=SERVICES,
            idempotency_key=idempotency_key,
        )
        cancelled = outcome.result
        return OrdersPayload(
            order_ids=cancelled.order_ids if cancelled else [],
            user_errors=outcome.errors + user_errors(cancelled.errors if cancelled else []),
        )

    @strawberry.mutation(description="Confirm an order (A9). It stays in the queue.")
    async def confirm_order(
        self,
        info: Info,
        id: OrderId,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            order_id = decode_id("Order", id, argument="id")
            return await confirm_orders.confirm_order(
                command, order_id=order_id, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(description="Reject an order (A9): it leaves the queue.")
    async def reject_order(
        self,
        info: Info,
        id: OrderId,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            order_id = decode_id("Order", id, argument="id")
            return await confirm_orders.reject_order(
                command, order_id=order_id, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(
        description="Take the confirmation or rejection of an order back (A9), while it has neither Backlog "
        "SKUs nor a dispatch."
    )
    async def unconfirm_order(
        self,
        info: Info,
        id: OrderId,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            order_id = decode_id("Order", id, argument="id")
            return await confirm_orders.unconfirm_order(
                command, order_id=order_id, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(
        description="Have the processor pass an order over until a time to come, or no longer (D5)."
    )
    async def delay_order(
        self,
        info: Info,
        id: OrderId,
        until: Annotated[
            datetime | None, strawberry.argument(description="Until when; left out, the delay ends.")
        ] = None,
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            order_id = decode_id("Order", id, argument="id")
            return await edit_orders.delay_order(
                command, order_id=order_id, until=until, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(description="Ask for another quantity of a line.")
    async def change_order_line(
        self,
        info: Info,
        line_id: LineId,
        requested: Annotated[int, strawberry.argument(description="Units, not below what is dispatched.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            number = decode_id("OrderLine", line_id, argument="lineId")
            return await edit_orders.change_order_line(
                command, line_id=number, requested=requested, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(description="Add lines to an order that is not locked (D8).")
    async def add_order_lines(
        self,
        info: Info,
        order_id: OrderId,
        lines: Annotated[list[SalesOrderLineInput], strawberry.argument(description="The new lines.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            return await edit_orders.add_order_lines(
                command,
                order_id=decode_id("Order", order_id, argument="orderId"),
                new_lines=_lines(lines),
                expected_version=expected_version,
            )

        return await _changed(info, operation, idempotency_key)

    @strawberry.mutation(description="Cancel any open quantity of a line (F9).")
    async def cancel_order_line(
        self,
        info: Info,
        line_id: LineId,
        quantity: Annotated[int, strawberry.argument(description="Units, at most what is open.")],
        expected_version: ExpectedVersion = None,
        idempotency_key: IdempotencyKey = None,
    ) -> OrderPayload:
        async def operation(command: Command) -> OrderChanged:
            number = decode_id("OrderLine", line_id, argument="lineId")
            return await edit_orders.cancel_order_line(
                command, line_id=number, quantity=quantity, expected_version=expected_version
            )

        return await _changed(info, operation, idempotency_key)


async def _changed(
    info: Info, operation: Callable[[Command], Awaitable[OrderChanged]], idempotency_key: str | None
) -> OrderPayload:
    outcome = await answered(info, operation, roles=OPERATORS, idempotency_key=idempotency_key)
    changed = outcome.result
    return OrderPayload(order_id=changed.order_id if changed else None, user_errors=outcome.errors)


def _sales_order(order: SalesOrderInput) -> loading.SalesOrder:
    return loading.SalesOrder(
        number=order.number,
        distribution_center_code=order.distribution_center_code,
        store_code=order.store_code,
        ordered_at=order.ordered_at,
        priority=order.priority or 0,
        marketplace_status=order.marketplace_status,
        marketplace_invoice_number=order.marketplace_invoice_number,
        sales_order_code=order.sales_order_code,
        invoice_code=order.invoice_code,
        shipping_agency=order.shipping_agency,
        order_type=order.order_type,
        service=order.service,
        country=order.country,
        email=order.email,
        lines=tuple(_lines(order.lines)),
    )


def _lines(lines: list[SalesOrderLineInput]) -> list[loading.SalesOrderLine]:
    return [loading.SalesOrderLine(sku_code=line.sku_code, quantity=line.quantity) for line in lines]
