"""settingsChanged: how the client wants its orders processed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.realtime import cursor
from api.subscriptions.arguments import After, stream
from api.types.node import load
from api.types.reference import Client
from domain.store.events import LoggedEvent, Topic


@strawberry.type(
    description="The client's settings, rules, templates, connections or reference data changed; `cause` "
    "says by what."
)
class SettingsEvent:
    """One event of `settingsChanged`."""

    subject_id: strawberry.Private[int]
    cursor: str = strawberry.field(description="Where to resume after this event: pass it as `after`.")
    at: datetime = strawberry.field(description="When it happened.")
    cause: str = strawberry.field(description="What changed it: the name of a mutation or job.")

    @batched(description="The client, as it is when the event is delivered.")
    async def client(parents: Parents, info: Info) -> list[Client]:
        return await load(info, "Client", [event.subject_id for event in parents])


def client_event(event: LoggedEvent) -> SettingsEvent:
    """The GraphQL object of an event about settings."""
    return SettingsEvent(
        subject_id=event.subject_id, cursor=cursor.encode(event.seq), at=event.at, cause=event.cause
    )


@strawberry.type
class SettingsSubscriptions:
    """The part of `Subscription` about what the client has set up."""

    @strawberry.subscription(
        description="Changes of what the client has set up: settings, shipment policies, hold rules, caps, "
        "reallocation variants, e-mail templates, store connections, distribution centers, stores and SKUs."
    )
    async def settings_changed(self, info: Info, after: After = None) -> AsyncIterator[SettingsEvent]:
        return await stream(
            info,
            topic=Topic.CLIENT,
            root=client_event,
            after=after,
        )
