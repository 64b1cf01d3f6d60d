"""What rows are measured in: sizes, servers, data, and a database of orders that several rows read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.data.baskets import LINES_PER_ORDER, baskets
from bench.data.filling import Business, fill
from bench.data.report import fill_report
from bench.databases import Place, Servers
from bench.peers import running
from bench.peers.running import Peer
from bench.scale import Scale


@dataclass(frozen=True, slots=True)
class Filled:
    """A database and what is in it."""

    place: Place
    business: Business

    @property
    def url(self) -> str:
        """The database's URL."""
        return self.place.url


@dataclass(frozen=True, slots=True)
class ReadSide:
    """A database of orders, and those who answer questions about it, all running."""

    database: Filled
    backfill: Peer
    postgraphile: Peer
    plain: Peer
    cached: Peer
    """The plain one with Strawberry's caches of documents."""
    bare: Peer


class Setting:
    """One run of the benchmarks; what several rows share is made when the first of them needs it."""

    def __init__(
        self, *, scale: Scale, servers: Servers, data: Path | None, told: Callable[[str], None]
    ) -> None:
        """`data` is a file of baskets, None: they are generated."""
        self.scale = scale
        self.servers = servers
        self._data = data
        self._told = told
        self._stack = AsyncExitStack()
        self._orders: Filled | None = None
        self._read_side: ReadSide | None = None

    async def close(self) -> None:
        """Stop what is shared, and drop its databases."""
        await self._stack.aclose()

    def baskets(self, *, lines: int) -> list[tuple[str, ...]]:
        """Baskets with so many lines together."""
        return baskets(self._data, count=lines // LINES_PER_ORDER)

    @asynccontextmanager
    async def filled(
        self,
        *,
        lines: int,
        stocked: float,
        pools: int = 1,
        confirmed: bool = False,
        further_baskets: Sequence[tuple[str, ...]] = (),
        without_stock: Collection[str] = (),
    ) -> AsyncIterator[Filled]:
        """A new database with orders of so many lines, further baskets among them; see `fill`."""
        self._told(f"filling a database with {lines:,} order lines")
        async with self.servers.new_database() as place:
            others = lines - LINES_PER_ORDER * len(further_baskets)
            business = await fill(
                place.url,
                [*self.baskets(lines=others), *further_baskets],
                stocked=stocked,
                pools=pools,
                confirmed=confirmed,
                without_stock=without_stock,
            )
            yield Filled(place, business)

    async def read_side(self) -> ReadSide:
        """The orders that are read, and who answers for them. What is there is not changed."""
        if self._read_side is None:
            enter = self._stack.enter_async_context
            orders = await self._shared_orders()
            self._told("starting the servers that are asked")
            self._read_side = ReadSide(
                database=orders,
                backfill=await enter(running.backfill(orders.place)),
                postgraphile=await enter(running.postgraphile(orders.url)),
                plain=await enter(
                    running.asgi("plain Strawberry + Tortoise", "bench.peers.plain.app", orders.url)
                ),
                cached=await enter(
                    running.asgi("plain, documents cached", "bench.peers.plain.cached", orders.url)
                ),
                bare=await enter(running.asgi("JSON by PostgreSQL", "bench.peers.bare", orders.url)),
            )
        return self._read_side

    async def _shared_orders(self) -> Filled:
        if self._orders is None:
            orders = await self._stack.enter_async_context(
                self.filled(lines=self.scale.orders * LINES_PER_ORDER, stocked=0.6)
            )
            await fill_report(orders.url, orders.business, rows=self.scale.report_rows)
            self._orders = orders
        return self._orders
