"""Processes that faults happen to: started, killed, paused, and started again as an orchestrator would."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from cli.embedded.folders import Account

_RESTART_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0
_END_SECONDS = 60.0
_LAST_WORDS = 3
_LONGEST_LINE = 600
_LAST_BYTES = 4000


def spawned_as(account: Account) -> dict[str, Any]:
    """What a process is started with to run as `account`."""
    if account.uid is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "cwd": "/"}


@dataclass(frozen=True)
class Exit:
    """A process that has ended though nobody killed or stopped it: how, and what it said last."""

    name: str
    code: int
    last_words: str
    explained: bool

    def __str__(self) -> str:
        return f"{self.name} ended by itself with {self.code}: {self.last_words}"


class Victim:
    """One process of the program or of a database, with whatever it has started.

    `kind` is what the report counts it as, and `account` whom it runs as, if not as we do. `may_end_after` is
    what its log shows when it had a reason to end by itself, and `never_says` what is never in there. `exits`
    are the ends nobody brought about, and `problems` what else it should not have done.
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
        may_end_after: str | None = None,
        never_says: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.kind = kind
        self.faults: Counter[str] = Counter()
        self.exits: list[Exit] = []
        self.problems: list[str] = []
        self.busy = asyncio.Lock()
        self._words = words
        self._env = env
        self._log = log
        self._ready = ready
        self._account = account or Account()
        self._may_end_after = may_end_after
        self._never_says = never_says
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

    async def restart(self, for_seconds: float, *, within: float = _END_SECONDS) -> None:
        """Ask it to end in good order, and start it again after a while; killed if it takes too long."""
        self._may_run.clear()
        process = self._process
        if process is not None and process.returncode is None:
            self._ended_by_us = True
            with suppress(ProcessLookupError):
                # For PostgreSQL that is a fast shutdown, for all others SIGTERM does.
                process.send_signal(signal.SIGINT if self.kind == "PostgreSQL" else signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), within)
            except TimeoutError:
                self.problems.append(f"{self.name} was asked to end, and had not after {within:g} seconds")
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

    def said_what_it_should_not(self) -> list[str]:
        """What is in its log and should not be, and how often; a line each."""
        found: Counter[str] = Counter()
        for line in self._log.read_text(errors="replace").splitlines() if self._log.exists() else ():
            if any(words in line for words in self._never_says):
                found[line[:_LONGEST_LINE]] += 1
        return [f"{self.name} said {times} times: {line}" for line, times in found.items()]

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
                begin = log.tell()
                self._process = await asyncio.create_subprocess_exec(
                    *self._words,
                    env=dict(self._env),
                    stdin=DEVNULL,
                    stdout=log,
                    stderr=STDOUT,
                    start_new_session=True,
                    **spawned_as(self._account),
                )
            code = await self._process.wait()
            if self._may_run.is_set() and not self._ended_by_us:
                self.faults["ended by itself"] += 1
                self.exits.append(self._exit(code, begin))
            self._ended_by_us = False
            await asyncio.sleep(_RESTART_SECONDS)

    def _exit(self, code: int, begin: int) -> Exit:
        """How the process has ended whose log begins at `begin`."""
        said = self._log.read_bytes()[begin:][-_LAST_BYTES:].decode(errors="replace")
        last_words = " | ".join(said.splitlines()[-_LAST_WORDS:])
        explained = self._may_end_after is not None and self._may_end_after in said
        return Exit(self.name, code, last_words, explained)

    def _send(self, what: signal.Signals) -> None:
        family = self._family()
        if what is signal.SIGKILL and family:
            self._ended_by_us = True
        for process in family:
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
