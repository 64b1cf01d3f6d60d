"""Schedules, and the runs they turn into."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from domain.operations.apply_allocation_plan import apply_allocation_plan
from domain.operations.processor_runs import RunHandle, claim_run, finish_run, hand_over_run, request_run
from domain.operations.schedules import WaitingRun, set_processor_schedule, start_due_runs, waiting_runs
from domain.operations.timing import TimeOfDay, Timing, timing_of
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import Weekday
from domain.store.database import Database
from tests.builders import MAIN, NOW, Shop
from tests.operations.planned import planned

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B2")]

DAILY_AT_9 = "0 9 * * *"
DUE = NOW + timedelta(hours=1)


async def schedule(shop: Shop, cron: str = DAILY_AT_9, *, at: str = MAIN, enabled: bool = True) -> None:
    pool = await shop.id_of("distribution_centers", at)
    await set_processor_schedule(
        shop.command(), distribution_center_id=pool, timing=Timing(cron=cron), enabled=enabled
    )


async def runs(shop: Shop) -> list[tuple[str, datetime]]:
    rows = await shop.rows(
        "SELECT status, scheduled_at FROM processor_runs WHERE client_id = $1 ORDER BY id", shop.client_id
    )
    return [(row["status"], row["scheduled_at"]) for row in rows]


async def next_due_at(shop: Shop) -> datetime | None:
    found: datetime | None = await shop.value("SELECT next_due_at FROM processor_schedules")
    return found


async def request(shop: Shop, *, at: str = MAIN, now: datetime = NOW) -> int:
    pool = await shop.id_of("distribution_centers", at)
    return (await request_run(shop.command(now=now), distribution_center_id=pool)).run_id


def hold(shop: Shop, run_id: int, *, lease: timedelta = timedelta(seconds=60)) -> RunHandle:
    return RunHandle(
        database=shop.database, client_id=shop.client_id, run_id=run_id, holder=f"w{run_id}", lease=lease
    )


async def test_a_due_schedule_becomes_a_run_and_is_due_again_at_its_next_time(
    database: Database, shop: Shop
) -> None:
    await schedule(shop)

    await start_due_runs(database=database, now=DUE - timedelta(microseconds=1))
    assert await runs(shop) == []
    await start_due_runs(database=database, now=DUE)
    await start_due_runs(database=database, now=DUE)

    assert await runs(shop) == [("SCHEDULED", DUE)]
    assert await next_due_at(shop) == DUE + timedelta(days=1)
    assert await shop.row("SELECT topic, cause, subject_id FROM event_outbox WHERE topic = 'RUN'") == {
        "topic": "RUN",
        "cause": "schedule",
        "subject_id": 1,
    }


async def test_times_missed_while_every_worker_was_down_are_made_up_once(
    database: Database, shop: Shop
) -> None:
    await schedule(shop)

    await start_due_runs(database=database, now=DUE + timedelta(days=5, hours=3))

    assert await runs(shop) == [("SCHEDULED", DUE + timedelta(days=5))]
    assert await next_due_at(shop) == DUE + timedelta(days=6)


async def test_a_due_time_adds_nothing_while_a_run_of_the_pool_waits_to_start(
    database: Database, shop: Shop
) -> None:
    await schedule(shop)
    await request(shop)

    await start_due_runs(database=database, now=DUE)

    assert await runs(shop) == [("SCHEDULED", NOW), ("SKIPPED", DUE)]
    assert await shop.value("SELECT failure FROM processor_runs WHERE id = 2") == (
        "Another run of this pool was waiting to start."
    )


@pytest.mark.rule("F2")
async def test_a_due_time_is_not_skipped_for_a_run_that_only_applies_a_plan(
    database: Database, shop: Shop
) -> None:
    await schedule(shop)
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=1)
    await shop.order("SO-2", TEA=1)
    await apply_allocation_plan(shop.command(), plan_id=await planned(shop), at_once=1)

    await start_due_runs(database=database, now=DUE)

    assert await runs(shop) == [("SCHEDULED", NOW), ("SCHEDULED", DUE)]


async def test_a_time_that_comes_while_a_run_is_under_way_is_not_lost(database: Database, shop: Shop) -> None:
    await schedule(shop)
    assert await claim_run(hold(shop, await request(shop)), now=NOW)

    await start_due_runs(database=database, now=DUE)

    assert await runs(shop) == [("RUNNING", NOW), ("SCHEDULED", DUE)]


async def test_workers_that_look_at_the_same_moment_make_one_run(database: Database, shop: Shop) -> None:
    for number in range(8):
        await shop.distribution_center(f"DC{number}")
        await schedule(shop, at=f"DC{number}")

    await asyncio.gather(*(start_due_runs(database=database, now=DUE) for _ in range(8)))

    assert await runs(shop) == [("SCHEDULED", DUE)] * 8


async def test_a_paused_schedule_is_never_due_and_resumes_at_its_next_time(
    database: Database, shop: Shop
) -> None:
    await schedule(shop)
    await schedule(shop, enabled=False)
    assert await next_due_at(shop) is None
    await start_due_runs(database=database, now=DUE + timedelta(days=3))
    assert await runs(shop) == []

    await schedule(shop, "0 10 * * *")
    assert await next_due_at(shop) == NOW + timedelta(hours=2)


async def test_a_schedule_that_cannot_be_set_changes_nothing(database: Database, shop: Shop) -> None:
    stranger = await Shop.open(database, "OTHER")
    pool = await shop.id_of("distribution_centers", MAIN)

    with pytest.raises(Refusal) as refused:
        await set_processor_schedule(
            stranger.command(), distribution_center_id=pool, timing=Timing(cron=DAILY_AT_9), enabled=True
        )
    assert refused.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(Refusal) as refused:
        await schedule(shop, "0 9 31 2 *")
    assert refused.value.code is ErrorCode.INVALID_INPUT

    assert await shop.value("SELECT count(*) FROM processor_schedules") == 0
    assert await shop.value("SELECT count(*) FROM audit_entries WHERE action = 'SCHEDULE_SET'") == 0


async def test_each_pool_waits_for_a_worker_with_its_oldest_run(
    database: Database, shop: Shop, other: Shop
) -> None:
    await shop.distribution_center("EAST")
    late = await request(shop, now=NOW + timedelta(hours=1))
    early = await request(shop)
    east = await request(shop, at="EAST")
    foreign = await request(other)

    assert late < early
    assert await waiting_runs(database=database) == [
        WaitingRun(shop.client_id, early),
        WaitingRun(shop.client_id, east),
        WaitingRun(other.client_id, foreign),
    ]


async def test_no_run_waits_for_a_worker_while_its_pool_is_worked_on(database: Database, shop: Shop) -> None:
    first, second = await request(shop), await request(shop)
    run = hold(shop, first)
    assert await claim_run(run, now=NOW)
    assert await waiting_runs(database=database) == []

    await finish_run(run, now=NOW)
    assert await waiting_runs(database=database) == [WaitingRun(shop.client_id, second)]


async def test_a_run_that_was_given_up_comes_before_the_others_of_its_pool(
    database: Database, shop: Shop
) -> None:
    first = await request(shop, now=datetime(2026, 6, 1, tzinfo=UTC))
    await request(shop)
    run = hold(shop, first)
    assert await claim_run(run, now=NOW)

    await hand_over_run(run)

    assert await waiting_runs(database=database) == [WaitingRun(shop.client_id, first)]


async def test_a_list_of_times_with_weekdays_is_kept_as_it_was_told(database: Database, shop: Shop) -> None:
    pool = await shop.id_of("distribution_centers", MAIN)
    timing = timing_of(
        [TimeOfDay(at="09:15", weekdays=(Weekday.FRIDAY, Weekday.MONDAY)), TimeOfDay(at="07:00")]
    )

    await set_processor_schedule(shop.command(), distribution_center_id=pool, timing=timing, enabled=True)
    await start_due_runs(database=database, now=DUE + timedelta(minutes=15))

    # NOW is a Monday at eight.
    assert await runs(shop) == [("SCHEDULED", DUE + timedelta(minutes=15))]
    assert await next_due_at(shop) == NOW + timedelta(hours=23)
    stored = await shop.row("SELECT cron, times FROM processor_schedules")
    assert stored["cron"] == "0 7 * * *; 15 9 * * 1,5"
    assert json.loads(stored["times"]) == [
        {"at": "09:15", "weekdays": ["MONDAY", "FRIDAY"]},
        {"at": "07:00", "weekdays": list(Weekday)},
    ]


@pytest.mark.parametrize(
    ("times", "path"),
    [
        ([], ("times",)),
        ([TimeOfDay(at="06:00")] * 101, ("times",)),
        ([TimeOfDay(at="06:00"), TimeOfDay(at="6 am")], ("times", "1", "at")),
        ([TimeOfDay(at="06:00", weekdays=())], ("times", "0", "weekdays")),
    ],
)
def test_a_list_that_says_no_times_is_refused(times: list[TimeOfDay], path: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        timing_of(times)
    assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_INPUT, path)


async def test_a_cron_expression_replaces_a_list_of_times(shop: Shop) -> None:
    pool = await shop.id_of("distribution_centers", MAIN)
    await set_processor_schedule(
        shop.command(), distribution_center_id=pool, timing=timing_of([TimeOfDay(at="07:00")]), enabled=True
    )
    await schedule(shop)

    assert await shop.tuples("SELECT cron, times FROM processor_schedules") == [(DAILY_AT_9, None)]
    changed = await shop.row("SELECT before, after FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert json.loads(changed["before"]) == {"cron": "0 7 * * *", "enabled": True}
    assert json.loads(changed["after"]) == {"cron": DAILY_AT_9, "enabled": True}
