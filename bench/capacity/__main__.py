"""`python -m bench.capacity`: measures the costs, predicts a mixed load, measures that, writes the page."""

from __future__ import annotations

import asyncio
import os
import platform
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Annotated, TypeVar

import asyncpg
import httpx
import typer
import uvloop
from rich.console import Console

from bench.capacity.loads import DELIVERY, LINE, LOADED, ORDER, PAGE, Loads, paced
from bench.capacity.model import Cost, Spent, cost, predicted
from bench.capacity.page import Measured, page
from bench.data.baskets import LINES_PER_ORDER
from bench.databases import Servers, servers
from bench.metering import Meter
from bench.peers import running
from bench.processes import assistant
from bench.scale import scaled
from bench.setting import Filled, Setting
from domain.store.database import Database

_ROOT = Path(__file__).parent.parent.parent
_FOLLOWED = range(1, 11)
_AFTERMATH_SECONDS = 1.0

Done = TypeVar("Done")

console = Console(stderr=True, highlight=False)


def main(
    seconds: Annotated[float, typer.Option(min=1, help="How long each kind of work is measured.")] = 20,
    orders: Annotated[int, typer.Option(min=2_000, help="Orders in the database, in two pools.")] = 40_000,
    subscribers: Annotated[int, typer.Option(min=1, help="Subscribers that are told of events.")] = 500,
    output: Annotated[Path, typer.Option(help="The page to write.")] = _ROOT / "docs" / "capacity.md",
) -> None:
    """Measure what units of work cost, predict a mixed load from that, and measure it."""
    with tempfile.TemporaryDirectory(prefix="backfill-capacity-") as folder, servers(Path(folder)) as found:
        measured = uvloop.run(_measure(found, seconds=seconds, orders=orders, subscribers=subscribers))
    output.write_text(page(measured), encoding="utf-8")
    console.print(f"Written: {output}")


async def _measure(found: Servers, *, seconds: float, orders: int, subscribers: int) -> Measured:
    setting = Setting(scale=scaled("full"), servers=found, data=None, told=_tell)
    async with setting.filled(lines=orders * LINES_PER_ORDER, stocked=0.6, pools=2) as filled:
        stored = {"waiting in the queue": await _size(filled) / orders}
        async with _loads(filled, subscribers=subscribers) as (loads, meter):
            return await _costs_and_mix(
                loads, meter, seconds=seconds, lines=orders * LINES_PER_ORDER // 2, stored=stored
            )


@asynccontextmanager
async def _loads(filled: Filled, *, subscribers: int) -> AsyncIterator[tuple[Loads, Meter]]:
    """The program with its subscribers, and a meter of what it takes."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        api = await enter(running.backfill(filled.place))
        worker = await enter(running.workers(filled.place))
        database = await Database.open(filled.url, max_size=2, application_name="capacity")
        stack.push_async_callback(database.close)
        headers = {"Authorization": f"Bearer {filled.business.token}"}
        http = await enter(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{api.port}", headers=headers, timeout=60)
        )
        connection = await asyncpg.connect(filled.url)
        skus = [row["code"] for row in await connection.fetch("SELECT code FROM skus ORDER BY id")]
        await connection.close()
        loads = Loads(
            filled=filled,
            http=http,
            database=database,
            skus=skus,
            subscribers=await enter(assistant("bench.load.subscribers")),
            subscribed=subscribers,
            followed=_FOLLOWED,
        )
        await loads.follow(port=api.port, token=filled.business.token)
        yield loads, Meter(pids=(*api.pids, *worker.pids), database_url=filled.url)


async def _costs_and_mix(
    loads: Loads, meter: Meter, *, seconds: float, lines: int, stored: dict[str, float]
) -> Measured:
    works = [loads.page(30), loads.order(100), loads.loaded(1), loads.delivery(2)]
    # Everything is done once before it is measured: compiled, prepared, and in memory.
    await paced(works, seconds=3)
    _tell("doing nothing")
    idle, _ = await _spent(meter, lambda: paced([], seconds=seconds))
    costs: dict[str, Cost] = {}
    for work in works:
        _tell(f"only: {work.kind}")
        spent, done = await _spent(meter, partial(paced, [work], seconds=seconds))
        costs[work.kind] = cost(spent, units=done[work.kind], idle=idle)
    _tell(f"only: {LINE}")
    before = await _size(loads.filled)
    spent, _ = await _spent(meter, lambda: loads.run(2))
    costs[LINE] = cost(spent, units=lines, idle=idle)
    orders = lines / LINES_PER_ORDER
    stored["more, once a run has decided over it"] = (await _size(loads.filled) - before) / orders
    _tell("everything at once")

    async def mix() -> dict[str, int]:
        mixed = [loads.page(20), loads.order(60), loads.loaded(0.5), loads.delivery(1)]
        done, _ = await asyncio.gather(paced(mixed, seconds=seconds), loads.run(1))
        # What was loaded meanwhile is behind the orders that the run was about.
        return done | {LINE: lines}

    observed, units = await _spent(meter, mix)
    return Measured(
        at=datetime.now(UTC),
        machine=f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        costs=costs,
        idle=idle,
        units=units,
        predicted=predicted(costs, units=units, seconds=observed.seconds, idle=idle),
        observed=observed,
        bytes_per_order=stored,
        example={PAGE: 200, ORDER: 500, LOADED: 20, DELIVERY: 10_000},
    )


async def _spent(meter: Meter, work: Callable[[], Awaitable[Done]]) -> tuple[Spent, Done]:
    """What some work took, and what it returned."""
    await meter.start()
    began = monotonic()
    done = await work()
    # What follows from the work, such as the relay of its last events, belongs to it.
    await asyncio.sleep(_AFTERMATH_SECONDS)
    seconds = monotonic() - began
    program, postgres, _ = await meter.stop()
    return Spent(program=program, postgres=postgres, seconds=seconds), done


async def _size(filled: Filled) -> float:
    """Bytes of the database on disk, indexes included."""
    connection = await asyncpg.connect(filled.url)
    try:
        size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
    finally:
        await connection.close()
    return size


def _tell(text: str) -> None:
    console.print(f"[dim]{datetime.now(UTC):%H:%M:%S}[/dim] {text}")


if __name__ == "__main__":
    typer.run(main)
