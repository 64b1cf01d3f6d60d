"""Handing work over: what a job looks like, and a Redis that is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis
from structlog.testing import capture_logs

from jobs.queue import _AWAY_SECONDS, LONG_QUEUE, ArqJobs, arq_redis

pytestmark = pytest.mark.anyio


async def test_a_run_is_handed_over_by_its_ids_as_json(redis: Redis) -> None:
    await ArqJobs(arq_redis(redis)).process_run(client_id=3, run_id=7)

    assert await redis.zrange(LONG_QUEUE, 0, -1) == [b"run:3:7"]
    (job,) = await arq_redis(redis).queued_jobs()
    assert job.function == "process_run"
    assert b'"k":{"client_id":3,"run_id":7}' in await redis.get("arq:job:run:3:7")


async def test_a_run_is_queued_once_however_often_it_is_handed_over(redis: Redis) -> None:
    jobs = ArqJobs(arq_redis(redis))

    await asyncio.gather(*(jobs.process_run(client_id=3, run_id=7) for _ in range(5)))
    await asyncio.gather(*(jobs.process_run(client_id=3, run_id=7, attempt=1) for _ in range(5)))
    await jobs.process_run(client_id=4, run_id=7)

    assert set(await redis.zrange(LONG_QUEUE, 0, -1)) == {b"run:3:7", b"run:3:7:1", b"run:4:7"}


async def test_while_redis_is_away_handing_over_is_left_to_the_sweep() -> None:
    server = FakeServer()
    server.connected = False

    with capture_logs() as logs:
        await ArqJobs(arq_redis(FakeAsyncRedis(server=server))).process_run(client_id=3, run_id=7)

    assert [(line["event"], line["job"]) for line in logs] == [("queue.redis_lost", "run:3:7")]


async def test_a_redis_that_does_not_answer_holds_nobody_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.queue._REDIS_SECONDS", 0.1)
    async with silent_server() as port, Redis(port=port) as redis, asyncio.timeout(60):
        await ArqJobs(arq_redis(redis)).process_run(client_id=3, run_id=7)


async def test_who_hands_much_over_waits_for_such_a_redis_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.queue._REDIS_SECONDS", 0.1)
    monkeypatch.setattr("jobs.queue._AWAY_SECONDS", 600)
    async with silent_server() as port, Redis(port=port) as redis:
        jobs = ArqJobs(arq_redis(redis))
        with capture_logs() as logs:
            for number in range(1_000):
                await jobs.synchronize(client_id=3, synchronization_id=number)
    assert [(line["event"], line["job"]) for line in logs] == [("queue.redis_lost", "sync:3:0")]


async def test_a_redis_that_is_there_again_is_told_after_a_second() -> None:
    server = FakeServer()
    redis = FakeAsyncRedis(server=server)
    jobs = ArqJobs(arq_redis(redis))
    server.connected = False
    await jobs.process_run(client_id=3, run_id=7)
    server.connected = True
    await asyncio.sleep(_AWAY_SECONDS)
    await jobs.process_run(client_id=3, run_id=8)
    assert await redis.zrange(LONG_QUEUE, 0, -1) == [b"run:3:8"]


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """The port of a server that takes connections and says nothing."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
