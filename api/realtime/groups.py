"""Groups: subscribers that are told the same, in the same words, share the work of telling (F5).

A group has one reader of the feed. Each event is executed and encoded once, and the text goes to all
members, each of which only puts the id of its operation around it. A member that resumes reads what it
missed by itself, from the log, and then joins the others without a gap, because the group offers it
everything meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from typing import Any, TypeAlias

from api.realtime.cursor import AuthorityEndedError
from api.realtime.eager import start
from api.realtime.feed import Feed
from api.realtime.frames import Batch, Frame, batches
from api.realtime.reader import Reader
from domain.ports import Credential
from domain.store.event_log import Interest
from domain.store.events import LoggedEvent

Execute: TypeAlias = Callable[[Sequence[LoggedEvent]], Awaitable[Sequence[str]]]
"""Makes of each event the JSON text of its GraphQL response."""

Send: TypeAlias = Callable[[str], Coroutine[Any, Any, None]]
"""Sends the JSON text of a response to one subscriber; waits while the subscriber does not read."""

Write: TypeAlias = Callable[[Batch], bool]
"""Sends a batch to one subscriber at once; False, and nothing is sent, when the subscriber does not read."""

_AT_A_TIME = 50
"""Events executed together."""

_IN_A_ROW = 200
"""Members written to before others on the event loop have their turn."""


class Member:
    """One subscription in a group.

    As long as the socket takes what it is sent, frames go straight to it. One that has to wait for the
    socket, or for a replay, is sent by a task, and those that come meanwhile are buffered; when too many
    do, the member is ended.
    """

    __slots__ = ("_ended", "_group", "_reader", "_send", "_sending", "_write")

    def __init__(
        self, *, group: Group, reader: Reader[Frame], send: Send, write: Write | None = None
    ) -> None:
        self._group = group
        self._reader = reader
        self._send = send
        self._write = write
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sending: asyncio.Task[None] | None = None
        if not reader.idle:
            self._sending = asyncio.create_task(self._send_waiting(None))

    @property
    def credential(self) -> Credential | None:
        """What the subscriber was admitted with."""
        return self._reader.credential

    async def ended(self) -> None:
        """Wait until the member is ended; raises the reason."""
        await self._ended

    def leave(self) -> None:
        """Leave the group: nothing is sent any more."""
        self._group.leave(self)
        if self._sending is not None:
            self._sending.cancel()

    def end(self, reason: Exception) -> None:
        """Send nothing any more, and let `ended` raise `reason`."""
        self.leave()
        if not self._ended.done():
            self._ended.set_exception(reason)

    def offer(self, batch: Batch) -> None:
        """Send a batch now or when those before it are sent; never waits."""
        if self._sending is not None:
            for frame in batch.frames:
                self._reader.offer(frame)
            if self._reader.ended is not None:
                self._group.feed.ended_slow += 1
                self.end(self._reader.ended)
            return
        taken = self._reader.passed(batch.frames)
        if not taken or (taken == len(batch.frames) and self._write is not None and self._write(batch)):
            return
        try:
            rest = start(self._send_each(batch.frames[-taken:]))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this socket is its own affair
            self.end(error)
        else:
            if rest is not None:
                self._sending = asyncio.create_task(self._send_waiting(rest))

    async def _send_each(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            await self._send(frame.payload)

    async def _send_waiting(self, first: Awaitable[None] | None) -> None:
        try:
            if first is not None:
                await first
            while not self._reader.idle:
                batch = await self._reader.next_batch()
                for begin in range(0, len(batch), _AT_A_TIME):
                    for frame in await self._group.frames(batch[begin : begin + _AT_A_TIME]):
                        await self._send(frame.payload)
            self._sending = None
        except Exception as error:  # noqa: BLE001 - as in `offer`
            self.end(error)


class Group:
    """The subscribers of the same selection of the same events, on behalf of the same authority."""

    def __init__(self, *, groups: Groups, key: Hashable, interest: Interest, execute: Execute) -> None:
        self.feed = groups.feed
        self._groups = groups
        self._key = key
        self._interest = interest
        self._execute = execute
        self._position = self.feed.position
        self._members: dict[Member, None] = {}
        self._task = asyncio.create_task(self._run())

    @property
    def members(self) -> list[Member]:
        """Who is in the group."""
        return list(self._members)

    def join(self, *, begin: int, send: Send, write: Write | None, credential: Credential | None) -> Member:
        """A new member, sent everything after the seq `begin`."""
        reader = self.feed.reader(
            self._interest, after=begin, live_from=self._position, strict=True, credential=credential
        )
        member = Member(group=self, reader=reader, send=send, write=write)
        self._members[member] = None
        return member

    def leave(self, member: Member) -> None:
        """Forget `member`; with its last member the group ends."""
        self._members.pop(member, None)
        if not self._members:
            self._task.cancel()
            self._groups.forget(self._key, self)

    async def frames(self, items: Sequence[LoggedEvent | Frame]) -> Sequence[Frame]:
        """The frames of `items`, which are either all events or all frames."""
        events = [item for item in items if isinstance(item, LoggedEvent)]
        if not events:
            return [item for item in items if isinstance(item, Frame)]
        payloads = await self._execute(events)
        return [Frame(event.seq, payload) for event, payload in zip(events, payloads, strict=True)]

    async def _run(self) -> None:
        reader = self.feed.follow(self._interest, after=self._position)
        try:
            while True:
                batch = await reader.next_batch()
                for begin in range(0, len(batch), _AT_A_TIME):
                    for each in batches(await self.frames(batch[begin : begin + _AT_A_TIME])):
                        await self._hand_out(each)
        except Exception as error:  # noqa: BLE001 - every member is told
            for member in self.members:
                member.end(error)
        finally:
            self.feed.leave(reader)

    async def _hand_out(self, batch: Batch) -> None:
        # Set first: who joins while the members are written to finds these events in the log.
        self._position = batch.frames[-1].seq
        for number, member in enumerate(self.members, start=1):
            if member in self._members:
                member.offer(batch)
            if number % _IN_A_ROW == 0:
                await asyncio.sleep(0)


class Groups:
    """The groups of a process."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._groups: dict[Hashable, Group] = {}

    def join(
        self,
        key: Hashable,
        *,
        interest: Interest,
        begin: int,
        execute: Execute,
        send: Send,
        write: Write | None = None,
        credential: Credential | None = None,
    ) -> Member:
        """A new member of the group `key`: one that is sent the same as all others of this key.

        It gets everything of `interest` after the seq `begin`, executed with the `execute` of whoever
        was first; `Member.leave` must be called at the end. `write` is a faster way than `send`, where there
        is one.
        """
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(groups=self, key=key, interest=interest, execute=execute)
        return group.join(begin=begin, send=send, write=write, credential=credential)

    def forget(self, key: Hashable, group: Group) -> None:
        """Let the next subscriber of `key` found a new group."""
        if self._groups.get(key) is group:
            del self._groups[key]

    def members(self) -> list[Member]:
        """The members of all groups."""
        return [member for group in self._groups.values() for member in group.members]

    def credentials(self) -> set[Credential]:
        """What those were admitted with who are still here, in a group or alone."""
        return {one.credential for one in self._everybody() if one.credential is not None}

    def end_for(self, credential: Credential) -> None:
        """End everybody who was admitted with this, which is not valid any more."""
        for one in self._everybody():
            if one.credential == credential:
                one.end(AuthorityEndedError())

    def _everybody(self) -> list[Member | Reader[LoggedEvent]]:
        return [*self.members(), *self.feed.readers()]

    def __len__(self) -> int:
        return len(self._groups)
