"""Schedules of a distribution center for all clients, beside each client's own."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta

import pytest

from domain.operations.processor_runs import RunHandle, claim_run
from domain.operations.schedules import set_processor_schedule, start_due_runs, waiting_runs
from domain.operations.shared_schedules import (
    SharedSchedule,
    find_shared_schedules,
    remove_shared_schedule,
    set_shared_schedule,
)
from domain.operations.timing import TimeOfDay, Timing, timing_of
from domain.rules.refusals import ErrorCode, Refusal
from domain.store.database import Database
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import clear_records

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B2")]

AT_9 = timing_of([TimeOfDay(at="09:00")])
DUE = NOW + timedelta(hours=1)


async def share(database: Database, timing: Timing = AT_9, *, code: str = MAIN, enabled: bool = True) -> int:
    return await set_shared_schedule(database, code=code, timing=timing, enabled=enabled, now=NOW)


async def own(shop: Shop, cron: str) -> None:
    center = await shop.id_of("distribution_centers", MAIN)
    await set_processor_schedule(
        shop.command(), distribution_center_id=center, timing=Timing(cron=cron), enabled=True
    )


async def schedules(shop: Shop) -> list[tuple[str, bool, datetime | None]]:
    return await shop.tuples(
        "SELECT cron, shared, next_due_at FROM processor_schedules WHERE client_id = $1 ORDER BY shared",
        shop.client_id,
    )


async def runs(shop: Shop) -> list[tuple[str, datetime]]:
    return await shop.tuples(
        "SELECT status, scheduled_at FROM processor_runs WHERE client_id = $1 ORDER BY id", shop.client_id
    )


async def test_a_shared_schedule_makes_a_run_in_the_pool_of_each_client(
    database: Database, shop: Shop, other: Shop
) -> None:
    await other.distribution_center("EAST")

    assert await share(database) == 2
    await start_due_runs(database=database, now=DUE)

    for client in (shop, other):
        assert await schedules(client) == [("0 9 * * *", True, DUE + timedelta(days=1))]
        assert await runs(client) == [("SCHEDULED", DUE)]


async def test_runs_of_a_shared_schedule_go_on_side_by_side(
    database: Database, shop: Shop, other: Shop
) -> None:
    await share(database)
    await start_due_runs(database=database, now=DUE)

    for waiting in await waiting_runs(database=database):
        run = RunHandle(
            database=database,
            client_id=waiting.client_id,
            run_id=waiting.run_id,
            holder="worker",
            lease=timedelta(seconds=60),
        )
        assert await claim_run(run, now=DUE)

    assert (await runs(shop), await runs(other)) == ([("RUNNING", DUE)], [("RUNNING", DUE)])


async def test_a_distribution_center_that_is_added_later_takes_the_shared_schedule(
    database: Database,
) -> None:
    await share(database, code="EAST")
    await share(database, code="WEST", enabled=False)
    shop = await Shop.open(database)
    assert await schedules(shop) == []

    await shop.distribution_center("EAST")
    await shop.distribution_center("WEST")
    await shop.distribution_center("EAST")

    assert await schedules(shop) == [("0 9 * * *", True, DUE), ("0 9 * * *", True, None)]


async def test_a_schedule_shared_while_a_client_adds_the_distribution_center_reaches_it(
    database: Database,
) -> None:
    shops = [await Shop.open(database, f"C{number}") for number in range(6)]

    await asyncio.gather(
        *(shop.distribution_center("EAST") for shop in shops[:3]),
        share(database, code="EAST"),
        *(shop.distribution_center("EAST") for shop in shops[3:]),
    )

    for shop in shops:
        assert await schedules(shop) == [("0 9 * * *", True, DUE)]


async def test_a_clients_own_schedule_stands_beside_the_shared_one(database: Database, shop: Shop) -> None:
    await share(database)
    await own(shop, "0 10 * * *")

    await start_due_runs(database=database, now=DUE)
    await shop.write("UPDATE processor_runs SET status = 'COMPLETED'")
    await start_due_runs(database=database, now=DUE + timedelta(hours=1))

    assert await runs(shop) == [("COMPLETED", DUE), ("SCHEDULED", DUE + timedelta(hours=1))]


async def test_two_schedules_due_at_the_same_time_make_one_run(database: Database, shop: Shop) -> None:
    await share(database)
    await own(shop, "0 9,10 * * *")

    await asyncio.gather(*(start_due_runs(database=database, now=DUE) for _ in range(4)))

    assert await runs(shop) == [("SCHEDULED", DUE)]
    assert await schedules(shop) == [
        ("0 9,10 * * *", False, DUE + timedelta(hours=1)),
        ("0 9 * * *", True, DUE + timedelta(days=1)),
    ]


async def test_what_two_schedules_missed_is_made_up_by_one_run(database: Database, shop: Shop) -> None:
    await share(database)
    await own(shop, "30 8 * * *")

    await start_due_runs(database=database, now=DUE + timedelta(days=3))

    made_up = DUE + timedelta(days=3) - timedelta(minutes=30)
    assert await runs(shop) == [("SCHEDULED", made_up), ("SKIPPED", DUE + timedelta(days=3))]


async def test_a_shared_schedule_can_be_paused_and_goes_on(database: Database, shop: Shop) -> None:
    await share(database)
    await share(database, enabled=False)

    await start_due_runs(database=database, now=DUE)
    assert (await runs(shop), await schedules(shop)) == ([], [("0 9 * * *", True, None)])

    await share(database, Timing(cron="0 10 * * *"))
    assert await schedules(shop) == [("0 10 * * *", True, NOW + timedelta(hours=2))]


async def test_a_shared_schedule_is_taken_away_and_its_runs_stay(database: Database, shop: Shop) -> None:
    await share(database)
    await own(shop, "0 10 * * *")
    await start_due_runs(database=database, now=DUE)

    assert await remove_shared_schedule(database, code=MAIN, now=DUE) == 1

    assert await schedules(shop) == [("0 10 * * *", False, NOW + timedelta(hours=2))]
    assert await runs(shop) == [("SCHEDULED", DUE)]
    assert await find_shared_schedules(database) == []
    with pytest.raises(Refusal) as refused:
        await remove_shared_schedule(database, code=MAIN, now=DUE)
    assert refused.value.code is ErrorCode.NOT_FOUND


async def test_shared_schedules_are_listed_with_how_many_clients_they_apply_to(database: Database) -> None:
    await Shop.open(database)
    await share(database)
    await share(database, Timing(cron="0 6 * * 1-5"), code="ATLANTIS", enabled=False)

    assert await find_shared_schedules(database) == [
        SharedSchedule("ATLANTIS", "0 6 * * 1-5", False, 0),
        SharedSchedule(MAIN, "0 9 * * *", True, 1),
    ]


async def test_an_unusable_expression_is_shared_with_nobody(database: Database, shop: Shop) -> None:
    with pytest.raises(Refusal) as refused:
        await share(database, Timing(cron="0 9 31 2 *"))
    assert refused.value.code is ErrorCode.INVALID_INPUT
    assert (await schedules(shop), await find_shared_schedules(database)) == ([], [])


@pytest.mark.rule("F11")
async def test_each_client_finds_in_its_audit_trail_what_the_operator_scheduled(
    database: Database, shop: Shop, other: Shop
) -> None:
    await clear_records(shop)
    await share(database)
    await share(database, Timing(cron="0 10 * * *"), enabled=False)
    await remove_shared_schedule(database, code=MAIN, now=NOW)

    for client in (shop, other):
        rows = await client.rows(
            "SELECT actor, source, action, before, after FROM audit_entries WHERE client_id = $1 ORDER BY id",
            client.client_id,
        )
        told = [
            (row["action"], *(row[side] and json.loads(row[side]) for side in ("before", "after")))
            for row in rows
        ]
        nine, ten = {"cron": "0 9 * * *", "enabled": True}, {"cron": "0 10 * * *", "enabled": False}
        assert told == [
            ("SCHEDULE_SET", None, nine),
            ("SCHEDULE_SET", nine, ten),
            ("SCHEDULE_REMOVED", ten, None),
        ]
        assert {(row["actor"], row["source"]) for row in rows} == {("operator", "cli")}
