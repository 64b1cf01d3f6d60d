"""The Back Order Schedule through the API (B11)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from domain.operations.processor_runs import request_run
from domain.operations.schedules import set_processor_schedule, start_due_runs
from domain.operations.timing import Timing
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B11")]

SCHEDULE = """
query ($center: ID, $from: DateTime, $until: DateTime) {
  backOrderSchedule(distributionCenter: $center, from: $from, until: $until) {
    distributionCenter { code } nextRunAt truncated
    entries { at run { status requestedBy ordersExamined } }
  }
}
"""
RUNS = """
query ($from: DateTime, $until: DateTime) {
  processorRuns(from: $from, until: $until) { totalCount nodes { scheduledAt } }
}
"""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


async def scheduled(tenant: Tenant, cron: str, *, hours: list[int]) -> None:
    """A schedule of MAIN that was set in the morning, and whose runs were created at these hours."""
    center = await tenant.shop.id_of("distribution_centers", MAIN)
    await set_processor_schedule(
        tenant.shop.command(now=at(1)), distribution_center_id=center, timing=Timing(cron=cron), enabled=True
    )
    for hour in hours:
        await start_due_runs(database=tenant.shop.database, now=at(hour))
        await tenant.shop.write(
            "UPDATE processor_runs SET status = 'COMPLETED', orders_examined = 7 WHERE scheduled_at = $1",
            at(hour),
        )


async def entries(tenant: Tenant, **window: str) -> list[tuple[str, str | None]]:
    """When, and with what status, runs were or will be due in MAIN."""
    with time_machine.travel(NOON, tick=False):
        found = await tenant.admin.data(SCHEDULE, **window)
    (schedule,) = (one for one in found if one["distributionCenter"]["code"] == MAIN)
    return [(entry["at"], entry["run"] and entry["run"]["status"]) for entry in schedule["entries"]]


async def test_past_runs_of_the_day_and_coming_ones_are_listed_together(tenant: Tenant) -> None:
    await tenant.shop.distribution_center("EAST")
    await scheduled(tenant, "0 6,10,18 * * *", hours=[6, 10])
    center = await tenant.shop.id_of("distribution_centers", MAIN)
    await request_run(tenant.shop.command(now=at(11, 30)), distribution_center_id=center)

    with time_machine.travel(NOON, tick=False):
        east, main = await tenant.admin.data(SCHEDULE)

    def ran(status: str, by: str, examined: int) -> dict[str, Any]:
        return {"status": status, "requestedBy": by, "ordersExamined": examined}

    assert main == {
        "distributionCenter": {"code": MAIN},
        "nextRunAt": "2026-03-02T18:00:00Z",
        "truncated": False,
        "entries": [
            {"at": "2026-03-02T06:00:00Z", "run": ran("COMPLETED", "schedule", 7)},
            {"at": "2026-03-02T10:00:00Z", "run": ran("COMPLETED", "schedule", 7)},
            {"at": "2026-03-02T11:30:00Z", "run": ran("SCHEDULED", "ada", 0)},
            {"at": "2026-03-02T18:00:00Z", "run": None},
        ],
    }
    assert east == {
        "distributionCenter": {"code": "EAST"},
        "nextRunAt": None,
        "truncated": False,
        "entries": [],
    }


async def test_any_window_can_be_asked_for(tenant: Tenant) -> None:
    await scheduled(tenant, "0 6,18 * * *", hours=[6])

    day = {"from": "2026-03-03T00:00:00Z"}
    assert await entries(tenant, **day) == [("2026-03-03T06:00:00Z", None), ("2026-03-03T18:00:00Z", None)]
    exact = {"from": "2026-03-02T06:00:00Z", "until": "2026-03-03T06:00:00Z"}
    assert await entries(tenant, **exact) == [
        ("2026-03-02T06:00:00Z", "COMPLETED"),
        ("2026-03-02T18:00:00Z", None),
    ]
    elsewhere = {"from": "2026-03-03T07:00:00+07:00", "until": "2026-03-03T14:00:00+07:00"}
    assert await entries(tenant, **elsewhere) == [("2026-03-03T06:00:00Z", None)]
    assert await entries(tenant, until="2026-03-02T06:00:00Z") == []
    assert await entries(tenant, until="2026-02-01T00:00:00Z") == []


async def test_a_run_that_is_due_and_not_created_yet_is_listed(tenant: Tenant) -> None:
    await scheduled(tenant, "0 12 * * *", hours=[])
    assert await entries(tenant) == [("2026-03-02T12:00:00Z", None)]


async def test_a_long_window_is_truncated_and_says_so(tenant: Tenant) -> None:
    await scheduled(tenant, "* * * * *", hours=[])
    await tenant.shop.write("UPDATE processor_schedules SET next_due_at = $1", NOON)

    with time_machine.travel(NOON, tick=False):
        (schedule,) = await tenant.admin.data(SCHEDULE, until="2027-01-01T00:00:00Z")

    assert (len(schedule["entries"]), schedule["truncated"]) == (1000, True)


@pytest.mark.parametrize(
    ("window", "path"),
    [
        ({"from": "2026-03-03T00:00:00Z", "until": "2026-03-02T00:00:00Z"}, "from"),
        ({"from": "9999-12-31T00:00:00Z"}, "until"),
        ({"until": "9999-12-31T00:00:00Z"}, "until"),
    ],
)
async def test_a_window_that_is_none_is_refused(tenant: Tenant, window: dict[str, str], path: str) -> None:
    answer = await tenant.admin.execute(SCHEDULE, **window)
    assert answer["errors"][0]["extensions"] == {"code": "INVALID_INPUT", "argumentPath": [path]}


async def test_a_paused_schedule_has_no_coming_runs_and_another_clients_is_not_shown(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await scheduled(tenant, "0 18 * * *", hours=[])
    assert await entries(other_tenant) == []
    await tenant.shop.write("UPDATE processor_schedules SET enabled = false, next_due_at = NULL")
    assert await entries(tenant) == []


async def test_runs_are_listed_by_the_window_they_were_due_in(tenant: Tenant) -> None:
    await scheduled(tenant, "0 6,10 * * *", hours=[6, 10])

    found = await tenant.admin.data(RUNS, **{"from": "2026-03-02T06:00:00Z", "until": "2026-03-02T10:00:00Z"})

    assert found == {"totalCount": 1, "nodes": [{"scheduledAt": "2026-03-02T06:00:00Z"}]}
    assert (await tenant.admin.data(RUNS))["totalCount"] == 2
