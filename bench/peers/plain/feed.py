"""A broadcast inside the process: one queue per subscriber."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bench.peers.plain.models import Order


class Feed:
    """Hands what is published to everybody who follows."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Order]] = set()

    async def follow(self) -> AsyncIterator[Order]:
        """Everything that is published from now on."""
        queue: asyncio.Queue[Order] = asyncio.Queue()
        self._queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)

    def publish(self, order: Order) -> None:
        """Hand an order, loaded once, to all."""
        for queue in self._queues:
            queue.put_nowait(order)


feed = Feed()
