"""What a subscription field returns: a stream of GraphQL objects made of the feed's events."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, Self, TypeVar

from api.realtime import cursor
from api.realtime.feed import Feed
from api.realtime.reader import Reader
from domain.ports import Credential
from domain.store.event_log import Interest
from domain.store.events import LoggedEvent

Root = TypeVar("Root")


class EventStream(AsyncIterator[Root], Generic[Root]):
    """The events of `interest` after the seq `begin`, each as the object that `root` makes of it.

    Iterating is how graphql-core serves one subscriber. Until then nothing is read, so sockets can take
    the description from here and share the reading with every other subscriber of the same (`groups.py`).
    """

    def __init__(
        self,
        *,
        feed: Feed,
        interest: Interest,
        begin: int,
        root: Callable[[LoggedEvent], Root],
        credential: Credential | None,
    ) -> None:
        self.feed = feed
        self.interest = interest
        self.begin = begin
        self.root = root
        self.credential = credential
        self._reader: Reader[LoggedEvent] | None = None
        self._batch: deque[LoggedEvent] = deque()

    @classmethod
    async def open(
        cls,
        *,
        feed: Feed,
        interest: Interest,
        after: str | None,
        root: Callable[[LoggedEvent], Root],
        credential: Credential | None = None,
    ) -> Self:
        """A stream from the cursor `after`, or of what is committed from now on.

        Raises BadCursorError and CursorExpiredError.
        """
        begin = await feed.begin(None if after is None else cursor.decode(after))
        return cls(feed=feed, interest=interest, begin=begin, root=root, credential=credential)

    async def __anext__(self) -> Root:
        """The next event; raises what ends the reader (see `Reader.next_batch`)."""
        if self._reader is None:
            self._reader = self.feed.follow(self.interest, after=self.begin, credential=self.credential)
        while not self._batch:
            self._batch.extend(await self._reader.next_batch())
        return self.root(self._batch.popleft())

    async def aclose(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self.feed.leave(self._reader)
