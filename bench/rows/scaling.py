"""What it costs to serve with several processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bench.goals import Goal
from bench.measuring import Contenders, Row
from bench.peers import running
from bench.rows.asking import asking
from bench.rows.orders import pages_of, rows_of
from bench.rows.runs import SCALING_ROWS
from bench.samples import Metric
from bench.setting import Setting

_ONE_PROCESS = "one process"
_PROCESSES = 4


@asynccontextmanager
async def _processes(setting: Setting) -> AsyncIterator[Contenders]:
    side = await setting.read_side()
    ours = await pages_of(side)
    rows = await rows_of(side)
    async with (
        running.backfill(side.database.place, processes=_PROCESSES) as several,
        running.asgi(
            "rows by orjson, 4 processes", "bench.peers.bare", side.database.url, processes=_PROCESSES
        ) as several_bare,
    ):
        asked = [
            replace(ours, peer=several),
            replace(ours, peer=replace(side.backfill, name=_ONE_PROCESS)),
            replace(rows, peer=several_bare),
            replace(rows, peer=replace(side.bare, name="rows by orjson, one process")),
        ]
        async with asking(asked, database_url=side.database.url, seconds=setting.scale.seconds) as contenders:
            yield contenders


ROWS = (
    Row(
        name="scaling-processes",
        title="CPU per request with 4 server processes, pages of 50 orders",
        unit="requests",
        metric=Metric.CPU,
        goals=(Goal(against=_ONE_PROCESS, at_most=1.15),),
        open=_processes,
        note="Two statements and orjson, with no GraphQL between, show what processes that take turns on the "
        "cores of a machine cost by themselves.",
    ),
    *SCALING_ROWS,
)
