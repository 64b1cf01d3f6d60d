"""Runs of the Order Processor: how many queued lines they get through, and on how many workers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bench.data.baskets import LINES_PER_ORDER
from bench.databases import Place
from bench.goals import Goal
from bench.measuring import OURS, Contenders, Row
from bench.processes import assistant
from bench.rows.writing import Started, background, by_assistant
from bench.samples import Metric
from bench.setting import Setting
from domain.operations.command import Command
from domain.operations.processor_runs import request_run
from domain.store.database import Database
from jobs.queue import ArqJobs

_ORM = "ORM loop"
_BARE = "bare set-based writes"
_ONE_WORKER = "one worker, one pool"
_UNFINISHED = "SELECT count(*) FROM processor_runs WHERE status IN ('SCHEDULED', 'RUNNING')"
_POOLS = 4


def _run_of(pools: Sequence[int]) -> Started:
    async def start(_database: Database, command: Command, jobs: ArqJobs) -> None:
        for pool in pools:
            run = await request_run(command, distribution_center_id=pool)
            await jobs.process_run(client_id=command.authority.client_id, run_id=run.run_id)

    return start


@asynccontextmanager
async def _run(setting: Setting) -> AsyncIterator[Contenders]:
    lines = setting.scale.orders * LINES_PER_ORDER
    async with (
        setting.filled(lines=lines, stocked=0.9) as filled,
        assistant("bench.peers.writing") as writer,
        assistant("bench.peers.plain.allocating") as orm,
    ):
        learned = False

        async def learn(place: Place) -> None:
            nonlocal learned
            if not learned:
                await writer.ask(do="learn", before=filled.url, after=place.url)
                learned = True

        yield {
            OURS: background(setting, filled, _run_of([1]), units=lines, unfinished=_UNFINISHED, done=learn),
            _BARE: by_assistant(setting, filled, writer, units=lines, do="write"),
            _ORM: by_assistant(
                setting, filled, orm, units=0, do="allocate", lines=setting.scale.sampled_lines
            ),
        }


@asynccontextmanager
async def _workers(setting: Setting) -> AsyncIterator[Contenders]:
    each = setting.scale.scaling_lines
    async with setting.filled(lines=_POOLS * each, stocked=0.9, pools=_POOLS) as filled:
        yield {
            OURS: background(
                setting,
                filled,
                _run_of(filled.business.distribution_centers),
                units=_POOLS * each,
                unfinished=_UNFINISHED,
                workers=_POOLS,
            ),
            _ONE_WORKER: background(setting, filled, _run_of([1]), units=each, unfinished=_UNFINISHED),
        }


ROWS = (
    Row(
        name="run",
        title="A run over 300,000 queued lines, end to end",
        unit="lines",
        metric=Metric.RATE,
        goals=(Goal(against=_ORM, at_least=150), Goal(against=_BARE, at_least=0.6)),
        open=_run,
        most_rounds=3,
        note="Nine tenths of what is wanted is there. The ORM loop is timed on its first lines: its speed "
        "does not depend on how many wait. The bare writes are the very rows that the run left behind, known "
        "before, as arrays of 10,000 rows in one transaction. They, too, are far from 150 times "
        "as fast as the ORM loop (decision 12).",
    ),
)

SCALING_ROWS = (
    Row(
        name="scaling-workers",
        title="CPU per line of 4 workers on 4 pools",
        unit="lines",
        metric=Metric.CPU,
        goals=(Goal(against=_ONE_WORKER, at_most=1.15),),
        open=_workers,
        most_rounds=3,
    ),
)
