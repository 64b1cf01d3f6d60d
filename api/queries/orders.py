"""Queries of orders."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.execution.selection import is_asked_plainly, selected, selected_nodes, wants_cursors
from api.ids import split_id
from api.types.connections import After, Before, Connection, First, Last, page_request
from api.types.inputs import OrderFilter, order_filter
from api.types.node import load
from api.types.orders import Order
from domain.rules.refusals import ErrorCode, Refusal
from domain.views import orders as views
from domain.views.orders import OrderSort


@strawberry.type
class OrderQueries:
    """The part of `Query` about orders."""

    @strawberry.field(description="The client's orders, by rank unless sorted otherwise.")
    async def orders(
        self,
        info: Info,
        filter: Annotated[OrderFilter | None, strawberry.argument(description="Which orders.")] = None,
        sort: Annotated[
            OrderSort | None, strawberry.argument(description="How they are sorted; by rank if not given.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Order]:
        page: Any = await views.orders_page(
            info.context.database,
            client_id=info.context.client_id,
            order_filter=order_filter(filter),
            sort=sort or OrderSort.RANK,
            request=page_request(first, after, last, before),
            selected=selected_nodes(info),
        )
        return page  # type: ignore[no-any-return] # a page stands for the connection

    @strawberry.field(description="One order, by its id or by its number; null when the client has none.")
    async def order(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its global id.")] = None,
        number: Annotated[str | None, strawberry.argument(description="Its number.")] = None,
    ) -> Order | None:
        if (id is None) == (number is None):
            raise Refusal(ErrorCode.INVALID_INPUT, "Give either the id or the number.", path=("id",))
        if number is not None:
            return await _order_of_number(info, number)
        found = split_id(id or "")
        if found is None or found[0] != "Order":
            return None
        return await _order(info, found[1])

    @strawberry.field(
        description="Retrieve Sales Order Status (B9): an order by its number, with its status, lines and "
        "dispatches; null when the client has none."
    )
    async def retrieve_sales_order_status(
        self,
        info: Info,
        sales_order_number: Annotated[str, strawberry.argument(description="The order's number.")],
    ) -> Order | None:
        return await _order_of_number(info, sales_order_number)


async def _order_of_number(info: Info, number: str) -> Order | None:
    order_id = await views.order_id_of_number(
        info.context.database, client_id=info.context.client_id, number=number
    )
    return None if order_id is None else await _order(info, order_id)


async def _order(info: Info, order_id: int) -> Order | None:
    order: Any = None
    if is_asked_plainly(info, "lines"):
        order = await views.order_with_lines(
            info.context.database,
            client_id=info.context.client_id,
            order_id=order_id,
            selected=selected(info),
            selected_of_lines=selected_nodes(info, "lines"),
            cursors=wants_cursors(info, "lines"),
        )
    if order is None:
        (order,) = await load(info, "Order", [order_id])
    return order  # type: ignore[no-any-return] # a row stands for the order
