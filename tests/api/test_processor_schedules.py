"""Setting and reading schedules through the API (B2)."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from api.ids import encode_id
from domain.operations.shared_schedules import set_shared_schedule
from domain.operations.timing import TimeOfDay, timing_of
from domain.rules.vocabulary import Role, Weekday
from tests.api.conftest import Tenant
from tests.builders import MAIN, NOW

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B2")]

SET_TIMES = """
mutation ($center: ID!, $times: [ScheduledTimeInput!]!, $enabled: Boolean) {
  setProcessorTimes(distributionCenter: $center, times: $times, enabled: $enabled) {
    schedule { cron enabled nextRunAt allClients times { at weekdays } }
    userErrors { code path }
  }
}
"""
SET_CRON = """
mutation ($center: ID!, $cron: String!) {
  setProcessorSchedule(distributionCenter: $center, cron: $cron) {
    schedule { cron times { at } upcoming }
    userErrors { code path }
  }
}
"""
SCHEDULES = (
    "{ processorSchedules { id cron allClients enabled distributionCenter { code } times { at weekdays } } }"
)


async def center(tenant: Tenant) -> str:
    return str(encode_id("DistributionCenter", await tenant.shop.id_of("distribution_centers", MAIN)))


async def set_times(tenant: Tenant, *times: dict[str, Any], enabled: bool = True) -> Any:
    with time_machine.travel(NOW, tick=False):
        return await tenant.admin.data(
            SET_TIMES, center=await center(tenant), times=list(times), enabled=enabled
        )


async def test_a_list_of_times_with_weekdays_is_set_and_read_again(tenant: Tenant) -> None:
    answer = await set_times(
        tenant, {"at": "06:30", "weekdays": ["SUNDAY", "MONDAY"]}, {"at": "18:00"}, enabled=True
    )

    assert answer == {
        "schedule": {
            "cron": "0 18 * * *; 30 6 * * 1,0",
            "enabled": True,
            "nextRunAt": "2026-03-02T18:00:00Z",
            "allClients": False,
            "times": [
                {"at": "06:30", "weekdays": ["MONDAY", "SUNDAY"]},
                {"at": "18:00", "weekdays": list(Weekday)},
            ],
        },
        "userErrors": [],
    }


async def test_the_expressions_of_a_list_can_be_set_as_such(tenant: Tenant) -> None:
    with time_machine.travel(NOW, tick=False):
        answer = await tenant.admin.data(SET_CRON, center=await center(tenant), cron="0 18 * * *; 30 9 * * 1")

    assert answer["schedule"] == {
        "cron": "0 18 * * *; 30 9 * * 1",
        "times": None,
        "upcoming": ["2026-03-02T09:30:00Z", "2026-03-02T18:00:00Z"],
    }


async def test_what_comes_are_the_next_24_hours_past_midnight_or_until_when_one_asks(tenant: Tenant) -> None:
    with time_machine.travel(NOW, tick=False):
        await tenant.admin.data(SET_CRON, center=await center(tenant), cron="0 8,18 * * *; 1 8 * * *")
        (coming,) = await tenant.admin.data("{ processorSchedules { upcoming } }")
        (soon,) = await tenant.admin.data(
            "query ($until: DateTime) { processorSchedules { upcoming(until: $until) } }",
            until="2026-03-02T08:01:00Z",
        )

    assert coming["upcoming"] == ["2026-03-02T08:01:00Z", "2026-03-02T18:00:00Z", "2026-03-03T08:00:00Z"]
    assert soon["upcoming"] == ["2026-03-02T08:01:00Z"]


@pytest.mark.parametrize(
    ("times", "path"),
    [
        ([], ["times"]),
        ([{"at": "25:00"}], ["times", "0", "at"]),
        ([{"at": "06:00", "weekdays": []}], ["times", "0", "weekdays"]),
    ],
)
async def test_a_list_of_no_times_is_refused_and_changes_nothing(
    tenant: Tenant, times: list[dict[str, Any]], path: list[str]
) -> None:
    answer = await set_times(tenant, *times)
    assert answer == {"schedule": None, "userErrors": [{"code": "INVALID_INPUT", "path": path}]}
    assert await tenant.admin.data(SCHEDULES) == []


async def test_only_an_admin_sets_times(tenant: Tenant) -> None:
    answer = await tenant.caller(Role.OPERATOR).data(
        SET_TIMES, center=await center(tenant), times=[{"at": "06:00"}]
    )
    assert answer["userErrors"][0]["code"] == "FORBIDDEN"
    assert await tenant.admin.data(SCHEDULES) == []


async def test_a_schedule_for_all_clients_is_read_beside_the_own_one_and_can_not_be_changed(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    timing = timing_of([TimeOfDay(at="05:00", weekdays=(Weekday.FRIDAY,))])
    await set_shared_schedule(tenant.shop.database, code=MAIN, timing=timing, enabled=True, now=NOW)
    await set_times(tenant, {"at": "07:00"})
    await set_times(tenant, {"at": "07:00"}, enabled=False)

    shared = {
        "cron": "0 5 * * 5",
        "allClients": True,
        "enabled": True,
        "distributionCenter": {"code": MAIN},
        "times": [{"at": "05:00", "weekdays": ["FRIDAY"]}],
    }
    mine = await tenant.admin.data(SCHEDULES)
    theirs = await other_tenant.admin.data(SCHEDULES)
    ids = [schedule.pop("id") for schedule in [*mine, *theirs]]
    assert mine[0] == theirs[0] == shared
    assert [(one["cron"], one["enabled"], one["allClients"]) for one in mine[1:]] == [
        ("0 7 * * *", False, False)
    ]
    assert len(theirs) == 1
    # Each client has a row of its own, and the other's is none of its business.
    assert await other_tenant.admin.data("query ($id: ID!) { node(id: $id) { id } }", id=ids[0]) is None


@pytest.mark.rule("B11")
async def test_the_back_order_schedule_has_the_times_of_both_schedules_each_once(tenant: Tenant) -> None:
    timing = timing_of([TimeOfDay(at="12:00"), TimeOfDay(at="15:00")])
    await set_shared_schedule(tenant.shop.database, code=MAIN, timing=timing, enabled=True, now=NOW)
    await set_times(tenant, {"at": "09:00"}, {"at": "12:00"})

    with time_machine.travel(NOW, tick=False):
        (found,) = await tenant.admin.data("{ backOrderSchedule { nextRunAt entries { at } } }")

    assert found == {
        "nextRunAt": "2026-03-02T09:00:00Z",
        "entries": [{"at": f"2026-03-02T{hour}:00:00Z"} for hour in ("09", "12", "15")],
    }
