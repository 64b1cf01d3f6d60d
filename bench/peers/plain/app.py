"""The ASGI application: Strawberry's own, on Tortoise, with a way to publish a change."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from strawberry.asgi import GraphQL
from tortoise import Tortoise

from bench.peers.plain.feed import feed
from bench.peers.plain.models import Order
from bench.peers.plain.schema import CLIENT, schema
from domain.store.database import tortoise_config


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    config = tortoise_config(os.environ["DATABASE_URL"], min_size=1, max_size=10, application_name="plain")
    credentials = config["connections"]["default"]["credentials"]
    # Of Backfill's configuration only where the database is: the rest is Tortoise's own.
    kept = {name: credentials[name] for name in ("host", "port", "user", "password", "database")}
    await Tortoise.init(
        config={
            "connections": {
                "default": {
                    "engine": "tortoise.backends.asyncpg",
                    "credentials": {**kept, "minsize": 1, "maxsize": 10},
                }
            },
            "apps": {
                "plain": {"models": ["bench.peers.plain.models"], "default_connection": "default"},
            },
            "use_tz": True,
            "timezone": "UTC",
        },
        _enable_global_fallback=True,
    )
    try:
        yield
    finally:
        await Tortoise.close_connections()


async def publish(request: Request) -> Response:
    """Load the orders with these ids, once for all, and hand each to every subscriber."""
    for order_id in await request.json():
        feed.publish(await Order.get(client_id=CLIENT, id=order_id))
    return Response()


app = Starlette(
    routes=[Route("/publish", publish, methods=["POST"]), Mount("/graphql", GraphQL(schema))],
    lifespan=_lifespan,
)
