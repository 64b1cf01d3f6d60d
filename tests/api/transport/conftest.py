"""A server with the probe's schema, for the tests of transports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from api.app import create_app
from domain.settings import Settings
from domain.store.database import Database
from tests.api.transport.probe import probe
from tests.api.transport.serving import Server, server_of
from tests.relaying import relaying


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """Everything that is logged during a test."""
    with capture_logs(processors=[merge_contextvars]) as entries:
        yield entries


@pytest.fixture
async def server(
    request: pytest.FixtureRequest, settings: Settings, database: Database, redis: Redis
) -> AsyncIterator[Server]:
    """A running application with the probe's schema; events are relayed at once.

    Its limits of time are the usual ones, but for those that a test sets because it is about them.
    """
    told = settings.model_copy(update={"show_cost": False, **getattr(request, "param", {})})
    app = create_app(told, database=database, redis=redis, schema=probe)
    async with relaying(database, redis), server_of(app, told, database) as running:
        yield running
