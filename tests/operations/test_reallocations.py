"""Plans of reallocations: what they say, and that they are applied exactly or not at all (F3)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from domain.operations.apply_reallocation import apply_reallocation
from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.dispatches import cancel_dispatch, pack_dispatch
from domain.operations.line_pins import pin_order_line
from domain.operations.plan_reallocation import plan_reallocation
from domain.operations.reallocation_variants import delete_reallocation_variant
from domain.operations.update_marketplace_status import MarketplaceUpdate, update_marketplace_status
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import ConfirmationStrategy as Does
from domain.rules.vocabulary import MarketplaceStatus, SegmentSort, UnmetWin
from tests.builders import MAIN, Shop
from tests.operations.expecting import audited, clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent
from tests.reallocations import (
    WIN_IF_URGENT,
    decisions,
    on_dispatches,
    on_lines,
    planned,
    reallocated,
    segment,
    variant,
)
from tests.runs import HOLD_IS_OVER, claimed, order, process

pytestmark = pytest.mark.anyio


@pytest.mark.rule("F3")
async def test_a_plan_says_what_every_line_would_gain_and_lose_and_changes_nothing_else(shop: Shop) -> None:
    await shop.stock(TEA=4)
    usual = await shop.order("SO-1", TEA=3)
    await shop.dispatch(usual, TEA=3)
    urgent = await shop.order("SO-2", priority=5, TEA=4)
    by = await variant(shop, *WIN_IF_URGENT)
    before = await everything(shop.database)

    plan = await planned(shop, by)

    assert await decisions(shop, plan) == [
        (urgent, 0, 4, "COMPLETE"),
        (usual, 3, 0, "TAKEN_BY_OTHERS"),
    ]
    assert await shop.row(
        """
        SELECT orders_examined, lines_gained, lines_lost, units_gained, units_lost, wins_unmet, applied_at
        FROM reallocation_plans
        """
    ) == {
        "orders_examined": 2,
        "lines_gained": 1,
        "lines_lost": 1,
        "units_gained": 4,
        "units_lost": 3,
        "wins_unmet": 0,
        "applied_at": None,
    }
    after = await everything(shop.database)
    assert {name for name in after if after[name] != before[name]} == {
        "reallocation_plans",
        "reallocation_decisions",
    }


@pytest.mark.rule("F3")
@pytest.mark.parametrize("forgotten", [[1], [2], [1, 2]])
async def test_of_a_plan_that_is_being_forgotten_nothing_is_applied(shop: Shop, forgotten: list[int]) -> None:
    await shop.stock(TEA=4)
    await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)
    await shop.order("SO-2", priority=5, TEA=4)
    plan = await planned(shop, await variant(shop, *WIN_IF_URGENT))
    # Retention forgets it part by part, and may be ended in between.
    await shop.write(
        "DELETE FROM reallocation_decisions WHERE plan_id = $1 AND place = ANY($2)", plan, forgotten
    )

    async with refused(shop, ErrorCode.NOT_FOUND, "planId", says="forgotten"):
        await apply_reallocation(shop.command(), plan_id=plan)


@pytest.mark.rule("F3")
@pytest.mark.rule("F8")
async def test_an_applied_plan_is_done_exactly_and_what_it_emptied_is_cancelled(shop: Shop) -> None:
    await shop.stock(TEA=4)
    usual = await shop.order("SO-1", TEA=3)
    await shop.dispatch(usual, TEA=3)
    urgent = await shop.order("SO-2", priority=5, TEA=4)

    await reallocated(shop, *WIN_IF_URGENT)

    assert await on_lines(shop) == [(usual, 0), (urgent, 4)]
    assert await on_dispatches(shop) == [
        (usual, "CANCELLED", "REALLOCATED", 3),
        (urgent, "CREATED", None, 4),
    ]
    assert await order(shop, usual) == ("CREATE", "QUEUED")
    assert await order(shop, urgent) == ("COMMIT", "PROCESSED")
    assert await shop.tuples("SELECT back_order_status FROM orders ORDER BY id") == [("FULL",), ("NONE",)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
@pytest.mark.rule("F5")
@pytest.mark.rule("F11")
async def test_orders_that_changed_tell_their_subscribers_and_their_trail_says_what_changed(
    shop: Shop,
) -> None:
    await shop.stock(TEA=3)
    usual = await shop.order("SO-1", TEA=3)
    dispatch = await shop.dispatch(usual, TEA=3)
    urgent = await shop.order("SO-2", priority=5, TEA=3)
    await shop.order("SO-3", CUP=1)
    plan = await planned(shop, await variant(shop, *WIN_IF_URGENT))
    (of_usual,), (of_urgent,) = await shop.lines_of(usual), await shop.lines_of(urgent)
    await clear_records(shop)

    await apply_reallocation(shop.command(), plan_id=plan)

    assert [event[:3] for event in await told(shop) if event[0] == "ORDER"] == [
        ("ORDER", "applyReallocation", usual),
        ("ORDER", "applyReallocation", urgent),
    ]
    trail = [entry for entry in await audited(shop) if entry[0] != "DISPATCH_CREATED"]
    assert trail == [
        (
            "DISPATCH_CANCELLED",
            usual,
            {"dispatch": dispatch, "status": "CREATED"},
            {"status": "CANCELLED", "reason": "REALLOCATED", "requeued": True},
        ),
        (
            "ORDER_REALLOCATED",
            usual,
            {"lines": {str(of_usual): 3}},
            {"lines": {str(of_usual): 0}, "reallocation": plan},
        ),
        (
            "ORDER_REALLOCATED",
            urgent,
            {"lines": {str(of_urgent): 0}},
            {"lines": {str(of_urgent): 3}, "reallocation": plan},
        ),
        ("REALLOCATION_APPLIED", None, None, {"reallocation": plan, "variant": 1}),
    ]


@pytest.mark.rule("F3")
async def test_an_order_belongs_to_the_first_segment_that_takes_it_and_is_left_alone_without_one(
    shop: Shop,
) -> None:
    await shop.stock(TEA=6)
    for number in range(3):
        await shop.dispatch(await shop.order(f"SO-{number}", TEA=2), TEA=2)

    plan = await reallocated(
        shop,
        segment(Does.LOSE, order_numbers=["SO-0"], sku_codes=["TEA"]),
        segment(Does.SKIP, order_numbers=["SO-0", "SO-1"], min_age_hours=0),
    )

    assert [decision[1:] for decision in await decisions(shop, plan)] == [
        (2, 0, "GIVEN_UP"),
        (2, 2, "COMPLETE"),
    ]
    assert [units for _, units in await on_lines(shop)] == [0, 2, 2]


@pytest.mark.rule("F3")
async def test_a_segment_can_complete_the_most_orders(shop: Shop) -> None:
    await shop.stock(TEA=4)
    big = await shop.order("SO-1", TEA=4)
    await shop.dispatch(big, TEA=4)
    small = [await shop.order(f"SO-{number}", TEA=2) for number in (2, 3)]

    await reallocated(shop, segment(Does.REDISTRIBUTE, sort=SegmentSort.SMALLEST_FIRST))

    assert await on_lines(shop) == [(big, 0), (small[0], 2), (small[1], 2)]


@pytest.mark.rule("F3")
async def test_with_stop_a_plan_in_which_a_winner_can_not_have_all_is_not_applied(shop: Shop) -> None:
    await shop.stock(TEA=3)
    await shop.order("SO-1", TEA=4)
    await shop.order("SO-2", TEA=2)
    plan = await planned(shop, await variant(shop, segment(Does.WIN), unmet_win=UnmetWin.STOP))

    async with refused(shop, ErrorCode.INSUFFICIENT_STOCK, "planId", says="1 orders"):
        await apply_reallocation(shop.command(), plan_id=plan)


CHANGES = {
    "an order is loaded": lambda shop: shop.order("SO-9", CUP=1),
    "stock comes in": lambda shop: shop.stock(TEA=9),
    "an order is cancelled": lambda shop: cancel_sales_order(shop.command(), number="SO-2"),
    "the variant changes": lambda shop: variant(shop, segment(Does.LOSE)),
    "the variant is deleted": lambda shop: delete_reallocation_variant(shop.command(), variant_id=1),
    "a dispatch is packed": lambda shop: pack_dispatch(shop.command(), dispatch_id=1),
    "a line is pinned": lambda shop: pin_order_line(shop.command(), line_id=1, reason="mine"),
    "a run is under way": claimed,
    "a marketplace tells of another carrier": lambda shop: update_marketplace_status(
        shop.command(), updates=[MarketplaceUpdate(order_number="SO-1", shipping_agency="DHL")]
    ),
}


@pytest.mark.rule("F3")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_plan_is_stale_when_what_it_was_made_from_has_changed(shop: Shop, change: object) -> None:
    await shop.stock(TEA=3)
    await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)
    await shop.order("SO-2", priority=5, TEA=3)
    plan = await planned(shop, await variant(shop, *WIN_IF_URGENT))
    assert callable(change)
    await change(shop)

    async with refused(shop, ErrorCode.STALE_PLAN, "planId"):
        await apply_reallocation(shop.command(), plan_id=plan)


@pytest.mark.rule("C3")
@pytest.mark.rule("F3")
async def test_what_a_marketplace_tells_of_an_order_that_loses_or_gains_leaves_a_plan_fresh(
    shop: Shop,
) -> None:
    await shop.stock(TEA=3)
    loser = await shop.order("SO-1", TEA=3)
    await shop.dispatch(loser, TEA=3)
    winner = await shop.order("SO-2", priority=5, TEA=3)
    plan = await planned(shop, await variant(shop, *WIN_IF_URGENT))
    await update_marketplace_status(
        shop.command(),
        updates=[
            MarketplaceUpdate(order_number=number, marketplace_status=MarketplaceStatus.ACCEPTED)
            for number in ("SO-1", "SO-2")
        ],
    )

    await apply_reallocation(shop.command(), plan_id=plan)

    units = "SELECT order_id, allocated FROM order_lines ORDER BY order_id"
    assert await shop.tuples(units) == [(loser, 0), (winner, 3)]
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
@pytest.mark.rule("F6")
async def test_a_plan_is_applied_once_whoever_asks_and_how_often(shop: Shop) -> None:
    await shop.stock(TEA=3)
    await shop.dispatch(await shop.order("SO-1", TEA=3), TEA=3)
    await shop.order("SO-2", priority=5, TEA=3)
    plan = await planned(shop, await variant(shop, *WIN_IF_URGENT))

    answers = await asyncio.gather(
        *(apply_reallocation(shop.command(key=key), plan_id=plan) for key in ("a", "b", "a", None))
    )

    assert {answer.plan_id for answer in answers} == {plan}
    assert await shop.value("SELECT count(*) FROM audit_entries WHERE action = 'REALLOCATION_APPLIED'") == 1
    assert await shop.value("SELECT count(*) FROM dispatches") == 2
    await assert_consistent(shop.database)


@pytest.mark.rule("F3")
async def test_a_pool_that_a_run_has_just_processed_has_nothing_to_gain(shop: Shop) -> None:
    await shop.stock(TEA=6, CUP=2)
    for number, units in enumerate((3, 2, 2)):
        await shop.order(f"SO-{number}", TEA=units, CUP=1)
    await process(await claimed(shop), now=HOLD_IS_OVER)

    plan = await planned(shop, await variant(shop, segment(Does.REDISTRIBUTE)), now=HOLD_IS_OVER)

    assert [had - has for _, had, has, _ in await decisions(shop, plan)] == [0] * 6


@pytest.mark.rule("F3")
async def test_what_another_client_has_is_not_found(shop: Shop, other: Shop) -> None:
    pool = await shop.id_of("distribution_centers", MAIN)
    theirs = await other.id_of("distribution_centers", MAIN)
    their_variant = await variant(other, segment(Does.LOSE))
    mine = await variant(shop, segment(Does.LOSE))
    await other.dispatch(await _stocked(other), TEA=1)
    their_plan = await planned(other, their_variant)

    async with refused(shop, ErrorCode.NOT_FOUND, "distributionCenter"):
        await plan_reallocation(shop.command(), distribution_center_id=theirs, variant_id=mine)
    async with refused(shop, ErrorCode.NOT_FOUND, "variant"):
        await plan_reallocation(shop.command(), distribution_center_id=pool, variant_id=their_variant)
    async with refused(shop, ErrorCode.NOT_FOUND, "planId"):
        await apply_reallocation(shop.command(), plan_id=their_plan)


async def _stocked(shop: Shop) -> int:
    await shop.stock(TEA=1)
    return await shop.order("SO-T", TEA=1)


@pytest.mark.rule("F3")
async def test_reallocations_runs_and_cancellations_at_once_leave_everything_in_order(shop: Shop) -> None:
    await shop.stock(TEA=30, CUP=20)
    for number in range(20):
        await shop.order(f"SO-{number}", priority=number % 3, TEA=2 + number % 3, CUP=1)
    await process(await claimed(shop), now=HOLD_IS_OVER)
    by = await variant(shop, segment(Does.WIN, priority_from=2), segment(Does.REDISTRIBUTE))
    applied = 0

    async def reallocate() -> None:
        nonlocal applied
        for _ in range(6):
            plan = await planned(shop, by, now=HOLD_IS_OVER)
            with suppress(Refusal):
                await apply_reallocation(shop.command(now=HOLD_IS_OVER), plan_id=plan)
                applied += 1

    async def cancel_and_pack() -> None:
        for (dispatch,) in (await shop.tuples("SELECT id FROM dispatches ORDER BY id"))[:6]:
            command = shop.command()
            with suppress(Refusal):
                await (
                    pack_dispatch(command, dispatch_id=dispatch)
                    if dispatch % 2
                    else cancel_dispatch(command, dispatch_id=dispatch, reason_code="LOST", requeue=True)
                )

    async def run() -> None:
        await process(await claimed(shop, holder="second"), now=HOLD_IS_OVER, size=5)

    await asyncio.gather(reallocate(), run(), cancel_and_pack(), reallocate())
    await reallocated(shop, segment(Does.IMPROVE), now=HOLD_IS_OVER)

    assert (
        await shop.value("SELECT count(*) FROM reallocation_plans WHERE applied_at IS NOT NULL")
        == applied + 1
    )
    await assert_consistent(shop.database)
