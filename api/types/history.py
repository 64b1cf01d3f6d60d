"""The audit trail."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.types.node import node_id


@strawberry.type(description="Something that was done: by whom, when and from where (F11).")
class AuditEntry:
    """An entry of the audit trail."""

    id: strawberry.ID = node_id("AuditEntry")
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who: a token's label, or the part of Backfill that did it.")
    source: str | None = strawberry.field(description="From where.")
    action: str = strawberry.field(description="What, as a code.")
    summary: str = strawberry.field(description="What, in words.")
