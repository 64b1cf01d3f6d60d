"""Connections find the primary that Sentinels name, and the next one after a failover."""

from __future__ import annotations

import asyncio
import gc
import re
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from cli.embedded.redis import redis_program
from jobs.queue import REDIS_ERRORS, patient_pool
from jobs.redis_pools import ArqClient, RedisClient, connection_pool
from tests.machine import needs_redis_server
from tests.ports import free_ports
from tests.waiting import eventually

pytestmark = pytest.mark.anyio


def test_a_plain_url_is_taken_as_it_is() -> None:
    pool = connection_pool("redis://name:secret@cache:6380/3", socket_timeout=4)

    told = pool.connection_kwargs
    assert (told["host"], told["port"], told["db"]) == ("cache", 6380, 3)
    assert (told["username"], told["password"], told["socket_timeout"]) == ("name", "secret", 4)


def test_what_sentinels_url_says_of_redis_is_told_to_redis() -> None:
    pool = connection_pool("redis+sentinel://name:s%40fe@one,two:5000/main/2", socket_timeout=4)

    told = pool.connection_kwargs
    assert (told["username"], told["password"], told["db"]) == ("name", "s@fe", 2)
    assert told["socket_timeout"] == 4


@pytest.mark.parametrize("client_class", [RedisClient, ArqClient])
async def test_a_pipeline_that_is_given_up_while_redis_is_silent_ends_at_once_and_gives_its_connection_back(
    client_class: type[Redis],
) -> None:
    async with _silenceable() as (silence, port), asyncio.timeout(20):
        pool = connection_pool(f"redis://127.0.0.1:{port}/0")
        redis = client_class(connection_pool=pool)

        async def give_up() -> None:
            async with redis.pipeline() as pipe:
                await pipe.watch("watched")
                silence.set()
                async with asyncio.timeout(0.2):
                    await pipe.get("watched")

        with pytest.raises(TimeoutError):
            await give_up()

        assert pool._in_use_connections == set()
        await pool.disconnect()


@pytest.mark.parametrize("client_class", [RedisClient, ArqClient])
async def test_a_pipeline_during_whose_end_redis_goes_silent_leaves_nothing_open(
    client_class: type[Redis],
) -> None:
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    try:
        async with _silenceable() as (silence, port), asyncio.timeout(20):
            pool = connection_pool(f"redis://127.0.0.1:{port}/0", socket_timeout=0.2)
            redis = client_class(connection_pool=pool)

            async def end() -> None:
                async with redis.pipeline() as pipe:
                    await pipe.watch("watched")
                    silence.set()

            with pytest.raises(REDIS_ERRORS):
                await end()
            gc.collect()

            assert complaints == []
            assert pool._in_use_connections == set()
            assert [one.is_connected for one in pool._available_connections] == [False]
    finally:
        loop.set_exception_handler(None)


@asynccontextmanager
async def _silenceable() -> AsyncIterator[tuple[asyncio.Event, int]]:
    """Something that answers everything like Redis until it is silenced, and its port."""
    silence = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(65536):
            if not silence.is_set():
                writer.write(b"+OK\r\n" * len(re.findall(rb"^\*\d+\r\n", asked, re.MULTILINE)))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield silence, server.sockets[0].getsockname()[1]
    finally:
        server.close()


@needs_redis_server
async def test_a_failover_is_an_outage_of_seconds(tmp_path: Path) -> None:
    first = free_ports(3)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(_redis(tmp_path, first))
        await stack.enter_async_context(_redis(tmp_path, first + 1, "--replicaof", f"127.0.0.1 {first}"))
        knows = await stack.enter_async_context(_sentinel(tmp_path, first + 2, primary=first))
        await eventually(knows)
        redis = Redis.from_pool(patient_pool(f"redis+sentinel://127.0.0.1:{first + 2}/main/0"))
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        await redis.set("before", "1")

        async def is_copied() -> bool:
            return bool(await redis.wait(1, 1_000) == 1)

        await eventually(is_copied)

        server.kill()

        async def works_again() -> bool:
            try:
                await redis.set("after", "1")
            except REDIS_ERRORS:
                return False
            return True

        await eventually(works_again)
        assert await redis.get("before") == b"1"


@asynccontextmanager
async def _redis(folder: Path, port: int, *words: str) -> AsyncIterator[Process]:
    """A Redis server that keeps nothing on disk."""
    told = ("--bind", "127.0.0.1", "--save", "", "--dir", str(folder), "--repl-diskless-sync-delay", "0")
    async with _running("--port", str(port), *told, *words, port=port) as server:
        yield server


@asynccontextmanager
async def _sentinel(folder: Path, port: int, *, primary: int) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """A Sentinel; what is yielded tells whether it knows of the replica."""
    # A file of its own, because a Sentinel keeps in it what it has learned.
    file = folder / "sentinel.conf"
    file.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor main 127.0.0.1 {primary} 1\n"
        "sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 3000\n",
        encoding="utf-8",
    )
    async with _running(str(file), "--sentinel", port=port), Redis(port=port) as asked:
        with suppress(ResponseError):
            # Or it does nothing for half a minute whenever the machine has stood still for two seconds. Older
            # ones can't be told.
            await asked.execute_command("SENTINEL DEBUG", "tilt-trigger", 600_000)  # type: ignore[no-untyped-call]

        async def knows_the_replica() -> bool:
            return bool(await asked.sentinel_slaves("main"))  # type: ignore[no-untyped-call]

        yield knows_the_replica


@asynccontextmanager
async def _running(*words: str, port: int) -> AsyncIterator[Process]:
    program = redis_program()
    assert program is not None
    server = await asyncio.create_subprocess_exec(program, *words, stdin=DEVNULL, stdout=DEVNULL)
    try:
        async with Redis(port=port) as redis:

            async def answers() -> bool:
                try:
                    return bool(await redis.ping())
                except REDIS_ERRORS:
                    return False

            await eventually(answers)
        yield server
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()
