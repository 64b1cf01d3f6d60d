"""The ASGI application: Strawberry's own, on Tortoise, with a way to publish a change."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from strawberry.asgi import GraphQL
from strawberry.extensions import SchemaExtension
from tortoise import Tortoise

from bench.peers.plain.connecting import connect
from bench.peers.plain.feed import feed
from bench.peers.plain.models import Order
from bench.peers.plain.schema import CLIENT, schema


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    await connect(os.environ["DATABASE_URL"], most=10)
    try:
        yield
    finally:
        await Tortoise.close_connections()


async def publish(request: Request) -> Response:
    """Load the orders with these ids, once for all, and hand each to every subscriber."""
    for order_id in await request.json():
        feed.publish(await Order.get(client_id=CLIENT, id=order_id))
    return Response()


def application(extensions: Sequence[type[SchemaExtension]] = ()) -> Starlette:
    """The application, with Strawberry's extensions of these kinds."""
    return Starlette(
        routes=[
            Route("/publish", publish, methods=["POST"]),
            Mount("/graphql", GraphQL(schema(extensions))),
        ],
        lifespan=_lifespan,
    )


app = application()
