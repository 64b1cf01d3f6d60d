"""Ending in good order on SIGTERM and Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from cli.supervisor import parent_gone

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_stop_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first SIGTERM or SIGINT while the block runs; a second one ends the process."""
    loop = asyncio.get_running_loop()

    def stop_once() -> None:
        for name in _SIGNALS:
            loop.remove_signal_handler(name)
        stop()

    for name in _SIGNALS:
        loop.add_signal_handler(name, stop_once)
    try:
        yield
    finally:
        for name in _SIGNALS:
            loop.remove_signal_handler(name)


async def run_until_stopped(work: Coroutine[Any, Any, None], *, supervised: bool) -> None:
    """Run `work` until it ends, a signal stops it, or (when supervised) the parent process is gone.

    Stopped work is cancelled and awaited. What it raises is raised.
    """
    task = asyncio.create_task(work)
    stopped = asyncio.Event()
    reasons: list[asyncio.Task[Any]] = [asyncio.create_task(stopped.wait())]
    if supervised:
        reasons.append(asyncio.create_task(parent_gone()))
    with on_stop_signal(stopped.set):
        await asyncio.wait([task, *reasons], return_when=asyncio.FIRST_COMPLETED)
    for waiting in (task, *reasons):
        waiting.cancel()
    await asyncio.wait([task, *reasons])
    if not task.cancelled():
        task.result()
