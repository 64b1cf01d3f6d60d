"""API tokens."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.types.node import node_id
from domain.rules.vocabulary import Role


@strawberry.type(
    description="What a program or a person proves itself with: a secret that belongs to one client and has "
    "one role. The secret itself is kept nowhere."
)
class ApiToken:
    """A token as it is listed."""

    id: strawberry.ID = node_id("ApiToken")
    label: str = strawberry.field(description="What it is for; who uses it is called so in the audit trail.")
    role: Role = strawberry.field(description="What its holder may do.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was used last, give or take five minutes; null: never."
    )
    expires_at: datetime | None = strawberry.field(description="From when on it works no longer, if ever.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked, if it was.")

    @batched(description="Whether it works now.")
    def valid(parents: Parents, info: Info) -> list[bool]:
        now = info.context.now()
        return [
            row["revoked_at"] is None and (row["expires_at"] is None or row["expires_at"] > now)
            for row in parents
        ]
