"""Bulk operations: what is selected, who is skipped, and in whose name (A4, A5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.operations.backlog_skus import create_backlog_skus
from domain.operations.bulk_operations import start_bulk_operation
from domain.operations.confirm_orders import confirm_order
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import BulkAction
from domain.store.reads.eligibility import Selection
from domain.store.reads.orders import OrderFilter
from tests.builders import NOW, Shop
from tests.bulk import EVERYTHING, confirmed, done, figures, finish, results, started, these
from tests.operations.expecting import refused
from tests.operations.invariants import assert_consistent

CREATE = BulkAction.CREATE_BACKLOG_SKUS


@pytest.mark.rule("A4")
@pytest.mark.rule("A5")
async def test_ineligible_orders_are_skipped_with_their_reason(shop: Shop) -> None:
    await shop.stock(CUP=1)
    eligible, has_them, dispatched = await confirmed(shop, 3)
    unconfirmed = await shop.order("SO-9", TEA=1)
    await create_backlog_skus(shop.command(), order_id=has_them)
    await shop.stock(TEA=1)
    await shop.dispatch(dispatched, TEA=1)

    bulk = await started(shop, CREATE, these(unconfirmed, dispatched, has_them, eligible))
    await finish(bulk)

    assert await results(shop, bulk) == [
        (eligible, "SUCCEEDED", None),
        (has_them, "SKIPPED", "BACKLOG_SKUS_ALREADY_CREATED"),
        (dispatched, "SKIPPED", "DISPATCH_EXISTS"),
        (unconfirmed, "SKIPPED", "ORDER_STATUS_NOT_ALLOWED"),
    ]
    assert await figures(shop, bulk) == {
        "status": "COMPLETED",
        "total": 4,
        "processed": 4,
        "succeeded": 1,
        "skipped": 3,
        "failed": 0,
    }
    await assert_consistent(shop.database)


@pytest.mark.rule("A4")
async def test_a_selection_of_one_order_does_what_the_single_mutation_does(shop: Shop) -> None:
    one, other = await confirmed(shop, 2)

    assert await done(shop, CREATE, these(one)) == [(one, "SUCCEEDED", None)]
    await create_backlog_skus(shop.command(), order_id=other)

    looks = """
        SELECT status, delivery_status, queue_status, locked, version,
               (SELECT array_agg((route, requested)) FROM order_lines WHERE order_id = o.id),
               (SELECT array_agg(quantity) FROM backlog_skus WHERE order_id = o.id)
        FROM orders AS o ORDER BY id
    """
    by_bulk, by_hand = await shop.tuples(looks)
    assert by_bulk == by_hand


@pytest.mark.rule("A4")
async def test_a_filter_selects_over_all_pages_when_it_is_executed_minus_exceptions(
    shop: Shop, other: Shop
) -> None:
    orders = await confirmed(shop, 700)
    await confirmed(other, 3)
    selection = Selection(
        order_filter=OrderFilter(status=["OC_CONFIRMED"], search="SO-"), exceptions=[orders[0], orders[699]]
    )

    bulk = await started(shop, CREATE, selection)
    # What is loaded after the execution began does not belong to it.
    late = await shop.order("SO-LATE", TEA=1)
    await confirm_order(shop.command(), order_id=late)
    await finish(bulk)

    assert [order for order, _, _ in await results(shop, bulk)] == orders[1:699]
    assert (await figures(shop, bulk))["succeeded"] == 698
    assert await other.value("SELECT count(*) FROM backlog_skus WHERE client_id = $1", other.client_id) == 0


@pytest.mark.rule("A4")
async def test_a_filter_that_matches_nothing_is_completed_at_once(shop: Shop) -> None:
    bulk = await started(shop, CREATE)

    await finish(bulk)

    assert (await figures(shop, bulk)) == {
        "status": "COMPLETED",
        "total": 0,
        "processed": 0,
        "succeeded": 0,
        "skipped": 0,
        "failed": 0,
    }


@pytest.mark.rule("F11")
async def test_what_a_bulk_operation_does_is_done_by_whoever_started_it(shop: Shop) -> None:
    await confirmed(shop, 1)

    await done(shop, CREATE)

    assert await shop.tuples(
        "SELECT actor, source, action FROM audit_entries WHERE action LIKE 'B%' ORDER BY id"
    ) == [("ada", "tests", "BULK_STARTED"), ("ada", "tests", "BACKLOG_SKUS_CREATED")]


async def test_input_that_selects_nothing_or_says_too_much_is_refused(shop: Shop, other: Shop) -> None:
    order = await shop.order("SO-1", TEA=1)
    foreign = await other.order("SO-1", TEA=1)

    async with refused(shop, ErrorCode.INVALID_INPUT, "selection", "ids"):
        await started(shop, CREATE, these())
    async with refused(shop, ErrorCode.NOT_FOUND, "selection", "ids", "1"):
        await started(shop, CREATE, these(order, foreign))
    async with refused(shop, ErrorCode.INVALID_INPUT, "until"):
        await started(shop, CREATE, these(order), until=NOW + timedelta(days=1))
    async with refused(shop, ErrorCode.INVALID_INPUT, "until"):
        await started(shop, BulkAction.DELAY, these(order), until=NOW)


@pytest.mark.rule("F6")
async def test_a_repeated_start_under_one_key_starts_one_operation(shop: Shop) -> None:
    await confirmed(shop, 2)

    answers = [
        await start_bulk_operation(shop.command(key="k1"), action=CREATE, selection=EVERYTHING)
        for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert await shop.value("SELECT count(*) FROM bulk_operations") == 1
