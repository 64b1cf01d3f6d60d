"""Working while PostgreSQL does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")
Done = TypeVar("Done")


async def meanwhile(statement: Coroutine[Any, Any, Answer], work: Callable[[], Done]) -> tuple[Answer, Done]:
    """Send a statement, do what does not depend on its answer, and wait for that; both their results.

    Whatever either raises is raised once the connection is free again.
    """
    asked = asyncio.create_task(statement)
    try:
        # A turn of the event loop, in which the statement is sent.
        await asyncio.sleep(0)
        done = work()
    except BaseException:
        await asyncio.wait([asked])
        raise
    return await asked, done
