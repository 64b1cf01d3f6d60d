"""What a running program holds on to, read off from the outside: processes, Redis, PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil
from redis.asyncio import Redis

from domain.store.events import STREAM
from tests.cli.running import Served
from tests.soak.trend import Sample

_MIB = 1024 * 1024

_TABLES = """
SELECT relname, pg_total_relation_size(oid) AS bytes FROM pg_class
WHERE relname IN ('event_outbox', 'event_log', 'orders', 'order_lines', 'stock_movements', 'run_decisions',
                  'audit_entries', 'idempotency_keys')
"""
_CONNECTIONS = """
SELECT application_name, count(*) AS connections FROM pg_stat_activity
WHERE application_name LIKE 'backfill-%' GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Noise:
    """What of a rise is noise: a share of the level, or at least so much."""

    share: float
    least: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure's samples, and what of a rise is noise; None: it may rise, and is only told."""

    noise: Noise | None
    samples: list[Sample] = field(default_factory=list)


_MEMORY = Noise(0.05, 6.0)
_COUNTED = Noise(0.1, 6.0)


class Watch:
    """Samples one program again and again; `figures` by their names."""

    def __init__(self, served: Served, *, data_dir: Path) -> None:
        self._served = served
        sockets = data_dir / "run"
        self._redis = Redis.from_url(f"unix://{sockets / 'redis.sock'}")
        self._postgres_url = f"postgresql://postgres@/backfill?host={sockets}"
        self.figures: dict[str, Figure] = {}

    async def look(self, *, at: float) -> None:
        """Take a sample of everything."""
        self._processes(at)
        await self._metrics(at)
        await self._of_redis(at)
        await self._of_postgresql(at)

    async def close(self) -> None:
        """Leave Redis; PostgreSQL is left after every look."""
        await self._redis.aclose()

    def _note(self, name: str, at: float, value: float, noise: Noise | None = None) -> None:
        self.figures.setdefault(name, Figure(noise)).samples.append((at, value))

    def _processes(self, at: float) -> None:
        parent = psutil.Process(self._served.process.pid)
        workers = sorted(
            (child for child in parent.children() if "worker" in child.cmdline()), key=lambda child: child.pid
        )
        for name, process in (("api", parent), *((f"worker {n}", w) for n, w in enumerate(workers, 1))):
            with process.oneshot():
                self._note(f"{name}: memory, MiB", at, process.memory_info().rss / _MIB, _MEMORY)
                self._note(f"{name}: file descriptors", at, process.num_fds(), _COUNTED)
                self._note(f"{name}: threads", at, process.num_threads(), _COUNTED)
        self._note("processes", at, 1 + len(workers), _COUNTED)

    async def _metrics(self, at: float) -> None:
        text = (await self._served.api.get("/metrics")).text
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")
        for name, metric in (
            ("api: tasks", "backfill_tasks"),
            ("api: subscriptions", "backfill_subscriptions_open"),
            ("api: groups of subscriptions", "backfill_subscription_groups"),
        ):
            self._note(name, at, float(values[metric]), _COUNTED)

    async def _of_redis(self, at: float) -> None:
        used = (await self._redis.info("memory"))["used_memory"]
        stream = await self._redis.memory_usage(STREAM) or 0
        # The stream keeps a fixed number of events, which takes longer than the warm-up to come about.
        self._note("redis: memory without the stream, MiB", at, (used - stream) / _MIB, _MEMORY)
        self._note("redis: the stream, MiB", at, stream / _MIB)
        self._note("redis: keys", at, await self._redis.dbsize(), Noise(0.1, 20))
        clients = (await self._redis.info("clients"))["connected_clients"]
        self._note("redis: connections", at, clients, _COUNTED)

    async def _of_postgresql(self, at: float) -> None:
        connection = await asyncpg.connect(self._postgres_url)
        try:
            for row in await connection.fetch(_CONNECTIONS):
                name = f"postgresql: connections of {row['application_name']}"
                self._note(name, at, row["connections"], _COUNTED)
            for row in await connection.fetch(_TABLES):
                bounded = Noise(0.25, 4.0) if row["relname"] == "event_outbox" else None
                self._note(f"postgresql: {row['relname']}, MiB", at, row["bytes"] / _MIB, bounded)
            waiting = await connection.fetchval("SELECT count(*) FROM event_outbox")
            self._note("postgresql: events waiting", at, waiting, Noise(0.1, 200))
        finally:
            await connection.close()
