"""Plans are carried out exactly or not at all (F2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.operations.apply_allocation_plan import apply_allocation_plan
from domain.operations.backlog_skus import create_backlog_skus
from domain.operations.cancel_orders import cancel_sales_order
from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.confirm_orders import confirm_order
from domain.operations.dispatches import ship_dispatch
from domain.operations.hold_rules import NewHoldRule, set_hold_rule
from domain.operations.plan_allocation import plan_allocation
from domain.operations.processor_runs import plan_run
from domain.operations.update_marketplace_status import MarketplaceUpdate, update_marketplace_status
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import MarketplaceStatus
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import everything, refused
from tests.operations.invariants import assert_consistent
from tests.operations.planned import planned, receipts
from tests.pools import expected_dispatches, made_dispatches, random_pool, set_up
from tests.runs import HOLD_IS_OVER, claimed, dispatched, figures, order, process

pytestmark = pytest.mark.anyio


async def told_of(shop: Shop, number: str, **news: Any) -> None:
    """A marketplace tells of an order."""
    await update_marketplace_status(shop.command(), updates=[MarketplaceUpdate(order_number=number, **news)])


@pytest.mark.rule("F2")
async def test_a_plan_is_applied_exactly_by_a_run_of_its_own(shop: Shop) -> None:
    await shop.stock(TEA=3, CUP=1)
    first = await shop.order("SO-1", TEA=3, POT=1)
    second = await shop.order("SO-2", CUP=1)
    tea, _ = await shop.lines_of(first)
    (cup,) = await shop.lines_of(second)
    plan = await planned(shop, now=HOLD_IS_OVER)

    # What is held at this moment was not at the plan's: it is the plan that is applied.
    applied = await apply_allocation_plan(shop.command(), plan_id=plan)

    assert await dispatched(shop) == [(first, tea, 3), (second, cup, 1)]
    assert await order(shop, first) == ("COMMIT", "PARTIALLY_PROCESSED")
    assert await order(shop, second) == ("COMMIT", "PROCESSED")
    run = await shop.row(
        """
        SELECT id, status, requested_by, planned_lines, applied_rank, orders_examined, orders_committed,
               orders_back_ordered, orders_returned, dispatches_created, finished_at
        FROM processor_runs
        """
    )
    assert run == {
        "id": applied.run_id,
        "status": "COMPLETED",
        "requested_by": "ada",
        "planned_lines": 3,
        "applied_rank": 3,
        "orders_examined": 2,
        "orders_committed": 1,
        "orders_back_ordered": 1,
        "orders_returned": 0,
        "dispatches_created": 2,
        "finished_at": NOW,
    }
    assert await shop.tuples(
        "SELECT order_id, given, reason FROM run_decisions WHERE run_id = $1 ORDER BY rank", applied.run_id
    ) == [(first, 3, "ALLOCATED"), (first, 0, "NOTHING_AVAILABLE"), (second, 1, "ALLOCATED")]
    await assert_consistent(shop.database)


@pytest.mark.rule("F2")
@pytest.mark.parametrize("seed", range(3))
async def test_an_applied_plan_does_what_a_run_has_to_do(shop: Shop, seed: int) -> None:
    pool = random_pool(seed=seed, orders=60, skus=8)
    await set_up(shop, pool, now=NOW)

    await apply_allocation_plan(shop.command(), plan_id=await planned(shop))

    assert await made_dispatches(shop) == await expected_dispatches(shop, pool)
    await assert_consistent(shop.database)


@pytest.mark.rule("F2")
async def test_a_plan_applied_again_answers_with_the_same_run(shop: Shop) -> None:
    await shop.stock(TEA=3)
    await shop.order("SO-1", TEA=3)
    plan = await planned(shop)
    first = await apply_allocation_plan(shop.command(), plan_id=plan)
    before = await everything(shop.database)

    assert await apply_allocation_plan(shop.command(), plan_id=plan) == first

    assert await everything(shop.database) == before


@pytest.mark.rule("F2")
async def test_of_a_plan_that_is_being_forgotten_nothing_is_applied(shop: Shop) -> None:
    await shop.stock(TEA=3, CUP=1)
    await shop.order("SO-1", TEA=3)
    await shop.order("SO-2", CUP=1)
    plan = await planned(shop)
    # Retention forgets it part by part, and may be ended in between.
    await shop.write("DELETE FROM plan_decisions WHERE plan_id = $1 AND rank = 1", plan)

    async with refused(shop, ErrorCode.NOT_FOUND, "planId", says="forgotten"):
        await apply_allocation_plan(shop.command(), plan_id=plan)


@pytest.mark.rule("F2")
async def test_of_many_who_apply_a_plan_at_once_one_does(shop: Shop) -> None:
    await shop.stock(TEA=9)
    for number in range(3):
        await shop.order(f"SO-{number}", TEA=3)
    plan = await planned(shop)

    runs = await asyncio.gather(*(apply_allocation_plan(shop.command(), plan_id=plan) for _ in range(5)))

    assert len({applied.run_id for applied in runs}) == 1
    assert len(await dispatched(shop)) == 3
    await assert_consistent(shop.database)


@pytest.mark.rule("F2")
@pytest.mark.parametrize("change", ["stock", "order", "cancellation", "confirmation", "settings", "run"])
async def test_a_plan_whose_inputs_have_changed_is_stale_and_nothing_of_it_is_applied(
    shop: Shop, change: str
) -> None:
    await shop.stock(TEA=5)
    await shop.order("SO-1", TEA=2)
    await shop.order("SO-2", TEA=3)
    plan = await planned(shop)
    match change:
        case "stock":
            await shop.stock(TEA=4)
        case "order":
            await shop.order("SO-3", priority=5, TEA=1)
        case "cancellation":
            await cancel_sales_order(shop.command(), number="SO-2")
        case "confirmation":
            await confirm_order(shop.command(), order_id=1)
        case "settings":
            await update_client_settings(shop.command(), change=SettingsChange(hold_hours=0))
        case "run":
            await process(await claimed(shop))

    async with refused(shop, ErrorCode.STALE_PLAN, "planId", says="changed since the plan was made"):
        await apply_allocation_plan(shop.command(), plan_id=plan)


@pytest.mark.rule("B3")
@pytest.mark.rule("F2")
async def test_a_plan_is_stale_when_an_order_to_which_it_gave_nothing_has_another_carrier(shop: Shop) -> None:
    await shop.stock(TEA=1)
    await shop.order("SO-1", TEA=1, CUP=1)
    await set_hold_rule(shop.command(), rule=NewHoldRule(shipping_agency="DHL", hours=0))
    plan = await planned(shop)

    await told_of(shop, "SO-1", shipping_agency="DHL")

    async with refused(shop, ErrorCode.STALE_PLAN, "planId", says="changed since the plan was made"):
        await apply_allocation_plan(shop.command(), plan_id=plan)


@pytest.mark.rule("C3")
@pytest.mark.rule("F2")
async def test_what_a_marketplace_tells_of_an_order_that_gets_something_leaves_a_plan_fresh(
    shop: Shop,
) -> None:
    await shop.stock(TEA=1)
    order = await shop.order("SO-1", TEA=1)
    (tea,) = await shop.lines_of(order)
    plan = await planned(shop)
    version = await shop.value("SELECT version FROM orders")

    await told_of(shop, "SO-1", marketplace_status=MarketplaceStatus.ACCEPTED)
    await told_of(shop, "SO-1", invoice_code="I-1", sales_order_code="S-1", marketplace_invoice_number="M-1")

    assert await shop.value("SELECT version FROM orders") == version + 2
    await apply_allocation_plan(shop.command(), plan_id=plan)
    assert await dispatched(shop) == [(order, tea, 1)]


@pytest.mark.rule("C3")
@pytest.mark.rule("F2")
@pytest.mark.parametrize("obstacle", ["dispatched", "shipped", "Backlog SKUs", "cancelled by the client"])
async def test_what_a_customer_cancels_and_can_not_be_cancelled_here_leaves_a_plan_fresh(
    shop: Shop, obstacle: str
) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=1)
    match obstacle:
        case "dispatched":
            await shop.dispatch(order, TEA=1)
        case "shipped":
            await ship_dispatch(shop.command(), dispatch_id=await shop.dispatch(order, TEA=1))
        case "Backlog SKUs":
            await confirm_order(shop.command(), order_id=order)
            await create_backlog_skus(shop.command(), order_id=order)
        case "cancelled by the client":
            await shop.cancel("SO-1")
    await shop.order("SO-2", TEA=1)
    plan = await planned(shop)

    for _ in range(2):
        await told_of(shop, "SO-1", marketplace_status=MarketplaceStatus.CANCELLED)

    await apply_allocation_plan(shop.command(), plan_id=plan)
    assert await shop.value("SELECT queue_status FROM orders WHERE number = 'SO-2'") == "PROCESSED"
    await assert_consistent(shop.database)


@pytest.mark.rule("C3")
@pytest.mark.rule("F2")
async def test_what_a_customer_cancels_and_is_cancelled_here_makes_a_plan_stale(shop: Shop) -> None:
    await shop.stock(TEA=1)
    await shop.order("SO-1", TEA=1)
    await shop.order("SO-2", TEA=1)
    plan = await planned(shop)

    await told_of(shop, "SO-1", marketplace_status=MarketplaceStatus.CANCELLED)

    async with refused(shop, ErrorCode.STALE_PLAN, "planId", says="changed since the plan was made"):
        await apply_allocation_plan(shop.command(), plan_id=plan)


@pytest.mark.rule("C3")
@pytest.mark.rule("F2")
async def test_what_a_marketplace_tells_again_leaves_a_plan_fresh(shop: Shop) -> None:
    await shop.stock(TEA=1)
    await shop.order("SO-1", TEA=1)
    await shop.order("SO-2", TEA=1)
    gone = {"marketplace_status": MarketplaceStatus.CANCELLED, "shipping_agency": "DHL"}
    await told_of(shop, "SO-2", **gone)
    plan = await planned(shop)

    await told_of(shop, "SO-2", **gone)
    await told_of(shop, "SO-2", invoice_code="I-1")

    await apply_allocation_plan(shop.command(), plan_id=plan)
    assert len(await dispatched(shop)) == 1


@pytest.mark.rule("F2")
async def test_a_change_in_another_pool_leaves_a_plan_fresh(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    await shop.stock(TEA=5)
    await shop.order("SO-1", TEA=2)
    plan = await planned(shop)
    await shop.stock("EAST", TEA=4)

    await apply_allocation_plan(shop.command(), plan_id=plan)

    assert len(await dispatched(shop)) == 1


@pytest.mark.rule("F2")
async def test_a_plan_of_what_is_only_supposed_is_never_applied(shop: Shop) -> None:
    await shop.order("SO-1", TEA=2)
    plan = await planned(shop, receipts(TEA=2))

    async with refused(shop, ErrorCode.STALE_PLAN, "planId", says="takes for granted what is not so"):
        await apply_allocation_plan(shop.command(), plan_id=plan)


@pytest.mark.rule("F2")
@pytest.mark.rule("B2")
async def test_a_plan_is_not_applied_while_a_run_of_its_pool_is_under_way(shop: Shop) -> None:
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=2)
    run = await claimed(shop)
    await plan_run(run, now=NOW)
    plan = await planned(shop)

    async with refused(shop, ErrorCode.STALE_PLAN, "planId", says="is at work"):
        await apply_allocation_plan(shop.command(), plan_id=plan)
    await process(run)
    assert (await figures(shop, run))["committed"] == 1


@pytest.mark.rule("F2")
async def test_a_plan_and_what_makes_it_stale_at_the_same_time_never_both_pass(shop: Shop) -> None:
    await shop.stock(TEA=2)
    await shop.order("SO-1", TEA=2)

    for attempt in range(10):
        plan = await planned(shop)
        applied, cancelled = await asyncio.gather(
            apply_allocation_plan(shop.command(), plan_id=plan),
            cancel_sales_order(shop.command(), number=f"SO-{attempt + 1}"),
            return_exceptions=True,
        )
        made = await dispatched(shop)
        if isinstance(applied, Refusal):
            assert applied.code is ErrorCode.STALE_PLAN
            assert made == []
            assert not isinstance(cancelled, BaseException)
        else:
            assert len(made) == 1
            assert isinstance(cancelled, Refusal)
            break
        await shop.order(f"SO-{attempt + 2}", TEA=2)
    await assert_consistent(shop.database)


@pytest.mark.rule("F2")
async def test_a_plan_of_another_client_is_not_there(shop: Shop, other: Shop) -> None:
    await other.order("SO-1", TEA=1)
    foreign = await planned(other)

    async with refused(shop, ErrorCode.NOT_FOUND, "planId"):
        await apply_allocation_plan(shop.command(), plan_id=foreign)
    async with refused(shop, ErrorCode.NOT_FOUND, "distributionCenter"):
        await plan_allocation(
            shop.command(), distribution_center_id=await other.id_of("distribution_centers", MAIN)
        )
