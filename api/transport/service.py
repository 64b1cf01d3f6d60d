"""What every transport serves, and on whose behalf."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from api.auth import Authenticator
from api.context import Context
from api.execution.schema import BreadthFirstSchema
from api.metrics import Metrics
from api.realtime.groups import Groups
from api.refusal_trail import RefusalTrail
from api.transport.charging import Cashier
from api.transport.documents import Documents
from api.transport.limits import Limits
from api.transport.persisted import PersistedDocuments
from api.transport.time_limit import TimeLimit
from domain.ports import Authority, Jobs
from domain.store.database import Database

DATABASE_AWAY = "The service can't reach its database at the moment; try again."
ISSUER_AWAY = "The service can't reach the issuer of this token at the moment; try again."

LOOKUP_SECONDS = 2.0
"""How long a client waits to be authenticated before it is told to try again."""


@dataclass(frozen=True)
class Service:
    """The schema with everything its operations need.

    `following` is set as soon as events are followed, so that subscriptions can begin; `stopping` when
    the process is asked to stop, so that event streams, which never end by themselves, do.
    """

    schema: BreadthFirstSchema
    database: Database
    groups: Groups
    authenticator: Authenticator
    metrics: Metrics
    documents: Documents
    persisted: PersistedDocuments
    cashier: Cashier
    limits: Limits
    time_limit: TimeLimit
    """How long a query or mutation may take."""
    refusals: RefusalTrail
    replica: Database | None = None
    jobs: Jobs | None = None
    following: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def context(self, authority: Authority, request_id: str) -> Context:
        """What the resolvers of one request, or of one socket, are given."""
        return Context(
            database=self.database,
            authority=authority,
            groups=self.groups,
            request_id=request_id,
            replica=self.replica,
            jobs=self.jobs,
            refusals=self.refusals,
        )
