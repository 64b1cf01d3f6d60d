"""An address of its own for the measurements of a process that answers no HTTP, or shares its port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.http_server import HttpServer, listening_socket
from cli.program import CommandError
from domain.settings import Settings


@asynccontextmanager
async def metrics_page(registry: CollectorRegistry, settings: Settings) -> AsyncIterator[None]:
    """Serve the registry at `metrics_port` for the time of the block, if there is a port.

    It is read in the event loop, where what it tells of does not change meanwhile. Raises CommandError when
    the port can't be listened on.
    """
    if settings.metrics_port is None:
        yield
        return
    try:
        listener = listening_socket(settings.host, settings.metrics_port)
    except OSError as error:
        raise CommandError(
            f"Can't listen on {settings.host}, port {settings.metrics_port}: {error.strerror}. Choose "
            "another BACKFILL_METRICS_PORT; the processes of `serve` take one port each, from that one on."
        ) from error

    async def page(_request: Request) -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = Starlette(routes=[Route("/metrics", page)])
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, server_header=False)
    server = HttpServer(config, stopping=asyncio.Event())
    with listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.stop()
            await serving
