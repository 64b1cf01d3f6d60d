"""Queries of purchase orders."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import selected_nodes
from api.ids import decode_optional, split_id
from api.types.connections import After, Before, Connection, First, Last, page_request
from api.types.node import load
from api.types.purchase_orders import PurchaseOrder
from domain.rules.refusals import ErrorCode, Refusal
from domain.views import purchase_orders as views
from domain.views.purchase_orders import PurchaseOrderSort


@strawberry.input(description="Which purchase orders: all conditions hold.")
class PurchaseOrderFilter:
    """A filter of purchase orders."""

    distribution_center: strawberry.ID | None = strawberry.field(
        default=None, description="Of this distribution center."
    )
    sku: strawberry.ID | None = strawberry.field(default=None, description="With a line of this SKU.")
    order: strawberry.ID | None = strawberry.field(
        default=None, description="With a line linked to a line of this order."
    )
    open: bool | None = strawberry.field(
        default=None, description="Those of which something is still to come, or the others."
    )
    dropship: bool | None = strawberry.field(
        default=None, description="Those that a vendor ships to a customer, or the others."
    )


@strawberry.type
class PurchaseOrderQueries:
    """The part of `Query` about purchase orders."""

    @strawberry.field(description="The client's purchase orders, the latest first unless sorted otherwise.")
    async def purchase_orders(
        self,
        info: Info,
        filter: Annotated[
            PurchaseOrderFilter | None, strawberry.argument(description="Which purchase orders.")
        ] = None,
        sort: Annotated[
            PurchaseOrderSort | None, strawberry.argument(description="How they are sorted.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PurchaseOrder]:
        page: Any = await views.purchase_orders_page(
            info.context.database,
            client_id=info.context.client_id,
            order_filter=_filter(filter),
            sort=sort or PurchaseOrderSort.CREATED_AT,
            request=page_request(first, after, last, before),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(
        description="One purchase order, by its id or by its number; null when the client has none."
    )
    async def purchase_order(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its global id.")] = None,
        number: Annotated[str | None, strawberry.argument(description="Its number.")] = None,
    ) -> PurchaseOrder | None:
        if (id is None) == (number is None):
            raise Refusal(ErrorCode.INVALID_INPUT, "Give either the id or the number.", path=("id",))
        found: int | None
        if number is not None:
            found = await views.purchase_order_id_of_number(
                info.context.database, client_id=info.context.client_id, number=number
            )
        else:
            kind, found = split_id(id or "") or ("", None)
            if kind != "PurchaseOrder":
                return None
        purchase_order: PurchaseOrder | None
        (purchase_order,) = await load(info, "PurchaseOrder", [found])
        return purchase_order


def _filter(given: PurchaseOrderFilter | None) -> views.PurchaseOrderFilter:
    if given is None:
        return views.PurchaseOrderFilter()
    return views.PurchaseOrderFilter(
        distribution_center=decode_optional(
            "DistributionCenter", given.distribution_center, argument=("filter", "distributionCenter")
        ),
        sku=decode_optional("Sku", given.sku, argument=("filter", "sku")),
        order=decode_optional("Order", given.order, argument=("filter", "order")),
        open=given.open,
        dropship=given.dropship,
    )
