"""Work that writes much: databases to do it on, workers that do it, and the bare writes of the same rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
from redis.asyncio import Redis

from bench.databases import Place
from bench.measuring import Measure
from bench.metering import Meter
from bench.peers import running
from bench.processes import Assistant
from bench.samples import Sample
from bench.setting import Filled, Setting
from domain.operations.command import Command
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.store.database import Database
from jobs.queue import ArqJobs, arq_redis

_POLL_SECONDS = 0.02

Started = Callable[[Database, Command, ArqJobs], Awaitable[None]]
"""Commits work for the background, and hands it to a worker."""


@asynccontextmanager
async def _commanding(filled: Filled, place: Place) -> AsyncIterator[tuple[Database, Command, ArqJobs]]:
    """What the API has when it starts work for the background."""
    database = await Database.open(place.url, max_size=2, application_name="bench")
    redis = Redis.from_url(place.redis_url)
    authority = Authority(client_id=filled.business.client_id, role=Role.ADMIN, actor="bench")
    try:
        yield database, Command(database, authority, datetime.now(UTC), None), ArqJobs(arq_redis(redis))
    finally:
        await redis.aclose()
        await database.close()


def background(
    setting: Setting,
    filled: Filled,
    start: Started,
    *,
    units: int,
    unfinished: str,
    workers: int = 1,
    done: Callable[[Place], Awaitable[None]] | None = None,
) -> Measure:
    """Rounds of work for the background, each on a fresh copy: from its start until `unfinished` gives 0.

    `done` is told the copy after the work, when the events of it are in the log.
    """

    async def measure() -> Sample:
        async with (
            setting.servers.clone(filled.place) as place,
            running.workers(place, count=workers) as peer,
            _commanding(filled, place) as (database, command, jobs),
        ):
            meter = Meter(pids=peer.pids, database_url=place.url)
            await meter.start()
            began = time.perf_counter()
            await start(database, command, jobs)
            await _until_none(place, unfinished)
            seconds = time.perf_counter() - began
            server_cpu, postgres_cpu, memory = await meter.stop()
            if done is not None:
                await _until_none(place, "SELECT count(*) FROM event_outbox")
                await done(place)
        return Sample(
            units=units,
            seconds=seconds,
            server_cpu=server_cpu,
            postgres_cpu=postgres_cpu,
            memory=memory,
        )

    return measure


async def _until_none(place: Place, count: str) -> None:
    connection = await asyncpg.connect(place.url)
    try:
        while await connection.fetchval(count):  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await connection.close()


def by_assistant(
    setting: Setting, filled: Filled, assistant: Assistant, *, units: int, **question: object
) -> Measure:
    """Rounds of an assistant's work, each on a fresh copy; it answers with seconds, or with units as well."""

    async def measure() -> Sample:
        async with setting.servers.clone(filled.place) as place:
            meter = Meter(pids=[assistant.pid], database_url=place.url)
            await meter.start()
            answer = await assistant.ask(url=place.url, **question)
            server_cpu, postgres_cpu, memory = await meter.stop()
            await assistant.ask(do="close")
        told = answer if isinstance(answer, dict) else {"seconds": answer, "lines": units}
        return Sample(
            units=told["lines"],
            seconds=told["seconds"],
            server_cpu=server_cpu,
            postgres_cpu=postgres_cpu,
            memory=memory,
        )

    return measure
