"""Connections to PostgreSQL: to whichever host takes writes, and none that is waited on for ever.

Two kinds of silence are told apart. A host that has vanished doesn't even acknowledge what is sent to it: the
kernel notices, and ends the connection (keepalives, TCP_USER_TIMEOUT; the server's settings do the same
for what a vanished client has locked). A server that is stopped, or a way to it that swallows everything,
looks alive to the kernel: there a statement that was given up gets a little time to be confirmed as
cancelled, and is then cut off, which wakes whoever waits for its end.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import SplitResult

import asyncpg
from asyncpg.exceptions import TargetServerAttributeNotMatched

if TYPE_CHECKING:
    _Connection = asyncpg.Connection[asyncpg.Record]
else:
    _Connection = asyncpg.Connection  # generic in its stubs only

Address: TypeAlias = tuple[str, int]
"""Host, or folder of the socket, and port."""

CONNECT_SECONDS = 5.0
"""How long a host may take to accept a connection, and to answer the first question on it."""

_CONFIRM_SECONDS = 2.0
"""How long PostgreSQL may take to confirm that a statement was cancelled."""

_COMMIT = "COMMIT;"
"""As asyncpg's transactions say it."""

_MARGIN_SECONDS = 5.0
"""How much later than PostgreSQL itself we give up a statement: its own error says more."""

_IDLE_SECONDS, _INTERVAL_SECONDS, _PROBES = 5, 3, 3
_VANISHED_MILLISECONDS = 1000 * (_IDLE_SECONDS + _INTERVAL_SECONDS * _PROBES)

SEES_VANISHED_CLIENTS = {
    "tcp_keepalives_idle": str(_IDLE_SECONDS),
    "tcp_keepalives_interval": str(_INTERVAL_SECONDS),
    "tcp_keepalives_count": str(_PROBES),
    "tcp_user_timeout": str(_VANISHED_MILLISECONDS),
}
"""Settings of a session: what a client has locked whose host has vanished is free again soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many seconds a statement, the wait for a lock, and a pause inside a transaction may take.

    `idle` is how long a session may rest outside one (None: for ever): whoever holds a lock of the session
    must give signs of life.
    """

    statement: float
    lock: float
    idle_in_transaction: float
    idle: float | None = None

    def server_settings(self) -> dict[str, str]:
        """The limits as PostgreSQL's settings of a session."""
        return {
            "statement_timeout": _milliseconds(self.statement),
            "lock_timeout": _milliseconds(self.lock),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_in_transaction),
            "idle_session_timeout": _milliseconds(self.idle or 0),
        }

    @property
    def command_timeout(self) -> float:
        """Seconds after which we give up a statement that PostgreSQL should have given up itself."""
        return self.statement + _MARGIN_SECONDS


class BoundedConnection(_Connection):
    """A connection that ends when its host vanishes, or leaves a cancelled statement unconfirmed.

    A COMMIT is not cancelled: one that waits for a standby would then be answered as done, be seen by
    everybody, and be lost with its host. The connection is cut instead, and the server goes on waiting.
    """

    __slots__ = ("_committing",)

    def __init__(self, protocol: Any, transport: asyncio.Transport, *told: Any, **more: Any) -> None:
        super().__init__(protocol, transport, *told, **more)
        self._committing = False
        _keep_alive(transport.get_extra_info("socket"))

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109
        """As asyncpg's own."""
        self._committing = query == _COMMIT
        try:
            return await super().execute(query, *args, timeout=timeout)
        finally:
            self._committing = False

    def _cancel_current_command(
        self, waiter: asyncio.Future[None], cancel_waiter: asyncio.Future[None] | None = None
    ) -> None:
        if self._committing:
            asyncio.get_running_loop().call_soon(self.terminate)
            return
        # However a statement is given up, by its timeout or because its task was cancelled, it comes here;
        # and whatever follows on this connection, a ROLLBACK above all, waits for the confirmation.
        super()._cancel_current_command(waiter, cancel_waiter)  # type: ignore[misc]
        asyncio.get_running_loop().call_later(_CONFIRM_SECONDS, self._cut_unless, cancel_waiter or waiter)

    def _cut_unless(self, confirmed: asyncio.Future[None]) -> None:
        if not confirmed.done():
            self.terminate()


def addresses(parts: SplitResult, query: dict[str, str]) -> list[Address]:
    """The hosts that a PostgreSQL URL names, with their ports: postgresql://…@a:5432,b:5433/name.

    A host may also come in the query, as in libpq: ?host=/socket/folder. Takes `host` and `port` out of
    `query`. Raises ValueError for a port that is none.
    """
    hosts = query.pop("host", None) or parts.netloc.rpartition("@")[2] or "localhost"
    ports = query.pop("port", "5432").split(",")
    found = []
    for number, text in enumerate(hosts.split(",")):
        host, port = text, ports[min(number, len(ports) - 1)]
        if not text.startswith("/") and ":" in text.rpartition("]")[2]:
            host, _, port = text.rpartition(":")
        found.append((host.strip("[]") or "localhost", int(port)))
    return found


def connector(
    hosts: Sequence[Address], connection_class: type[BoundedConnection]
) -> Callable[..., Awaitable[asyncpg.Connection[asyncpg.Record]]]:
    """`asyncpg.connect`, to the first of `hosts` that answers and is what `target_session_attrs` asks for.

    It raises OSError, TimeoutError among them, when none does; from a single host also its own refusal.
    """

    async def connect(*_: Any, **told: Any) -> asyncpg.Connection[asyncpg.Record]:
        told |= {"timeout": CONNECT_SECONDS, "connection_class": connection_class}
        if len(hosts) == 1:
            host, port = hosts[0]
            connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
                **{**told, "host": host, "port": port}
            )
        else:
            connection = await _first_of(hosts, told)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await _read_times_as_text(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    return connect


async def _read_times_as_text(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Have times sent as text: Python reads that in a sixth of the time in which asyncpg adds its numbers up.

    They are in UTC, as the session is. What is left out is COPY of such a column, which has to be binary, and
    `infinity`, which no Python time is either.
    """
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=datetime.isoformat,
        decoder=datetime.fromisoformat,
        format="text",
    )


async def _first_of(hosts: Sequence[Address], told: dict[str, Any]) -> asyncpg.Connection[asyncpg.Record]:
    """Ask all at once: a host that is cut off must not cost those who wait for the others its time."""
    asked = [
        asyncio.ensure_future(asyncpg.connect(**{**told, "host": host, "port": port})) for host, port in hosts
    ]
    failures: list[str] = []
    chosen: asyncpg.Connection[asyncpg.Record] | None = None
    try:
        for answer in asyncio.as_completed(asked):
            try:
                chosen = await answer
                return chosen
            except (asyncpg.PostgresError, TargetServerAttributeNotMatched, OSError) as error:
                failures.append(str(error) or type(error).__name__)
    finally:
        for task in asked:
            task.cancel()
        for other in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(other, asyncpg.Connection) and other is not chosen:
                other.terminate()
    raise ConnectionError(f"none of {len(hosts)} PostgreSQL hosts can be used: {'; '.join(failures)}")


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def _keep_alive(connected: socket.socket | None) -> None:
    if connected is None or connected.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {
        "TCP_KEEPIDLE": _IDLE_SECONDS,
        "TCP_KEEPINTVL": _INTERVAL_SECONDS,
        "TCP_KEEPCNT": _PROBES,
        "TCP_USER_TIMEOUT": _VANISHED_MILLISECONDS,
    }
    for name, value in options.items():
        # Not every system has every one.
        if (option := getattr(socket, name, None)) is not None:
            connected.setsockopt(socket.IPPROTO_TCP, option, value)
