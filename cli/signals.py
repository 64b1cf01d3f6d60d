"""Ending in good order on SIGTERM and Ctrl-C, however often they come.

The first one asks for the end; each further one that less be waited for. None of them interrupts the ending
itself, so that whoever is impatient leaves no server behind and sees no traceback.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from cli.supervisor import parent_gone

Result = TypeVar("Result")

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StoppedError(Exception):
    """A signal has ended the work before it could be ended in its own way; `code` is the exit code."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.code = 128 + number


class _Reaction(NamedTuple):
    stop: Callable[[], object] | None
    hurry: Callable[[], object] | None


_reactions: list[_Reaction] = []
_received: list[signal.Signals] = []
"""Signals belong to the process, and so does what came of them."""


@contextmanager
def on_stop_signal(
    stop: Callable[[], object] | None = None, *, hurry: Callable[[], object] | None = None
) -> Iterator[None]:
    """Call `stop` at the first SIGTERM or SIGINT while the block runs, and `hurry` at every further one.

    Of blocks inside each other the innermost one that can is asked to stop, and all that can to hurry. After
    the outermost block a process that was asked to end is not interrupted any more.
    """
    loop = asyncio.get_running_loop()
    before = {name: signal.getsignal(name) for name in _SIGNALS}
    reaction = _Reaction(stop, hurry)
    _reactions.append(reaction)
    if len(_reactions) == 1:
        _received.clear()
        for name in _SIGNALS:
            loop.add_signal_handler(name, _react, name)
    try:
        yield
    finally:
        _reactions.remove(reaction)
        if not _reactions:
            for name in _SIGNALS:
                loop.remove_signal_handler(name)
                signal.signal(name, signal.SIG_IGN if _received else before[name])


async def unless_stopped(work: Coroutine[Any, Any, Result]) -> Result:
    """Await `work`; a signal that it doesn't handle by itself cancels it. Raises StoppedError then."""
    task = asyncio.ensure_future(work)
    cancelled: list[signal.Signals] = []

    def cancel() -> None:
        cancelled.extend(_received[:1])
        task.cancel()

    with on_stop_signal(cancel):
        try:
            return await task
        except asyncio.CancelledError:
            if cancelled:
                raise StoppedError(cancelled[0]) from None
            raise


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no SIGTERM or SIGINT interrupt the block, nor the programs that it starts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {name: signal.signal(name, signal.SIG_IGN) for name in _SIGNALS}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


async def run_until_stopped(
    work: Coroutine[Any, Any, None], *, supervised: bool, hurry: Callable[[], object]
) -> None:
    """Run `work` until it ends, a signal stops it, or (when supervised) the parent process is gone.

    Stopped work is cancelled and awaited; further signals call `hurry`. What it raises is raised.
    """
    task = asyncio.create_task(work)
    stopped = asyncio.Event()
    reasons: list[asyncio.Task[Any]] = [asyncio.create_task(stopped.wait())]
    if supervised:
        reasons.append(asyncio.create_task(parent_gone()))
    with on_stop_signal(stopped.set, hurry=hurry):
        await asyncio.wait([task, *reasons], return_when=asyncio.FIRST_COMPLETED)
        for waiting in (task, *reasons):
            waiting.cancel()
        await asyncio.wait([task, *reasons])
    if not task.cancelled():
        task.result()


def _react(received: signal.Signals) -> None:
    _received.append(received)
    if len(_received) == 1:
        for reaction in reversed(_reactions):
            if reaction.stop is not None:
                reaction.stop()
                return
    for reaction in _reactions:
        if reaction.hurry is not None:
            reaction.hurry()
