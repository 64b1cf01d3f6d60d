"""`python -m tests.faults`: the whole program under load, while everything it stands on fails.

Ends with 1 when anything was lost, doubled or oversold.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path
from random import Random
from typing import Annotated

import structlog
import typer

from domain.logs import configure_logs
from tests.faults.driver.driving import Stage, drive
from tests.faults.driver.faults import SHARED, possible_faults
from tests.faults.driver.hosts import stage_of_hosts
from tests.faults.driver.installation import installation
from tests.faults.driver.network import NoHostsError
from tests.faults.driver.report import Report

log = structlog.get_logger()


def main(
    seconds: Annotated[float, typer.Option(min=10, help="How long faults happen.")] = 600,
    seed: Annotated[int, typer.Option(help="Decides what users do and what fails when.")] = 1,
    pause: Annotated[float, typer.Option(min=0.5, help="Seconds between two faults, about.")] = 3,
    on_hosts: Annotated[
        bool, typer.Option("--hosts", help="On nine hosts (network namespaces), and PostgreSQL fails over.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for data and logs, which stay; else a temporary one.")
    ] = None,
) -> None:
    """Put the real program under load while it is killed, paused and cut off, and look for losses.

    Starts two API processes, two workers, PostgreSQL and Redis, with a proxy before every server. Needs a
    redis-server or valkey-server on the PATH. With --hosts: three of each on hosts of their own, and
    PostgreSQL with a synchronous standby; that takes root and iproute2.
    """
    configure_logs(level="info", form="auto", process="faults")
    with tempfile.TemporaryDirectory(prefix="backfill-faults-") as folder:
        try:
            report = asyncio.run(
                run(keep or Path(folder), seconds=seconds, seed=seed, pause=pause, on_hosts=on_hosts)
            )
        except (NoHostsError, LookupError) as error:
            raise typer.BadParameter(str(error)) from error
    typer.echo(report.text())
    if report.losses:
        raise typer.Exit(1)


async def run(folder: Path, *, seconds: float, seed: int, pause: float, on_hosts: bool) -> Report:
    """One run. SIGTERM ends it, and everything it has started."""
    this = asyncio.current_task()
    assert this is not None, "a coroutine runs in a task"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    if on_hosts:
        async with stage_of_hosts(folder) as stage:
            return await drive(stage, seconds=seconds, seed=seed, pause=pause)
    async with installation(folder, apis=2, workers=2) as place:
        stage = Stage(
            shared=SHARED,
            addresses=place.addresses,
            database_urls=place.database_urls,
            victims=place.victims,
            links=place.links,
            faults=possible_faults(place, random=Random(seed)),  # noqa: S311 - repeatable, not secret
        )
        return await drive(stage, seconds=seconds, seed=seed, pause=pause)


if __name__ == "__main__":
    typer.run(main)
