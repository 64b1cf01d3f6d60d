"""Orders, their lines, and what explains them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.execution.selection import selected, selected_nodes, wants_cursors
from api.types.backlog_skus import BacklogSku
from api.types.backorders import Backorder, backorders_of
from api.types.connections import After, Connection, First, page_request
from api.types.dispatches import Dispatch
from api.types.explanations import AllocationExplanation
from api.types.history import AuditEntry
from api.types.hold_rules import HoldRule
from api.types.node import Node, follow, node_id
from api.types.purchase_orders import PurchaseOrderLine
from api.types.reallocations import LinePin, ReallocationChange
from api.types.reference import DistributionCenter, Sku, Store
from domain.rules.conditions import DISPLAY_NAMES
from domain.rules.possible_actions import OrderAction
from domain.rules.vocabulary import (
    BackOrderMark,
    BackOrderStatus,
    DeliveryStatus,
    FulfilmentRoute,
    MarketplaceStatus,
    OrderCondition,
    OrderStatus,
    PromiseReason,
    QueueStatus,
)
from domain.views import orders as views
from domain.views.backlog_orders import actions_of_orders
from domain.views.backlog_skus import backlog_sku_pages
from domain.views.explanations import explanations_of
from domain.views.purchase_orders import lines_by
from domain.views.reallocations import latest_changes


@strawberry.type(
    description="A line of an order: how many units of a SKU are wanted, and what became of them."
)
class OrderLine(Node):
    """An order line. Quantities are units."""

    id: strawberry.ID = node_id("OrderLine")
    route: FulfilmentRoute = strawberry.field(description="Who owns its fulfilment.")
    requested: int = strawberry.field(description="Units ordered.")
    allocated: int = strawberry.field(description="Units on dispatches that are not shipped yet.")
    shipped: int = strawberry.field(description="Units shipped.")
    cancelled: int = strawberry.field(description="Units cancelled.")
    open: int = strawberry.field(description="Units neither allocated nor shipped nor cancelled.")
    back_ordered_qty: int = strawberry.field(
        description="Open units that available stock does not cover when every line is served by rank."
    )
    available: int = strawberry.field(description="Available units of the SKU in the order's pool now.")
    incoming: int = strawberry.field(
        description="Units of the SKU that are open on purchase orders coming into the order's pool."
    )
    short: bool = strawberry.field(description="Whether more is open than is available.")
    promised_at: datetime | None = strawberry.field(
        description="When the receipt is expected that covers its last back-ordered unit, once all lines are "
        "served by rank (F4); of a line that a vendor ships, when the vendor does."
    )
    promise_reason: PromiseReason | None = strawberry.field(description="Why no date is promised.")

    @batched(description="The order it belongs to.", along="id")
    async def order(parents: Parents, info: Info) -> list[Order]:
        return await follow(parents, info, "Order", "order_id")

    @batched(description="The SKU that is wanted.", along="id")
    async def sku(parents: Parents, info: Info) -> list[Sku]:
        return await follow(parents, info, "Sku", "sku_id")

    @batched(description="The purchase-order lines linked to it (D6), or left to a vendor for it (D5).")
    async def purchase_order_lines(parents: Parents, info: Info) -> list[list[PurchaseOrderLine]]:
        found: Any = await lines_by(
            info.context.database,
            "order_line_id",
            client_id=info.context.client_id,
            ids=[line["id"] for line in parents],
            selected=selected(info),
        )
        return [found[line["id"]] for line in parents]

    @batched(description="Why it got what it got in the latest run that looked at it (F1); null before that.")
    async def explanation(parents: Parents, info: Info) -> list[AllocationExplanation | None]:
        found: list[Any] = await explanations_of(
            info.context.database,
            client_id=info.context.client_id,
            line_ids=[line["id"] for line in parents],
        )
        return found

    @batched(description="That no reallocation takes anything from it, and why (F3); null when one may.")
    def pin(parents: Parents) -> list[LinePin | None]:
        return [
            None
            if line["pin_reason"] is None
            else LinePin(reason=line["pin_reason"], pinned_by=line["pinned_by"], pinned_at=line["pinned_at"])
            for line in parents
        ]

    @batched(description="What the latest applied reallocation that looked at it did to it, and why (F3).")
    async def reallocation(parents: Parents, info: Info) -> list[ReallocationChange | None]:
        found: list[Any] = await latest_changes(
            info.context.database,
            client_id=info.context.client_id,
            line_ids=[line["id"] for line in parents],
            selected=selected(info),
        )
        return found


@strawberry.type(description="A sales order.")
class Order(Node):
    """An order of a client."""

    id: strawberry.ID = node_id("Order")
    number: str = strawberry.field(description="The client's own number for it.")
    version: int = strawberry.field(
        description="Grows with every change; pass it as `expectedVersion` to edit what you have seen."
    )
    status: OrderStatus = strawberry.field(description="How far it has come.")
    delivery_status: DeliveryStatus = strawberry.field(description="How far it is delivered.")
    queue_status: QueueStatus = strawberry.field(description="Where it stands in the processor's queue.")
    back_order_status: BackOrderStatus = strawberry.field(
        description="How much of what is open can't be covered from available stock (D1)."
    )
    back_order_mark: BackOrderMark | None = strawberry.field(
        description="What somebody said of it by hand (D9): decides `backOrderStatus` until it is removed; "
        "null when the status follows from the stock."
    )
    is_back_order: bool = strawberry.field(description="Whether a run dispatched only part of it (B6).")
    condition: OrderCondition = strawberry.field(description="Its condition on the backlog dashboard (C3).")
    locked: bool = strawberry.field(description="Whether it has Backlog SKUs and can't be edited (A3).")
    priority: int = strawberry.field(description="Higher is served first.")
    ordered_at: datetime = strawberry.field(description="When it was ordered; older is served first.")
    accepted_at: datetime = strawberry.field(description="When it was loaded; its hold time starts here.")
    hold_expires_at: datetime = strawberry.field(
        description="From when on a run dispatches what is there, though not everything is (B6)."
    )
    delayed_until: datetime | None = strawberry.field(
        description="Until when the processor passes it over (D5)."
    )
    promised_at: datetime | None = strawberry.field(
        description="The latest promise of its open lines (F4); null while one that waits for stock has "
        "none, and when none waits."
    )
    marketplace_status: MarketplaceStatus | None = strawberry.field(
        description="What the marketplace says of it."
    )
    marketplace_invoice_number: str | None = strawberry.field(description="The marketplace's invoice number.")
    sales_order_code: str | None = strawberry.field(description="Its code in the sales system.")
    invoice_code: str | None = strawberry.field(description="Its code in the invoicing system.")
    shipping_agency: str | None = strawberry.field(description="Who carries it.")
    email: str | None = strawberry.field(description="The customer's address, for e-mails (D7).")
    order_type: str | None = strawberry.field(description="What sort of order it is, in your own words.")
    service: str | None = strawberry.field(description="Which service of the carrier it goes with.")
    country: str | None = strawberry.field(description="The country it goes to, by its two letters.")

    @batched(
        description="The rule its hold time comes from (B3); null when it is the client's setting.",
        along="id",
    )
    async def hold_rule(parents: Parents, info: Info) -> list[HoldRule | None]:
        return await follow(parents, info, "HoldRule", "hold_rule")

    @batched(description="The distribution center that ships it.", along="id")
    async def distribution_center(parents: Parents, info: Info) -> list[DistributionCenter]:
        return await follow(parents, info, "DistributionCenter", "distribution_center_id")

    @batched(description="The store it came from.", along="id")
    async def store(parents: Parents, info: Info) -> list[Store | None]:
        return await follow(parents, info, "Store", "store_id")

    @batched(description="Its condition as the backlog dashboard displays it (C3).")
    def condition_name(parents: Parents) -> list[str]:
        return [DISPLAY_NAMES[OrderCondition(order["condition"])] for order in parents]

    @batched(description="What can be done to it now (C1).")
    async def possible_actions(parents: Parents, info: Info) -> list[list[OrderAction]]:
        return await actions_of_orders(
            info.context.database,
            client_id=info.context.client_id,
            order_ids=[order["id"] for order in parents],
        )

    @batched(description="Its lines, in their order.")
    async def lines(
        parents: Parents, info: Info, first: First = None, after: After = None
    ) -> list[Connection[OrderLine]]:
        pages: list[Any] = await views.line_pages(
            info.context.database,
            client_id=info.context.client_id,
            orders=list(parents),
            request=page_request(first, after),
            selected=selected_nodes(info),
            cursors=wants_cursors(info),
        )
        return pages

    @batched(description="Its Backlog SKUs, in line order (A1).")
    async def backlog_skus(
        parents: Parents, info: Info, first: First = None, after: After = None
    ) -> list[Connection[BacklogSku]]:
        pages: list[Any] = await backlog_sku_pages(
            info.context.database,
            client_id=info.context.client_id,
            order_ids=[order["id"] for order in parents],
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return pages

    @batched(description="Its dispatches, oldest first, cancelled ones too.")
    async def dispatches(
        parents: Parents, info: Info, first: First = None, after: After = None
    ) -> list[Connection[Dispatch]]:
        pages: list[Any] = await views.dispatch_pages(
            info.context.database,
            client_id=info.context.client_id,
            order_ids=[order["id"] for order in parents],
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return pages

    @batched(description="Its Backorders, oldest first, completed and cancelled ones too (E4).")
    async def backorders(parents: Parents, info: Info) -> list[list[Backorder]]:
        return await backorders_of(parents, info)

    @batched(description="Who did what to it and when, newest first (F11).")
    async def history(
        parents: Parents, info: Info, first: First = None, after: After = None
    ) -> list[Connection[AuditEntry]]:
        pages: list[Any] = await views.history_pages(
            info.context.database,
            client_id=info.context.client_id,
            order_ids=[order["id"] for order in parents],
            request=page_request(first, after),
            selected=selected_nodes(info),
        )
        return pages
