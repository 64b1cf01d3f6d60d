"""The Backordering report of a day that is over (B12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.close_days import close_yesterday
from domain.operations.retention import expire_reports
from domain.rules.refusals import ErrorCode, Refusal
from domain.store.reads.paging import PageRequest
from domain.views.back_order_report import ReportFilter, report_page, whole_report
from tests.builders import NOW, Shop

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B12")]

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
JUST_AFTER = MIDNIGHT + timedelta(seconds=5)
DUE = datetime(2026, 3, 9, tzinfo=UTC)
FIGURES = (
    *("day", "distribution_center_code", "sku_code", "back_ordered", "orders", "lines"),
    *("oldest_age_hours", "demanded", "filled_at_once", "share_filled_at_once", "incoming", "incoming_at"),
)


async def report(shop: Shop, *, now: datetime, **conditions: Any) -> list[tuple[Any, ...]]:
    """The report's rows, with days of March as their number."""
    return [
        (row["day"].day, *tuple(row)[1:])
        async for batch in whole_report(
            shop.database,
            client_id=shop.client_id,
            report_filter=ReportFilter(**conditions),
            now=now,
            columns=FIGURES,
        )
        for row in batch
    ]


async def a_day(shop: Shop) -> None:
    """The second of March: 12 TEA are wanted and 5 there, 3 CUP are wanted and there."""
    await shop.stock(TEA=5, CUP=9)
    await shop.order("SO-1", TEA=4, CUP=3)
    await shop.order("SO-2", TEA=6, now=NOW + timedelta(hours=2))
    await shop.order("SO-3", TEA=2, now=NOW + timedelta(hours=6))
    await shop.purchase_order("PO-1", TEA=20, expected_at=DUE)


YESTERDAY = [
    (2, "MAIN", "TEA", 7, 2, 2, 14, 12, 5, pytest.approx(5 / 12), 20, DUE),
    (2, "MAIN", "CUP", 0, 0, 0, None, 3, 3, 1.0, 0, None),
]


async def test_today_is_as_it_is_now_and_yesterday_as_it_was(shop: Shop) -> None:
    await a_day(shop)
    live = await report(shop, now=NOW + timedelta(hours=7))
    assert [row[:6] for row in live] == [row[:6] for row in YESTERDAY]
    assert live[0][6] == 5  # the oldest came with the second order

    assert await close_yesterday(database=shop.database, now=JUST_AFTER) == 1
    await shop.stock(TEA=100, now=JUST_AFTER)

    assert await report(shop, now=JUST_AFTER) == YESTERDAY


async def test_what_goes_on_being_back_ordered_is_in_the_next_days_report_as_well(shop: Shop) -> None:
    await a_day(shop)
    await close_yesterday(database=shop.database, now=JUST_AFTER)

    today = await report(shop, now=MIDNIGHT + timedelta(hours=10), first_day=MIDNIGHT.date())

    assert today == [(3, "MAIN", "TEA", 7, 2, 2, 24, 0, 0, None, 20, DUE)]


async def test_a_day_is_closed_once_for_each_client(shop: Shop, other: Shop) -> None:
    await a_day(shop)
    await other.order("SO-1", BAG=2)

    assert await close_yesterday(database=shop.database, now=JUST_AFTER) == 2
    await shop.stock(TEA=100, now=JUST_AFTER)
    assert await close_yesterday(database=shop.database, now=JUST_AFTER + timedelta(hours=3)) == 0

    assert await report(shop, now=JUST_AFTER) == YESTERDAY
    assert [row[2:6] for row in await report(other, now=JUST_AFTER, last_day=NOW.date())] == [
        ("BAG", 2, 1, 1)
    ]


async def test_a_client_that_came_after_midnight_has_no_yesterday(shop: Shop) -> None:
    await shop.write("UPDATE clients SET created_at = $1", MIDNIGHT)
    assert await close_yesterday(database=shop.database, now=JUST_AFTER) == 0


async def test_what_was_ordered_after_midnight_belongs_to_the_next_day(shop: Shop) -> None:
    await shop.order("SO-1", TEA=4, now=MIDNIGHT)
    await close_yesterday(database=shop.database, now=JUST_AFTER)

    assert await report(shop, now=JUST_AFTER, last_day=NOW.date()) == []
    assert [row[:4] for row in await report(shop, now=JUST_AFTER)] == [(3, "MAIN", "TEA", 4)]


async def test_cancelled_units_were_not_demanded_and_dispatched_ones_were_filled(shop: Shop) -> None:
    await shop.stock(TEA=4)
    order = await shop.order("SO-1", TEA=4)
    await shop.order("SO-2", TEA=3)
    await shop.dispatch(order, TEA=4)
    await shop.cancel("SO-2")

    assert [row[7:9] for row in await report(shop, now=NOW)] == [(4, 4)]


async def test_it_is_filtered_by_day_distribution_center_and_sku(shop: Shop) -> None:
    east = await shop.distribution_center("EAST")
    await a_day(shop)
    await shop.order("SO-4", "EAST", TEA=1)
    await close_yesterday(database=shop.database, now=JUST_AFTER)
    tea = await shop.id_of("skus", "TEA")

    async def keys(**conditions: Any) -> list[tuple[Any, ...]]:
        return [row[:3] for row in await report(shop, now=JUST_AFTER, **conditions)]

    assert await keys(sku=tea, last_day=NOW.date()) == [(2, "MAIN", "TEA"), (2, "EAST", "TEA")]
    assert await keys(distribution_center=east) == [(2, "EAST", "TEA"), (3, "EAST", "TEA")]
    assert await keys(first_day=MIDNIGHT.date(), sku=tea, distribution_center=east) == [(3, "EAST", "TEA")]
    assert await keys(last_day=NOW.date() - timedelta(days=1)) == []
    with pytest.raises(Refusal) as caught:
        await keys(first_day=MIDNIGHT.date(), last_day=NOW.date())
    assert caught.value.code == ErrorCode.INVALID_INPUT


async def test_its_pages_join_up_over_days(shop: Shop) -> None:
    await a_day(shop)
    await close_yesterday(database=shop.database, now=JUST_AFTER)
    seen, after = [], None
    while True:
        page = await report_page(
            shop.database,
            client_id=shop.client_id,
            report_filter=ReportFilter(),
            now=JUST_AFTER,
            request=PageRequest(first=1, after=after),
            selected=["day", "back_ordered"],
        )
        seen += [(row["day"].day, row["back_ordered"]) for row in page.nodes]
        assert await page.count() == 3
        if not page.has_next_page:
            break
        after = page.cursors[-1]

    assert seen == [(2, 7), (2, 0), (3, 7)]


async def test_the_workflow_that_is_off_still_has_its_figures(shop: Shop) -> None:
    await update_client_settings(shop.command(), change=SettingsChange(back_order_workflow=False))
    await shop.order("SO-1", TEA=4)

    assert [row[2:4] for row in await report(shop, now=NOW)] == [("TEA", 4)]


async def test_old_days_are_forgotten_with_their_figures(shop: Shop, other: Shop) -> None:
    await a_day(shop)
    for days in range(3):
        await close_yesterday(database=shop.database, now=JUST_AFTER + timedelta(days=days))
    keep = timedelta(days=31)
    closings = "SELECT client_id, extract(day FROM day)::int FROM back_order_closings ORDER BY 1, 2"

    await expire_reports(database=shop.database, now=MIDNIGHT + keep - timedelta(microseconds=1), keep=keep)
    assert len(await shop.tuples(closings)) == 6
    await expire_reports(database=shop.database, now=MIDNIGHT + keep + timedelta(days=1), keep=keep)

    assert await shop.tuples(closings) == [(shop.client_id, 4), (other.client_id, 4)]
    assert await shop.tuples("SELECT DISTINCT extract(day FROM day)::int FROM back_order_days") == [(4,)]
