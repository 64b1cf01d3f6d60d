"""The fault driver notices what a process does that nobody has done to it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.faults.driver.victims import Exit, Victim
from tests.waiting import until

pytestmark = pytest.mark.anyio

ENDS = "print('Error: there is no database'); raise SystemExit(3)"
STAYS = "import time; print('begun', flush=True); time.sleep(600)"
DOES_NOT_END = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {STAYS}"


async def test_a_process_that_ends_by_itself_is_told_with_its_code_and_its_last_words(tmp_path: Path) -> None:
    async with running(tmp_path, ENDS) as victim:
        await until(lambda: len(victim.exits) > 1)

    assert victim.exits[0] == Exit("it", 3, "Error: there is no database", explained=False)
    assert str(victim.exits[0]) == "it ended by itself with 3: Error: there is no database"


async def test_an_end_for_a_reason_that_is_known_is_explained(tmp_path: Path) -> None:
    async with running(tmp_path, ENDS, may_end_after="no database") as victim:
        await until(lambda: bool(victim.exits))

    assert all(one.explained for one in victim.exits)


async def test_who_is_killed_or_restarted_has_not_ended_by_itself(tmp_path: Path) -> None:
    async with running(tmp_path, STAYS) as victim:
        for times, do in enumerate((victim.kill, victim.restart), start=2):
            await do(0.1)
            await until(partial(_has_begun, tmp_path / "log", times))

    assert (victim.exits, victim.problems) == ([], [])


async def test_who_does_not_end_when_asked_to_is_a_problem(tmp_path: Path) -> None:
    async with running(tmp_path, DOES_NOT_END) as victim:
        await victim.restart(0.1, within=0.5)

    assert victim.problems == ["it was asked to end, and had not after 0.5 seconds"]


async def test_what_should_not_be_in_a_log_is_told_once_with_how_often(tmp_path: Path) -> None:
    says = f"print('Unclosed thing'); print('fine'); print('Unclosed thing'); {STAYS}"
    async with running(tmp_path, says, never_says=["Unclosed "]) as victim:
        pass

    assert victim.said_what_it_should_not() == ["it said 2 times: Unclosed thing"]


@asynccontextmanager
async def running(
    folder: Path, program: str, *, may_end_after: str | None = None, never_says: Sequence[str] = ()
) -> AsyncIterator[Victim]:
    """A process that runs this Python, and again when it ends; it has begun when its log has."""
    log = folder / "log"

    async def ready() -> bool:
        return log.exists() and log.stat().st_size > 0

    victim = Victim(
        "it",
        kind="API",
        words=[sys.executable, "-c", program],
        env={},
        log=log,
        ready=ready,
        may_end_after=may_end_after,
        never_says=never_says,
    )
    try:
        await victim.start()
        yield victim
    finally:
        await victim.stop()


def _has_begun(log: Path, times: int) -> bool:
    return log.read_text().count("begun") == times
