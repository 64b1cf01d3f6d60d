"""Which orders a bulk operation goes to (A4)."""

from __future__ import annotations

import strawberry

from api.ids import decode_ids
from api.types.inputs import OrderFilter, order_filter
from domain.rules.refusals import Refusal
from domain.views.bulk_operations import Selection


@strawberry.input(description="All orders under a filter, on all pages, but for some.")
class OrderFilterSelection:
    """A selection by filter."""

    filter: OrderFilter = strawberry.field(
        description="Which orders, evaluated when the operation is started; an empty filter selects all."
    )
    except_: list[strawberry.ID] | None = strawberry.field(
        default=None, name="except", description="Orders to leave out."
    )


@strawberry.input(description="Which orders, by their ids or by a filter: give one of them.", one_of=True)
class OrderSelection:
    """A selection of orders."""

    ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="These orders, at most 500,000."
    )
    filter: OrderFilterSelection | None = strawberry.field(
        default=strawberry.UNSET, description="The orders under a filter."
    )


def chosen_orders(given: OrderSelection) -> Selection:
    """The selection as the domain takes it. Raises INVALID_INPUT for an id of another kind."""
    if given.ids:
        return Selection(ids=decode_ids("Order", given.ids, argument=("selection", "ids")))
    if not given.filter:
        return Selection(ids=[])
    exceptions = decode_ids("Order", given.filter.except_ or [], argument=("selection", "filter", "except"))
    try:
        return Selection(order_filter=order_filter(given.filter.filter), exceptions=exceptions)
    except Refusal as refusal:
        raise refusal.at("selection", "filter", *refusal.path) from None
