"""Whether the process lives, and whether it can be given work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response

from api.errors import REDIS_ERRORS
from api.transport.refusals import json_response
from domain.bootstrap import find_clients
from domain.store.database import Database
from domain.store.event_log import DATABASE_ERRORS
from domain.store.migrate import pending

log = structlog.get_logger()

_PATIENCE_SECONDS = 2.0
_SCHEMA_SECONDS = 60.0


async def alive(_request: Request) -> Response:
    """The process runs and its event loop turns: nothing else is asked."""
    return json_response({"status": "alive"})


class Readiness:
    """Whether PostgreSQL and Redis answer quickly, the schema is current and the first client is there."""

    def __init__(
        self, *, database: Database, redis: Redis, following: asyncio.Event, first_start: bool
    ) -> None:
        """`following` is set once events are followed; `first_start` says whether a client is made first."""
        self._database = database
        self._redis = redis
        self._following = following
        self._first_start = first_start
        self._schema_good_until = 0.0

    async def page(self, _request: Request) -> Response:
        """200 when everything is ready, else 503; the body names each part and what it lacks."""
        checks = {
            "postgresql": self._postgresql,
            "redis": self._redis_answers,
            "schema": self._schema,
            "first_client": self._first_client,
            "events": self._events,
        }
        states = await asyncio.gather(*(_checked(part, check) for part, check in checks.items()))
        parts = dict(zip(checks, states, strict=True))
        ready = all(state == "ok" for state in parts.values())
        return json_response(
            {"status": "ready" if ready else "not ready", "parts": parts},
            HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
        )

    async def _postgresql(self) -> str:
        async with self._database.connection_across_clients() as sql:
            await sql.fetchval("SELECT 1")
        return "ok"

    async def _redis_answers(self) -> str:
        await self._redis.ping()
        return "ok"

    async def _schema(self) -> str:
        # A schema that is current stays so, unless somebody restores an older database.
        if time.monotonic() < self._schema_good_until:
            return "ok"
        if missing := await pending(self._database):
            return f"migrations are pending: {', '.join(missing)}; run: backfill migrate"
        self._schema_good_until = time.monotonic() + _SCHEMA_SECONDS
        return "ok"

    async def _first_client(self) -> str:
        # Whoever has waited until this process is ready comes with the token that is made with the client.
        if self._first_start:
            if not await find_clients(self._database):
                return "the first client is not made yet"
            self._first_start = False
        return "ok"

    async def _events(self) -> str:
        return "ok" if self._following.is_set() else "events are not followed yet"


async def _checked(part: str, check: Callable[[], Awaitable[str]]) -> str:
    """What `check` says, or that it could say nothing; why not is for the log, not for strangers."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await check()
    except (*DATABASE_ERRORS, *REDIS_ERRORS) as error:
        log.warning("health.not_ready", part=part, error=repr(error))
        return "does not answer"
