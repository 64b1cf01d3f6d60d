"""The program that sockets are opened to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from redis.asyncio import Redis

from api.realtime.feed import Feed
from api.realtime.groups import Groups
from cli.http_server import SocketProtocol
from domain.store.database import Database
from tests.api.realtime.changes import View
from tests.api.realtime.listening import Program
from tests.relaying import relaying
from tests.waiting import until


@pytest.fixture(params=["websockets-sansio", SocketProtocol], ids=["any server", "our server"])
async def program(request: pytest.FixtureRequest, database: Database, redis: Redis) -> AsyncIterator[Program]:
    """A server that knows ASGI only, and ours, which takes frames that are made already."""
    async with relaying(database, redis):
        feed = Feed(database=database, redis=redis, poll_seconds=0.1, capacity=20)
        await feed.start()
        view = View(Groups(feed))
        config = uvicorn.Config(
            view, port=0, log_level="error", lifespan="off", ws=request.param, ws_per_message_deflate=False
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        try:
            yield Program(database, feed, view, server.servers[0].sockets[0].getsockname()[1])
        finally:
            server.should_exit = True
            await serving
            await feed.stop()
