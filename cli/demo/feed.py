"""The live feed in the terminal: what subscribers of the API see, one line per change."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from rich.text import Text

from cli.graphql_socket import GraphQLSocket
from cli.program import console
from cli.watch.kinds import LINES, ORDERS, RUNS, Event, Kind

_LINES_PER_TURN = 8
_TURN_SECONDS = 0.5


class Feed:
    """Prints what the subscriptions bring: every run, and of a burst the first changes of each kind.

    Orders that move on have a share of their own, or a burst of new orders and short lines would hide them.
    """

    def __init__(self, socket: GraphQLSocket) -> None:
        self._socket = socket
        self._news: deque[Text] = deque()
        self._moves: deque[Text] = deque()
        self._runs: deque[Text] = deque()

    async def run(self) -> None:
        """Subscribe and print until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(ORDERS, self._note_order))
            group.create_task(self._follow(LINES, lambda event: self._news.append(LINES.line(event))))
            group.create_task(self._follow(RUNS, lambda event: self._runs.append(RUNS.line(event))))
            group.create_task(self._print())

    async def _follow(self, kind: Kind, note: Callable[[Event], None]) -> None:
        async for data in self._socket.subscribe(kind.document):
            note(data[kind.field])

    def _note_order(self, event: Event) -> None:
        moved = event["previousStatus"] not in (None, event["order"]["status"])
        (self._moves if moved else self._news).append(ORDERS.line(event))

    async def _print(self) -> None:
        while True:
            await asyncio.sleep(_TURN_SECONDS)
            self._print_some(self._news)
            self._print_some(self._moves)
            while self._runs:
                console.print(self._runs.popleft(), soft_wrap=True)

    def _print_some(self, lines: deque[Text]) -> None:
        for _ in range(min(_LINES_PER_TURN, len(lines))):
            console.print(lines.popleft(), soft_wrap=True)
        if lines:
            console.print(f"          … and {len(lines)} more changes", style="dim")
            lines.clear()
