"""`backfill worker`: one process that runs what is due and relays events."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry, ProcessCollector
from redis.asyncio import Redis

from cli.metrics_page import metrics_page
from cli.program import Program, run
from cli.redis_client import redis_client
from cli.signals import run_until_stopped
from jobs.worker import run_worker


def worker(
    supervised: Annotated[
        bool, typer.Option("--supervised", hidden=True, help="Stop when the parent is gone.")
    ] = False,
) -> None:
    """Run one background worker until Ctrl-C or SIGTERM. Start any number, on any machine.

    Examples: backfill worker · BACKFILL_REDIS_URL=redis://queue:6379 backfill worker
    """

    async def work(program: Program) -> None:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        async with metrics_page(registry, program.settings), redis_client(program.settings) as redis:
            hurried = asyncio.Event()
            job = work_when_current(program, redis, registry, hurried=hurried)
            await run_until_stopped(job, supervised=supervised, hurry=hurried.set)

    run(work, process="worker", redis=True)


async def work_when_current(
    program: Program, redis: Redis, registry: CollectorRegistry, *, hurried: asyncio.Event | None = None
) -> None:
    """Run one worker until cancelled, as soon as the tables are what this version needs.

    Its connections are its own, for work may take longer than requests. Cancelled, it waits for what is under
    way, but no longer than until `hurried` is set.
    """
    opened = program.any_database(name="backfill-worker", limits=program.settings.job_limits(), patient=True)
    async with opened as database:
        await program.schema_is_current(database)
        await run_worker(program.settings, database=database, redis=redis, hurried=hurried, registry=registry)
