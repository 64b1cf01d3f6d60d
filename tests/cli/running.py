"""The program as a person runs it: processes of their own, told everything by their environment."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cli.graphql_socket import GraphQLSocket
from domain.settings import Settings
from tests.waiting import eventually

TOKEN = "a-token-for-the-first-start"
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Served:
    """A running `backfill serve`, a client of its API with the first token, and what it has logged so far."""

    process: Process
    api: httpx.AsyncClient
    logged: list[str] = field(default_factory=list)

    async def is_ready(self) -> bool:
        """Whether the server says that it is ready: from then on the first token opens it."""
        return (await self.api.get("/readyz")).status_code == httpx.codes.OK

    async def query(self, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.api.post("/graphql", json={"query": document, "variables": variables})
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]


def environment(settings: Settings, *, embedded: bool, path: str | None = None) -> dict[str, str]:
    """What a shell exports: on embedded databases in the settings' data folder, or on the settings' own."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("BACKFILL_")}
    told |= {"BACKFILL_DATA_DIR": str(settings.data_dir), "BACKFILL_BOOTSTRAP_TOKEN": TOKEN}
    if path is not None:
        told["PATH"] = path
    if not embedded:
        urls = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
        told |= {f"BACKFILL_{name}": url.get_secret_value() for name, url in urls.items() if url}
    return told


async def backfill(
    *words: str | Path,
    env: Mapping[str, str],
    patience_seconds: float = _PATIENCE_SECONDS,
    code: Path | None = None,
) -> Ended:
    """Run a command to its end, of this program or of another version in the folder `code`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", *words, env=env, stdout=PIPE, stderr=PIPE, cwd=code
    )
    output, errors = await asyncio.wait_for(process.communicate(), patience_seconds)
    return Ended(process.returncode or 0, output.decode(), errors.decode())


@asynccontextmanager
async def serving(*words: str, env: Mapping[str, str], code: Path | None = None) -> AsyncIterator[Served]:
    """A server on a free port that is ready; it is stopped after the block, as by `kill`.

    It is this program, or another version of it in the folder `code`.
    """
    async with started(*words, env=env, code=code) as served:
        await eventually(served.is_ready)
        yield served


@asynccontextmanager
async def started(*words: str, env: Mapping[str, str], code: Path | None = None) -> AsyncIterator[Served]:
    """The same as soon as it has said where it is, ready or not."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", "serve", "--port", "0", *words, env=env, stderr=PIPE, cwd=code
    )
    assert process.stderr is not None
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    logged: list[str] = []
    logs = asyncio.create_task(_read(process.stderr, address, logged))
    try:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        base_url = await asyncio.wait_for(address, _PATIENCE_SECONDS)
        # Connections are given up before the server does that, which it may do just as a request is sent.
        limits = httpx.Limits(keepalive_expiry=2)
        async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=60, limits=limits) as api:
            yield Served(process, api, logged)
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await logs


async def begun(socket: GraphQLSocket) -> None:
    """Return when every subscription that a task has just been made for has begun."""
    # The tasks send first: what is answered after a subscription is answered when that has begun.
    await asyncio.sleep(0)
    await socket.execute("{ client { code } }")


async def _read(lines: asyncio.StreamReader, address: asyncio.Future[str], logged: list[str]) -> None:
    """Tell the address as soon as it is there, and read on: a full pipe would stop the server."""
    while line := (await lines.readline()).decode():
        logged.append(line)
        if not address.done() and (found := re.search(r"http://\S+", line)):
            address.set_result(found[0])
    if not address.done():
        seen = "".join(logged)
        address.set_exception(AssertionError(f"the server ended before it said where it is:\n{seen}"))
