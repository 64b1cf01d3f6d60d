"""Keeps a fixed set of child processes alive until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

import structlog

log = structlog.get_logger()

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_HEALTHY_AFTER_SECONDS = 60.0
_HURRIED_SECONDS = 1.0


async def keep_alive(
    words: Sequence[str],
    *,
    environment: Mapping[str, str],
    grace_seconds: float,
    hurried: asyncio.Event,
    pass_fds: Sequence[int] = (),
) -> None:
    """Run `backfill WORDS` again whenever it ends, later each time it ends early, until cancelled.

    On cancellation the child gets SIGTERM and `grace_seconds` to finish, or one as soon as `hurried` is set,
    then SIGKILL. The child's standard input is a pipe from us: when we die, however that happens, it reads
    its end (see `parent_gone`).
    """
    pause = _FIRST_PAUSE_SECONDS
    while True:
        started = monotonic()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cli.main",
            *words,
            stdin=PIPE,
            pass_fds=pass_fds,
            env={**os.environ, **environment},
            # Ctrl-C in the terminal is for us; we tell the child when its turn to stop has come.
            start_new_session=True,
        )
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            await _stop(child, grace_seconds, hurried)
            raise
        if monotonic() - started > _HEALTHY_AFTER_SECONDS:
            pause = _FIRST_PAUSE_SECONDS
        log.error("process_ended", command=words[0], exit_code=code, restart_in_seconds=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def parent_gone() -> None:
    """Return when the process that supervises this one is no longer there."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def _stop(child: Process, grace_seconds: float, hurried: asyncio.Event) -> None:
    with suppress(ProcessLookupError):
        child.terminate()
        begun = monotonic()
        ended, in_a_hurry = asyncio.create_task(child.wait()), asyncio.create_task(hurried.wait())
        await asyncio.wait([ended, in_a_hurry], timeout=grace_seconds, return_when=asyncio.FIRST_COMPLETED)
        if hurried.is_set():
            await asyncio.wait([ended], timeout=_HURRIED_SECONDS)
        ended.cancel()
        in_a_hurry.cancel()
        if child.returncode is None:
            log.warning("process_killed", pid=child.pid, after_seconds=round(monotonic() - begun, 1))
            child.kill()
            await child.wait()
