"""What must not happen, whatever is sent: something unexpected in the log, and anything left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psutil
from structlog.testing import capture_logs

from tests.api.transport.serving import Server

_SETTLING_SECONDS = 60.0


class Log(logging.Handler):
    """Everything that the program and the libraries under it have logged."""

    def __init__(self, entries: list[MutableMapping[str, Any]]) -> None:
        super().__init__(logging.WARNING)
        self._entries = entries
        self._records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line of a library."""
        self._records.append(record)

    def unexpected(self) -> list[str]:
        """Lines that say that something went wrong on our side: errors, and whatever has a traceback."""
        ours = [
            repr(entry)
            for entry in self._entries
            if entry.get("exc_info") or entry["log_level"] in ("error", "critical")
        ]
        theirs = [
            logging.Formatter().format(record)
            for record in self._records
            if record.exc_info or record.levelno >= logging.ERROR
        ]
        return ours + theirs


@contextmanager
def watched_log() -> Iterator[Log]:
    """The log, for as long as the block."""
    with capture_logs() as entries:
        log = Log(entries)
        root = logging.getLogger()
        root.addHandler(log)
        try:
            yield log
        finally:
            root.removeHandler(log)


def _is_held(task: asyncio.Task[Any]) -> bool:
    # The Redis inside the process waits for its readers in tasks of its own, a new one for each read.
    coroutine = task.get_coro()
    return not task.done() and not getattr(coroutine, "__qualname__", "").startswith("AsyncFakeSocket.")


class Watch:
    """A running application: what it holds for its callers, beside what it holds when nobody is there."""

    def __init__(self, server: Server, log: Log) -> None:
        self._server = server
        self._log = log
        self._tasks: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def example(self) -> AsyncIterator[None]:
        """Fail when something is still held after the block, or something unexpected was logged in it."""
        self._tasks = asyncio.all_tasks()
        yield
        await self._check()

    def held(self) -> dict[str, object]:
        """What is held for somebody: tasks, subscribers, what is counted for tokens, connections."""
        state = self._server.app.state
        pool = self._server.database.pool()
        held: dict[str, object] = {
            "tasks": [task for task in asyncio.all_tasks() - self._tasks if _is_held(task)],
            "groups": len(state.groups),
            "subscribers": state.groups.members(),
            "readers": [reader for reader in state.groups.feed.readers() if reader.ended is None],
            "sockets": dict(state.cashier.sockets),
            "subscriptions": dict(state.cashier.subscriptions),
            "connections": pool.open - pool.idle,
            "descriptors": max(0, self._connected() - 1),
        }
        return {name: value for name, value in held.items() if value}

    def _connected(self) -> int:
        """Connections that the server has open; one of them may be the one that `Server.http` keeps."""
        return sum(
            connection.laddr.port == self._server.port and connection.status != psutil.CONN_LISTEN
            for connection in psutil.Process().net_connections("tcp")
        )

    async def _check(self) -> None:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + _SETTLING_SECONDS
        while (held := self.held()) and loop.time() < give_up_at:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert not held, f"left behind: {held}"
        assert not (lines := self._log.unexpected()), "\n".join(lines)
