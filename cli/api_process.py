"""One process of the API: the HTTP server, and what has to happen beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from socket import socket
from typing import Annotated, Any

import structlog
import typer

from api.app import create_app
from api.transport.persisted import UnreadableDocumentsError, read_documents
from cli.clients import first_start
from cli.http_server import HttpServer, http_server
from cli.memory import settle_memory
from cli.metrics_page import metrics_page
from cli.program import CommandError, Program, run
from cli.redis_client import redis_client
from cli.signals import on_stop_signal
from cli.supervisor import parent_gone
from cli.watch.documents import documents_of_watch
from cli.worker import work_when_current
from domain.settings import Settings
from domain.store.database import DATABASE_IS_AWAY, Database
from domain.store.rehearsing import rehearse
from jobs.queue import ArqJobs, arq_redis

log = structlog.get_logger()


def api_process(
    listener: Annotated[int, typer.Option(help="File descriptor of the listening socket.")],
    supervised: Annotated[bool, typer.Option("--supervised", help="Stop when the parent is gone.")] = False,
) -> None:
    """One of several API processes; `backfill serve --processes N` starts them."""

    async def work(program: Program) -> None:
        check_documents(program.settings)
        with socket(fileno=listener) as shared:
            await serve_api(program, shared, supervised=supervised)

    run(work, process="api", redis=True)


async def serve_api(
    program: Program,
    listener: socket,
    *,
    worker_inside: bool = False,
    supervised: bool = False,
    hurried: asyncio.Event | None = None,
) -> None:
    """Serve on `listener` until the process is asked to stop; with `worker_inside`, work in the same loop.

    What that does when the process stops is waited for no longer than until `hurried` is set. Raises
    CommandError when the application can't start.
    """
    opened = program.any_database(
        name="backfill-api",
        limits=program.settings.request_limits(),
        rehearsal=rehearse,
        patient=True,
    )
    async with (
        opened as database,
        program.replica(name="backfill-reports") as replica,
        redis_client(program.settings) as redis,
    ):
        jobs = ArqJobs(arq_redis(redis))
        app = create_app(
            program.settings,
            database=database,
            redis=redis,
            replica=replica,
            jobs=jobs,
            trusted=documents_of_watch(),
        )
        server = http_server(app, program.settings)
        registry = app.state.metrics.registry
        helpers: list[Coroutine[Any, Any, None]] = [_first_start(program, database)]
        if worker_inside:
            helpers.append(work_when_current(program, redis, registry, hurried=hurried))
        if supervised:
            helpers.append(_stop_with_parent(server))
        async with metrics_page(registry, program.settings), asyncio.TaskGroup() as group:
            tasks = [group.create_task(helper) for helper in helpers]
            with on_stop_signal(server.stop, hurry=server.hurry):
                settle_memory()
                await server.serve(sockets=[listener])
            for task in tasks:
                task.cancel()
        if not server.started:
            raise CommandError("The API could not start; the log above says why.")


def check_documents(settings: Settings) -> None:
    """Raises CommandError when the trusted documents can't be read."""
    try:
        if settings.documents is not None:
            read_documents(settings.documents)
    except UnreadableDocumentsError as error:
        raise CommandError(f"BACKFILL_DOCUMENTS: {error}") from None


async def _first_start(program: Program, database: Database) -> None:
    """Create the first client and its token as soon as there are tables for them."""
    if program.settings.bootstrap_token is None:
        return
    while True:
        await program.schema_is_current(database)
        try:
            await first_start(program, database)
        except DATABASE_IS_AWAY as error:
            log.warning("first_start.database_lost", error=str(error) or type(error).__name__)
        else:
            return


async def _stop_with_parent(server: HttpServer) -> None:
    await parent_gone()
    server.stop()
