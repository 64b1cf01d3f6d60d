"""settingsChanged: how the client wants its orders processed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import strawberry

from api.context import Info
from api.execution.fields import Parents, batched
from api.subscriptions.arguments import After, stream
from api.subscriptions.events import SubjectEvent
from api.types.node import load
from api.types.reference import Client
from domain.store.events import Topic


@strawberry.type(
    description="The client's settings, rules, templates, connections or reference data changed; `cause` "
    "says by what."
)
class SettingsEvent(SubjectEvent):
    """One event of `settingsChanged`."""

    @batched(description="The client, as it is when the event is delivered.")
    async def client(parents: Parents, info: Info) -> list[Client]:
        return await load(info, "Client", [event.subject_id for event in parents])


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
            root=SettingsEvent.of,
            after=after,
        )
