"""`backfill worker`: one process that runs what is due and relays events."""

from __future__ import annotations

from typing import Annotated

import typer
from jobs.worker import run_worker

from cli.program import Program, run
from cli.signals import run_until_stopped


def worker(
    supervised: Annotated[
        bool, typer.Option("--supervised", hidden=True, help="Stop when the parent is gone.")
    ] = False,
) -> None:
    """Run one background worker until Ctrl-C or SIGTERM. Start any number, on any machine.

    Examples: backfill worker · BACKFILL_REDIS_URL=redis://queue:6379 backfill worker
    """

    async def work(program: Program) -> None:
        async with program.any_database(name="backfill-worker") as database, program.redis() as redis:
            job = run_worker(program.settings, database=database, redis=redis)
            await run_until_stopped(job, supervised=supervised)

    run(work, process="worker", redis=True)
