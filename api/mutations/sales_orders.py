"""Mutations with which other programs bring sales orders and call them off, by their numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.mutations.answering import IdempotencyKey, answered, user_errors
from api.mutations.payloads import LoadSalesOrdersPayload, OrderPayload, OrdersPayload
from api.roles import SERVICES
from domain.operations import cancel_orders
from domain.operations import load_sales_orders as loading
from domain.rules.vocabulary import MarketplaceStatus


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
class SalesOrderMutations:
    """The part of `Mutation` about sales orders that come and are called off."""

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
        lines=tuple(order_lines(order.lines)),
    )


def order_lines(lines: list[SalesOrderLineInput]) -> list[loading.SalesOrderLine]:
    """The lines as operations take them."""
    return [loading.SalesOrderLine(sku_code=line.sku_code, quantity=line.quantity) for line in lines]
