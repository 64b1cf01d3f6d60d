"""The audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import strawberry
from strawberry.scalars import JSON

from api.context import Info
from api.execution.fields import Parents, batched
from api.ids import decode_optional
from api.types.node import follow, node_id
from domain.views.audit_trail import AuditFilter as DomainFilter

if TYPE_CHECKING:
    from api.types.orders import Order


@strawberry.type(description="Something that was done: by whom, when and from where (F11).")
class AuditEntry:
    """An entry of the audit trail."""

    id: strawberry.ID = node_id("AuditEntry")
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(
        description="Who: a token's label, `oidc:` and the subject of an issuer's, or the part of Backfill "
        "that did it."
    )
    source: str | None = strawberry.field(
        description="From where: the address and request of a call, a worker, or the command line."
    )
    action: str = strawberry.field(description="What, as a code.")
    summary: str = strawberry.field(description="What, in words.")

    @batched(description="The order it was done to; null when it was done to none.")
    async def order(
        parents: Parents, info: Info
    ) -> list[Annotated[Order, strawberry.lazy("api.types.orders")] | None]:
        orders: list[Any] = await follow(parents, info, "Order", "order_id")
        return orders

    @batched(description="The values that it changed, as they were; null for something new.")
    def before(parents: Parents) -> list[JSON | None]:
        return [_read(entry["before"]) for entry in parents]

    @batched(description="These values as they were afterwards; null for something that is no more.")
    def after(parents: Parents) -> list[JSON | None]:
        return [_read(entry["after"]) for entry in parents]


@strawberry.input(description="Which entries of the audit trail; all conditions hold.")
class AuditFilter:
    """Conditions on audit entries."""

    actor: str | None = strawberry.field(default=None, description="Done by this user, as `actor` names it.")
    order: strawberry.ID | None = strawberry.field(default=None, description="Done to this order.")
    action: list[str] | None = strawberry.field(default=None, description="One of these, as codes.")
    source: str | None = strawberry.field(default=None, description="From a place that begins so.")
    from_: datetime | None = strawberry.field(name="from", default=None, description="Done then or later.")
    until: datetime | None = strawberry.field(default=None, description="Done before then.")


def audit_filter(told: AuditFilter | None) -> DomainFilter:
    """The conditions as the view takes them."""
    if told is None:
        return DomainFilter()
    return DomainFilter(
        actor=told.actor,
        order=decode_optional("Order", told.order, argument=("filter", "order")),
        action=told.action,
        source=told.source,
        done_from=told.from_,
        done_until=told.until,
    )


def _read(stored: str | None) -> Any:
    return None if stored is None else orjson.loads(stored)
