"""Waiting for what announces itself to nobody, or happens in another process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_PATIENCE_SECONDS = 120.0
_AGAIN_SECONDS = 0.02


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as `condition` holds. Raises TimeoutError when it does not for long."""

    async def holds() -> bool:
        return condition()

    await eventually(holds)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """The same of a condition that has to be asked for."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + _PATIENCE_SECONDS
    while not await condition():
        if loop.time() > give_up_at:
            raise TimeoutError(f"{condition} did not become true")
        await asyncio.sleep(_AGAIN_SECONDS)
