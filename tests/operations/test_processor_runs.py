"""What a run does with a pool's orders, and what becomes of its plan when they change under it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.confirm_orders import confirm_order
from domain.operations.processor_runs import (
    apply_next_chunk,
    claim_run,
    fail_run,
    finish_run,
    plan_run,
    request_run,
)
from domain.operations.update_marketplace_status import MarketplaceUpdate, update_marketplace_status
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import MarketplaceStatus
from domain.views.explanations import explanations_of, served_before
from tests.builders import MAIN, NOW, Shop
from tests.operations.invariants import assert_consistent
from tests.runs import HOLD_IS_OVER, claimed, decisions, dispatched, figures, order, process, requested

pytestmark = pytest.mark.anyio


@pytest.mark.rule("B4")
async def test_an_order_whose_lines_are_all_available_gets_one_dispatch(shop: Shop) -> None:
    await shop.stock(TEA=3, CUP=1)
    order_id = await shop.order("SO-1", TEA=3, CUP=1)
    tea, cup = await shop.lines_of(order_id)

    run = await claimed(shop)
    await process(run)

    assert await order(shop, order_id) == ("COMMIT", "PROCESSED")
    assert await dispatched(shop) == [(order_id, tea, 3), (order_id, cup, 1)]
    assert await shop.value("SELECT count(*) FROM dispatches") == 1
    assert await figures(shop, run) == {
        "status": "COMPLETED",
        "examined": 1,
        "committed": 1,
        "back_ordered": 0,
        "returned": 0,
        "dispatches": 1,
    }


@pytest.mark.rule("B5")
async def test_an_order_on_hold_with_a_line_missing_returns_to_the_queue_and_reserves_nothing(
    shop: Shop,
) -> None:
    await shop.stock(TEA=3)
    order_id = await shop.order("SO-1", TEA=3, CUP=1)

    run = await claimed(shop)
    await process(run, now=HOLD_IS_OVER - timedelta(microseconds=1))

    assert await order(shop, order_id) == ("CREATE", "QUEUED")
    assert await dispatched(shop) == []
    assert await shop.value("SELECT sum(allocated) FROM stock_levels") == 0
    assert (await figures(shop, run))["returned"] == 1


@pytest.mark.rule("B6")
@pytest.mark.rule("B8")
async def test_after_the_hold_what_is_there_goes_out_and_the_rest_follows_in_one_more_dispatch(
    shop: Shop,
) -> None:
    await shop.stock(TEA=3)
    order_id = await shop.order("SO-1", TEA=3, CUP=1, POT=2)
    tea, cup, pot = await shop.lines_of(order_id)

    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await order(shop, order_id) == ("COMMIT", "PARTIALLY_PROCESSED")
    assert await shop.value("SELECT is_back_order FROM orders")
    assert await dispatched(shop) == [(order_id, tea, 3)]

    await shop.stock(CUP=1)
    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await dispatched(shop) == [(order_id, tea, 3)]

    await shop.stock(POT=2)
    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await order(shop, order_id) == ("COMMIT", "PROCESSED")
    assert await dispatched(shop) == [(order_id, tea, 3), (order_id, cup, 1), (order_id, pot, 2)]
    assert await shop.value("SELECT count(*) FROM dispatches") == 2


@pytest.mark.rule("B7")
async def test_a_single_sku_order_stays_queued_until_all_of_it_fits(shop: Shop) -> None:
    await shop.stock(TEA=4)
    order_id = await shop.order("SO-1", TEA=5)

    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await order(shop, order_id) == ("CREATE", "QUEUED")

    await shop.stock(TEA=5)
    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await order(shop, order_id) == ("COMMIT", "PROCESSED")


@pytest.mark.rule("F1")
async def test_a_run_records_for_each_line_what_it_saw_what_it_got_and_why(shop: Shop) -> None:
    await shop.stock(TEA=5)
    second = await shop.order("SO-2", TEA=3)
    first = await shop.order("SO-1", priority=9, TEA=4)
    run = await claimed(shop)

    await process(run)

    rows = await shop.rows(
        """
        SELECT rank, order_rank, order_id, wanted, stock_seen, given, reason
        FROM run_decisions WHERE run_id = $1 ORDER BY rank
        """,
        run.run_id,
    )
    assert [tuple(row) for row in rows] == [
        (1, 1, first, 4, 5, 4, "ALLOCATED"),
        (2, 2, second, 3, 1, 0, "RETURNED_SINGLE_SKU_PARTIAL"),
    ]


@pytest.mark.rule("F1")
async def test_the_plan_is_voided_for_an_order_cancelled_before_it_was_applied(shop: Shop) -> None:
    await shop.stock(TEA=4)
    cancelled = await shop.order("SO-1", TEA=2)
    kept = await shop.order("SO-2", TEA=2)
    run = await claimed(shop)
    await plan_run(run, now=NOW)

    await cancel_sales_order(shop.command(), number="SO-1")
    assert await apply_next_chunk(run, now=NOW)
    await finish_run(run, now=NOW)

    assert await order(shop, cancelled) == ("CANCELLED", "NOT_QUEUED")
    assert await order(shop, kept) == ("COMMIT", "PROCESSED")
    assert await decisions(shop, run) == [(cancelled, 0, "CHANGED_DURING_RUN"), (kept, 2, "ALLOCATED")]
    assert await shop.row("SELECT on_hand, allocated FROM stock_levels") == {"on_hand": 4, "allocated": 2}
    assert await figures(shop, run) == {
        "status": "COMPLETED",
        "examined": 2,
        "committed": 1,
        "back_ordered": 0,
        "returned": 1,
        "dispatches": 1,
    }


@pytest.mark.rule("B4")
@pytest.mark.rule("C3")
async def test_what_a_marketplace_tells_during_a_run_keeps_no_order_back(shop: Shop) -> None:
    await shop.stock(TEA=2)
    told = await shop.order("SO-1", TEA=1)
    other = await shop.order("SO-2", TEA=1)
    run = await claimed(shop)
    await plan_run(run, now=NOW)

    await update_marketplace_status(
        shop.command(),
        updates=[
            MarketplaceUpdate(order_number="SO-1", marketplace_status=MarketplaceStatus.ACCEPTED),
            MarketplaceUpdate(order_number="SO-2", shipping_agency="DHL"),
        ],
    )
    assert await apply_next_chunk(run, now=NOW)
    await finish_run(run, now=NOW)

    # Another carrier may mean another hold time (B3).
    assert await decisions(shop, run) == [(told, 1, "ALLOCATED"), (other, 0, "CHANGED_DURING_RUN")]
    assert await order(shop, told) == ("COMMIT", "PROCESSED")
    assert await order(shop, other) == ("CREATE", "QUEUED")
    await assert_consistent(shop.database)


@pytest.mark.rule("F1")
async def test_who_came_before_is_told_even_if_the_plan_was_voided_for_it(shop: Shop) -> None:
    await shop.stock(TEA=2)
    early = await shop.order("SO-1", TEA=2)
    late = await shop.order("SO-2", TEA=2)
    run = await claimed(shop)
    await plan_run(run, now=NOW)
    await cancel_sales_order(shop.command(), number="SO-1")
    assert await apply_next_chunk(run, now=NOW)
    await finish_run(run, now=NOW)

    (first,), (second,) = await shop.lines_of(early), await shop.lines_of(late)
    (explained,) = await explanations_of(shop.database, client_id=shop.client_id, line_ids=[second])

    assert explained is not None
    assert explained.reason == "SERVED_BEFORE_BY_OTHERS"
    (before,) = await served_before(
        shop.database, client_id=shop.client_id, decisions=[explained], selected={"id"}
    )
    assert [line["id"] for line in before] == [first]


@pytest.mark.rule("F1")
async def test_stock_taken_between_planning_and_applying_is_never_oversold(shop: Shop) -> None:
    await shop.stock(TEA=6, CUP=9)
    first = await shop.order("SO-1", TEA=2, CUP=1)
    second = await shop.order("SO-2", TEA=3, CUP=1)
    third = await shop.order("SO-3", TEA=1, CUP=1)
    run = await claimed(shop)
    await plan_run(run, now=NOW)

    await shop.stock(TEA=4)
    assert await apply_next_chunk(run, now=NOW)
    await finish_run(run, now=NOW)

    assert await decisions(shop, run) == [
        (first, 2, "ALLOCATED"),
        (first, 1, "ALLOCATED"),
        (second, 0, "STOCK_TAKEN_DURING_RUN"),
        (second, 0, "STOCK_TAKEN_DURING_RUN"),
        (third, 1, "ALLOCATED"),
        (third, 1, "ALLOCATED"),
    ]
    assert await shop.value("SELECT allocated FROM stock_levels WHERE on_hand = 4") == 3
    assert await order(shop, second) == ("CREATE", "QUEUED")


@pytest.mark.rule("D1")
async def test_a_run_leaves_coverage_as_it_is_after_what_it_gave_away(shop: Shop) -> None:
    await shop.stock(TEA=4, CUP=1)
    await shop.order("SO-1", TEA=2, CUP=2)
    second = await shop.order("SO-2", TEA=2)
    await process(await claimed(shop), now=HOLD_IS_OVER)

    rows = await shop.rows("SELECT order_id, open, back_ordered FROM pool_demand ORDER BY line_id")
    assert await order(shop, second) == ("COMMIT", "PROCESSED")
    assert [tuple(row) for row in rows] == [(1, 2, 1)]


@pytest.mark.rule("D1")
async def test_an_order_is_back_ordered_in_full_once_only_its_missing_lines_are_open(
    shop: Shop,
) -> None:
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=2, POT=1)
    assert await shop.value("SELECT back_order_status FROM orders") == "PARTIAL"

    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await shop.value("SELECT back_order_status FROM orders") == "FULL"

    await shop.stock(POT=1)
    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await shop.value("SELECT back_order_status FROM orders") == "NONE"


@pytest.mark.rule("A9")
async def test_where_confirmation_is_required_only_confirmed_orders_are_processed(shop: Shop) -> None:
    await shop.settings(require_order_confirmation=True)
    await shop.stock(TEA=4)
    await shop.order("SO-1", TEA=2)
    confirmed = await shop.order("SO-2", TEA=2)
    await shop.write("UPDATE orders SET confirmed_at = $1 WHERE id = $2", NOW, confirmed)

    await process(await claimed(shop))

    assert [order_id for order_id, _, _ in await dispatched(shop)] == [confirmed]


@pytest.mark.rule("A9")
@pytest.mark.rule("F1")
async def test_what_waits_for_its_confirmation_is_explained_so_and_not_by_an_older_run(shop: Shop) -> None:
    waiting = await shop.order("SO-1", TEA=2)
    answered = await shop.order("SO-2", TEA=2)
    await process(await claimed(shop))
    await shop.settings(require_order_confirmation=True)
    await shop.stock(TEA=4)
    await confirm_order(shop.command(), order_id=answered)
    never_seen = await shop.order("SO-3", TEA=2)
    lines = [line for order_id in (waiting, answered, never_seen) for line in await shop.lines_of(order_id)]

    await process(await claimed(shop))

    async def reasons() -> list[str | None]:
        found = await explanations_of(shop.database, client_id=shop.client_id, line_ids=lines)
        return [None if explained is None else explained.reason for explained in found]

    assert await reasons() == ["NOT_CONFIRMED", "ALLOCATED", "NOT_CONFIRMED"]
    await shop.settings(require_order_confirmation=False)
    assert await reasons() == ["NOTHING_AVAILABLE", "ALLOCATED", None]


async def test_a_run_touches_nothing_of_another_client(shop: Shop, other: Shop) -> None:
    await other.stock(TEA=2)
    foreign = await other.order("SO-1", TEA=2)

    with pytest.raises(Refusal) as refused:
        await request_run(
            shop.command(), distribution_center_id=await other.id_of("distribution_centers", MAIN)
        )
    assert refused.value.code is ErrorCode.NOT_FOUND
    run = await requested(other)
    assert await claim_run(replace(run, client_id=shop.client_id), now=NOW) is None
    await process(await claimed(shop))

    assert await order(other, foreign) == ("CREATE", "QUEUED")


@pytest.mark.rule("F5")
async def test_a_run_tells_of_each_order_it_changed_once_and_of_itself_at_every_step(
    shop: Shop,
) -> None:
    await shop.stock(TEA=4)
    ids = [await shop.order(f"SO-{number}", TEA=2) for number in range(3)]
    await shop.write("DELETE FROM event_outbox")
    run = await claimed(shop)

    await process(run, now=datetime(2026, 3, 2, 9, tzinfo=UTC), size=1)

    rows = await shop.rows(
        "SELECT topic, subject_id, data FROM event_outbox WHERE topic IN ('ORDER', 'RUN') ORDER BY id"
    )
    told = [(row["topic"], row["subject_id"]) for row in rows if row["topic"] == "ORDER"]
    assert told == [("ORDER", ids[0]), ("ORDER", ids[1])]
    # Requested, claimed, three chunks, completed.
    assert [row["subject_id"] for row in rows if row["topic"] == "RUN"] == [run.run_id] * 6


@pytest.mark.rule("D3")
async def test_a_run_that_fails_leaves_coverage_as_it_is_after_what_it_gave_away(shop: Shop) -> None:
    await shop.stock(TEA=3)
    await shop.order("SO-1", TEA=5)
    await shop.order("SO-2", TEA=2)
    run = await claimed(shop)
    await plan_run(run, now=NOW)
    await apply_next_chunk(run, now=NOW)

    await fail_run(run, failure="The worker broke.", now=NOW)

    assert await shop.tuples("SELECT back_ordered FROM pool_demand") == [(4,)]
    await assert_consistent(shop.database)
