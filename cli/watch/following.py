"""Following the events of an API over one socket, which is opened anew whenever it is gone.

Every kind goes on after the last event of its own, so nothing is missed and nothing comes twice, however
often the connection is cut. Where the API keeps the events no longer, that is told, and it goes on from now.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field

from cli.graphql_socket import AnsweredWithErrorsError, GraphQLSocket, NotAdmittedError, SocketClosedError
from cli.program import CommandError
from cli.watch.documents import CENTERS, NOW, SKU
from cli.watch.kinds import Event, Kind

_FIRST_WAIT = 0.25
_LONGEST_WAIT = 10.0
_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class News:
    """An event of a kind, or, without one, what is to be told of the connection, for programs and people."""

    kind: Kind | None
    event: Event = field(default_factory=dict)
    state: str = ""
    message: str = ""


@dataclass(slots=True)
class Follower:
    """Where to follow, with whose authority, what, and after which cursor (None: from now on)."""

    url: str
    token: str
    kinds: Collection[Kind]
    distribution_center: str | None = None
    sku: str | None = None
    after: str | None = None
    _cursors: dict[str, str] = field(default_factory=dict)

    async def news(self) -> AsyncGenerator[News]:
        """What happens, for ever. Raises CommandError when the API wants nothing to do with us."""
        wait = _FIRST_WAIT
        lost = False
        while True:
            try:
                async with GraphQLSocket.open(self.url, token=self.token) as socket:
                    wait = _FIRST_WAIT
                    narrowed = await self._narrowed(socket)
                    await self._start(socket)
                    if lost:
                        yield News(None, state="resumed", message="Connected again; nothing was missed.")
                    lost = False
                    async for news in self._follow(socket, narrowed):
                        yield news
            except NotAdmittedError as error:
                raise CommandError(f"The API did not let us in: {error}") from error
            except (SocketClosedError, AnsweredWithErrorsError, OSError) as error:
                if isinstance(error, AnsweredWithErrorsError) and not error.passes:
                    raise CommandError(f"The API refused to tell what happens: {error}") from error
                if not lost:
                    reason = str(error) or type(error).__name__
                    yield News(None, state="lost", message=f"No connection to {self.url}: {reason}")
                lost = True
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _start(self, socket: GraphQLSocket) -> None:
        """Every kind has a cursor from the start, or what happens before its first event could be missed."""
        if self._cursors:
            return
        now = self.after or (await socket.execute(NOW))["eventCursor"]
        self._cursors = {kind.name: now for kind in self.kinds}

    async def _narrowed(self, socket: GraphQLSocket) -> Mapping[str, str]:
        narrowed = {}
        if self.distribution_center is not None:
            centers = (await socket.execute(CENTERS))["distributionCenters"]
            narrowed["distributionCenter"] = _id_of(self.distribution_center, centers, "distribution center")
        if self.sku is not None:
            levels = (await socket.execute(SKU, {"code": self.sku}))["stockLevels"]
            narrowed["sku"] = _id_of(self.sku, [level["sku"] for level in levels], "SKU with stock")
        return narrowed

    async def _follow(self, socket: GraphQLSocket, narrowed: Mapping[str, str]) -> AsyncIterator[News]:
        heard: asyncio.Queue[News] = asyncio.Queue(maxsize=1000)
        tasks = [asyncio.create_task(self._listen(socket, kind, narrowed, heard)) for kind in self.kinds]
        try:
            while True:
                coming = asyncio.create_task(heard.get())
                done, _ = await asyncio.wait([coming, *tasks], return_when=asyncio.FIRST_COMPLETED)
                if coming in done:
                    yield self._noted(coming.result())
                    continue
                coming.cancel()
                while not heard.empty():
                    yield self._noted(heard.get_nowait())
                for task in tasks:
                    if task in done:
                        task.result()
                raise SocketClosedError("the API ended a subscription")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _noted(self, news: News) -> News:
        """What was handed on is behind us: only then, or an event could be lost with the connection."""
        if news.kind is not None:
            self._cursors[news.kind.name] = news.event["cursor"]
        return news

    async def _listen(
        self, socket: GraphQLSocket, kind: Kind, narrowed: Mapping[str, str], heard: asyncio.Queue[News]
    ) -> None:
        after = self._cursors[kind.name]
        while True:
            variables = {"after": after} | {
                name: value for name, value in narrowed.items() if name in kind.arguments
            }
            try:
                async for data in socket.subscribe(kind.document, variables):
                    event: Event = data[kind.field]
                    await heard.put(News(kind, event))
                    after = event["cursor"]
                return
            except AnsweredWithErrorsError as error:
                if "CURSOR_EXPIRED" in error.codes:
                    after = (await socket.execute(NOW))["eventCursor"]
                    message = f"What happened to {kind.name} meanwhile is no longer kept: going on from now."
                    await heard.put(News(None, state="expired", message=message))
                elif "UNAUTHENTICATED" in error.codes:
                    raise NotAdmittedError(str(error)) from error
                elif error.passes:
                    # Asked over a new socket, all the others would be charged once more, too.
                    await asyncio.sleep(_AGAIN_SECONDS)
                # One that is told TOO_SLOW may go on where it was.
                elif "TOO_SLOW" not in error.codes:
                    raise CommandError(f"The API refused to tell of {kind.name}: {error}") from error


def _id_of(code: str, found: Collection[dict[str, str]], what: str) -> str:
    for one in found:
        if one["code"] == code:
            return one["id"]
    raise CommandError(f"There is no {what} with the code {code!r}.")
