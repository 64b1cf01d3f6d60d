"""What resolvers are given beside their parents: who asks, and where to look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias

import strawberry

from api.realtime.groups import Groups
from api.refusal_trail import RefusalTrail
from domain.operations.command import Command
from domain.ports import Authority, Jobs
from domain.store.database import Database


@dataclass(frozen=True, slots=True)
class Context:
    """One request, or one connection of a subscriber."""

    database: Database
    authority: Authority
    groups: Groups
    request_id: str
    replica: Database | None = None
    """Where reports are read, if not in the database itself."""
    jobs: Jobs | None = None
    """Where committed work is handed over; without it the workers find it by themselves, a moment later."""
    refusals: RefusalTrail = field(default_factory=RefusalTrail)
    """What has refusals of authority in the audit trail."""

    @property
    def client_id(self) -> int:
        """The client that everything is read and changed for."""
        return self.authority.client_id

    @property
    def reports(self) -> Database:
        """What reports are read from: they take long, and are none the worse for being a second old."""
        return self.replica or self.database

    def now(self) -> datetime:
        """The clock of the API: the domain is told the time."""
        return datetime.now(UTC)

    def command(self, idempotency_key: str | None) -> Command:
        """What an operation needs to know of the request."""
        return Command(self.database, self.authority, self.now(), idempotency_key)

    def for_event(self) -> Context:
        """A context of the same authority, to execute one event of a subscription with."""
        return replace(self)


Info: TypeAlias = strawberry.Info[Context, None]
