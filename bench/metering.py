"""What processes have used: CPU seconds of servers and of PostgreSQL's backends, resident memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
import psutil


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds by process id, at one moment."""

    cpu: dict[int, float]

    def since(self, before: Reading) -> float:
        """CPU seconds since an earlier reading; a process that was not there then began at nothing."""
        return sum(seconds - before.cpu.get(pid, 0.0) for pid, seconds in self.cpu.items())


def read_cpu(pids: Iterable[int]) -> Reading:
    """The CPU seconds of these processes, as far as they are there."""
    cpu = {}
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            cpu[pid] = times.user + times.system
    return Reading(cpu)


def with_children(pids: Iterable[int]) -> list[int]:
    """The processes and all that they have started."""
    found = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            found += [pid, *(child.pid for child in process.children(recursive=True))]
    return found


def resident(pids: Iterable[int]) -> int:
    """The resident memory of these processes, in bytes."""
    total = 0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            total += psutil.Process(pid).memory_info().rss
    return total


class Meter:
    """Reads the CPU of a server's processes and of the backends that work on its database.

    PostgreSQL's backends are those connected to the database when it is read: they must be on this machine,
    and what they have used is lost when they disconnect before.
    """

    def __init__(self, *, pids: Sequence[int], database_url: str) -> None:
        self._pids = pids
        self._database_url = database_url
        self._server = Reading({})
        self._postgres = Reading({})

    async def start(self) -> None:
        """Count from now."""
        self._server = read_cpu(with_children(self._pids))
        self._postgres = read_cpu(await self._backends())

    async def stop(self) -> tuple[float, float, int]:
        """CPU seconds of the server and of PostgreSQL since `start`, and the server's memory now."""
        postgres = read_cpu(await self._backends()).since(self._postgres)
        pids = with_children(self._pids)
        return read_cpu(pids).since(self._server), postgres, resident(pids)

    async def _backends(self) -> list[int]:
        connection = await asyncpg.connect(self._database_url)
        try:
            rows = await connection.fetch(
                """
                SELECT pid FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            )
        finally:
            await connection.close()
        return [row["pid"] for row in rows]


def is_local(database_url: str) -> bool:
    """Whether PostgreSQL runs where its processes can be looked at."""
    return urlsplit(database_url).hostname in (None, "localhost", "127.0.0.1", "::1")
