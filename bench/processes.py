"""Processes that take part: started, waited for until they are ready, stopped again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson

_PATIENCE_SECONDS = 90.0
_LARGEST_ANSWER = 1 << 26


class BrokenProcessError(Exception):
    """A process ended before it should; the message holds its last words."""


def environment(**told: str) -> dict[str, str]:
    """Our environment without settings of Backfill, and with what is told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BACKFILL_")}
    return kept | told


@asynccontextmanager
async def server_process(
    words: Sequence[str], *, env: Mapping[str, str], ready: str
) -> AsyncIterator[tuple[Process, str]]:
    """A process and the text of the first group of `ready`, once a line it prints matches that."""
    process = await asyncio.create_subprocess_exec(
        *words, env=env, stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True
    )
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    reading = asyncio.create_task(_read(process, re.compile(ready), told))
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            found = await told
        yield process, found
    finally:
        await _stop(process)
        await reading


async def _read(process: Process, ready: re.Pattern[str], told: asyncio.Future[str]) -> None:
    """Tell what `ready` finds, and read on: a full pipe would stop the process."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    seen = ""
    while line := (await process.stdout.readline()).decode(errors="replace"):
        seen = (seen + line)[-4000:]
        if not told.done() and (found := ready.search(line)):
            told.set_result(found[1] if found.groups() else found[0])
    if not told.done():
        told.set_exception(BrokenProcessError(f"A process ended before it was ready:\n{seen}"))


async def _stop(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
    await process.wait()
    # Whatever it has started and left behind.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Assistant:
    """A Python module of ours in a process of its own, which answers lines of JSON with lines of JSON."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    async def ask(self, **question: Any) -> Any:
        """Its answer. Raises BrokenProcessError when it ends instead."""
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(orjson.dumps(question) + b"\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise BrokenProcessError("An assistant of the benchmarks has ended; its error stands above.")
        return orjson.loads(line)


@asynccontextmanager
async def assistant(module: str) -> AsyncIterator[Assistant]:
    """`module` as an assistant; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=PIPE,
        stdout=PIPE,
        limit=_LARGEST_ANSWER,
        env=environment(),
        start_new_session=True,
    )
    try:
        yield Assistant(process)
    finally:
        await _stop(process)
