"""`backfill serve`: the API and its workers, until somebody stops them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from socket import socket
from typing import Annotated, Any

import typer

from cli.api_process import check_documents, serve_api
from cli.http_server import listening_socket
from cli.program import CommandError, Program, console, read_settings, run
from cli.signals import on_stop_signal
from cli.supervisor import keep_alive


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, else BACKFILL_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port, else BACKFILL_PORT; 0 takes a free one.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Background worker processes.")] = 1,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Only the API; workers run elsewhere.")
    ] = False,
    processes: Annotated[int, typer.Option(min=1, max=64, help="API processes.")] = 1,
) -> None:
    """Run the API and its background workers until Ctrl-C or SIGTERM.

    A database without a URL is embedded and migrated by itself; on an external PostgreSQL run
    `backfill migrate` first.

    Examples: backfill serve · backfill serve --port 9000 --workers 4 · backfill serve --no-worker
    """
    settings = read_settings()
    settings = settings.model_copy(
        update={"host": host or settings.host, "port": settings.port if port is None else port}
    )

    async def work(program: Program) -> None:
        await serve_until_stopped(program, workers=0 if no_worker else workers, processes=processes)

    run(work, process="api", redis=True, settings=settings)


async def serve_until_stopped(
    program: Program,
    *,
    workers: int,
    processes: int = 1,
    beside: Callable[[str], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Serve until the process is asked to stop; `beside` is given the address and runs as long.

    Raises CommandError when more processes are asked for than can share Redis, when the trusted documents
    can't be read, or when the address can't be listened on.
    """
    if program.redis_is_inside and (workers > 1 or processes > 1):
        raise CommandError(
            "More than one process needs a Redis that all of them reach: set BACKFILL_REDIS_URL, or install "
            "redis-server or valkey-server."
        )
    settings = program.settings
    # Processes that are started again whenever they end would say what is wrong again and again.
    check_documents(settings)
    with _listen(settings.host, settings.port) as listener:
        address = _address(listener)
        console.print(
            f"Backfill is at [bold]{address}[/bold]  ·  GraphQL at {address}/graphql  ·  Ctrl-C stops it",
            soft_wrap=True,
        )
        hurried = asyncio.Event()
        with on_stop_signal(hurry=hurried.set):
            async with asyncio.TaskGroup() as group:
                helpers = [beside(address)] if beside else []
                if processes > 1:
                    helpers += [
                        _child(program, "api-process", place=place, hurried=hurried, listener=listener)
                        for place in range(processes)
                    ]
                if not program.redis_is_inside:
                    helpers += [
                        _child(program, "worker", place=place, hurried=hurried)
                        for place in range(processes, processes + workers)
                    ]
                tasks = [group.create_task(helper) for helper in helpers]
                if processes > 1:
                    stopped = asyncio.Event()
                    with on_stop_signal(stopped.set):
                        await stopped.wait()
                else:
                    await serve_api(
                        program,
                        listener,
                        worker_inside=program.redis_is_inside and workers > 0,
                        hurried=hurried,
                    )
                # The API has finished what it had; now the workers may finish theirs.
                for task in tasks:
                    task.cancel()


def _child(
    program: Program,
    command: str,
    *,
    place: int,
    hurried: asyncio.Event,
    listener: socket | None = None,
) -> Coroutine[Any, Any, None]:
    """A process of ours, kept alive; `place` is which one of all it is."""
    fds = [listener.fileno()] if listener else []
    words = [command, "--supervised", *(f"--listener={fd}" for fd in fds)]
    settings = program.settings
    # What was decided here and not by the environment that the child inherits.
    environment = {"BACKFILL_DATA_DIR": str(settings.data_dir), "BACKFILL_LOG_LEVEL": settings.log_level}
    if settings.metrics_port is not None:
        environment["BACKFILL_METRICS_PORT"] = str(settings.metrics_port + place)
    return keep_alive(
        words,
        environment=environment,
        grace_seconds=settings.shutdown_seconds,
        hurried=hurried,
        pass_fds=fds,
    )


def _listen(host: str, port: int) -> socket:
    try:
        return listening_socket(host, port)
    except OSError as error:
        raise CommandError(
            f"Can't listen on {host}, port {port}: {error.strerror}. Choose another with --port."
        ) from error


def _address(listener: socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
