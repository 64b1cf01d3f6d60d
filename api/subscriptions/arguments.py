"""What the subscriptions of events have in common: their arguments, and the stream they open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import strawberry

from api.context import Info
from api.ids import decode_id
from api.realtime.stream import EventStream
from domain.store.event_log import Interest
from domain.store.events import LoggedEvent, Topic

Root = TypeVar("Root")

After = Annotated[
    str | None,
    strawberry.argument(
        description="Resume after the event with this cursor: what happened since is sent first, without a "
        "gap. Without it the feed starts now. Answers CURSOR_EXPIRED when events since are no longer kept."
    ),
]
CenterId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only what concerns this distribution center.")
]


async def stream(
    info: Info,
    *,
    topic: Topic,
    root: Callable[[LoggedEvent], Root],
    after: str | None,
    subject_ids: frozenset[int] | None = None,
    distribution_center: strawberry.ID | None = None,
    sku: strawberry.ID | None = None,
) -> EventStream[Root]:
    """The events of the caller's client about `topic`, each as the object that `root` makes of it.

    Raises BadCursorError, CursorExpiredError, and what `decode_id` raises for an id of another kind.
    """
    authority = info.context.authority
    interest = Interest(
        client_id=authority.client_id,
        topic=topic,
        subject_ids=subject_ids,
        distribution_center_id=(
            None
            if distribution_center is None
            else decode_id("DistributionCenter", distribution_center, argument="distributionCenter")
        ),
        sku_id=None if sku is None else decode_id("Sku", sku, argument="sku"),
    )
    return await EventStream.open(
        feed=info.context.groups.feed,
        interest=interest,
        after=after,
        root=root,
        credential=authority.credential,
    )
