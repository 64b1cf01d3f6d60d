"""Processes that faults happen to: started, killed, paused, and started again as an orchestrator would."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from cli.embedded.folders import Account

_RESTART_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0


def spawned_as(account: Account) -> dict[str, Any]:
    """What a process is started with to run as `account`."""
    if account.uid is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "cwd": "/"}


class Victim:
    """One process of the program or of a database, with whatever it has started.

    `kind` is what the report counts it as, and `account` whom it runs as, if not as we do.
    """

    def __init__(
        self,
        name: str,
        *,
        kind: str,
        words: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        ready: Callable[[], Awaitable[bool]],
        account: Account | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.faults: Counter[str] = Counter()
        self.busy = asyncio.Lock()
        self._words = words
        self._env = env
        self._log = log
        self._ready = ready
        self._account = account or Account()
        self._process: Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._may_run = asyncio.Event()
        self._ended_by_us = False

    async def start(self) -> None:
        """Start it, and again whenever it ends, until `stop`; returns when it is ready."""
        self._may_run.set()
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
        await self.is_ready()

    async def is_ready(self) -> None:
        """Return when it answers. Raises TimeoutError when that takes too long."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not await self._ready():  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.05)

    async def kill(self, for_seconds: float) -> None:
        """SIGKILL it and everything it has started, and start it again after a while."""
        self.hold()
        await asyncio.sleep(for_seconds)
        self._may_run.set()

    def hold(self) -> None:
        """SIGKILL it and leave it so, until `start`."""
        self._may_run.clear()
        self._send(signal.SIGKILL)
        self.faults["kills"] += 1

    async def restart(self, for_seconds: float) -> None:
        """Ask it to end in good order, and start it again after a while; killed if it takes too long."""
        self._may_run.clear()
        process = self._process
        if process is not None and process.returncode is None:
            self._ended_by_us = True
            with suppress(ProcessLookupError):
                # For PostgreSQL that is a fast shutdown, for all others SIGTERM does.
                process.send_signal(signal.SIGINT if self.kind == "PostgreSQL" else signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                self._send(signal.SIGKILL)
        self.faults["restarts"] += 1
        await asyncio.sleep(for_seconds)
        self._may_run.set()

    async def pause(self, for_seconds: float) -> None:
        """Stop it where it stands (SIGSTOP), and let it go on after a while."""
        self._send(signal.SIGSTOP)
        self.faults["pauses"] += 1
        try:
            await asyncio.sleep(for_seconds)
        finally:
            self._send(signal.SIGCONT)

    async def kill_a_child(self, _for_seconds: float) -> None:
        """SIGKILL one of the processes it has started, as an out-of-memory killer does."""
        children = self._family()[1:]
        if children:
            with suppress(psutil.NoSuchProcess):
                children[-1].kill()
            self.faults["kills"] += 1

    async def stop(self) -> None:
        """End it for good."""
        self._may_run.clear()
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        self._send(signal.SIGCONT)
        self._send(signal.SIGKILL)
        if self._process is not None:
            await self._process.wait()

    async def _keep(self) -> None:
        while True:
            await self._may_run.wait()
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._words,
                    env=dict(self._env),
                    stdin=DEVNULL,
                    stdout=log,
                    stderr=STDOUT,
                    start_new_session=True,
                    **spawned_as(self._account),
                )
            await self._process.wait()
            if self._may_run.is_set() and not self._ended_by_us:
                self.faults["ended by itself"] += 1
            self._ended_by_us = False
            await asyncio.sleep(_RESTART_SECONDS)

    def _send(self, what: signal.Signals) -> None:
        if what is signal.SIGKILL:
            self._ended_by_us = True
        for process in self._family():
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                os.kill(process.pid, what)

    def _family(self) -> list[psutil.Process]:
        if self._process is None or self._process.returncode is not None:
            return []
        try:
            parent = psutil.Process(self._process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
