"""Bulk operations: what is selected, what is done to it, and that it is done once (A4-A6)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from time import perf_counter

import pytest

from domain.operations.backlog_skus import create_backlog_skus
from domain.operations.bulk_operations import cancel_bulk_operation, start_bulk_operation
from domain.operations.bulk_processing import claim_bulk, hand_over_bulk, process_next_chunk
from domain.operations.confirm_orders import confirm_order
from domain.operations.leasing import LeaseLostError
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine
from domain.operations.store_connections import NewConnection, set_store_connection
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import BulkAction, ConnectorKind, DistributionCenterKind
from domain.store.reads.eligibility import Question, Selection
from domain.store.reads.orders import OrderFilter
from domain.views.bulk_operations import preview
from tests.builders import NOW, Shop, sales_order
from tests.bulk import EVERYTHING, done, figures, finish, load, results, started, these
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent

CREATE = BulkAction.CREATE_BACKLOG_SKUS


async def confirmed(shop: Shop, count: int) -> list[int]:
    """Confirmed orders of one TEA each, by rank."""
    await shop.sku("TEA")
    orders = await load(shop, [sales_order(f"SO-{number}", TEA=1) for number in range(count)])
    await shop.write("UPDATE orders SET status = 'OC_CONFIRMED', confirmed_at = $1", NOW)
    return orders


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


@pytest.mark.rule("A6")
async def test_repeated_execution_creates_nothing_twice(shop: Shop) -> None:
    orders = await confirmed(shop, 5)
    await done(shop, CREATE)

    again = await done(shop, CREATE)

    assert again == [(order, "SKIPPED", "BACKLOG_SKUS_ALREADY_CREATED") for order in orders]
    assert await shop.value("SELECT count(*) FROM backlog_skus") == 5


@pytest.mark.rule("A6")
async def test_a_worker_that_dies_between_chunks_is_replaced_by_one_that_goes_on(shop: Shop) -> None:
    orders = await confirmed(shop, 10)
    bulk = await started(shop, CREATE)
    assert await claim_bulk(bulk, now=NOW)
    assert await process_next_chunk(bulk, now=NOW, size=3)
    assert await process_next_chunk(bulk, now=NOW, size=3)
    second = replace(bulk, holder="second")
    assert await claim_bulk(second, now=NOW) is None, "the lease of the first is not over"

    await hand_over_bulk(bulk)
    await finish(second, size=3)

    with pytest.raises(LeaseLostError):
        await process_next_chunk(bulk, now=NOW, size=3)
    assert [order for order, outcome, _ in await results(shop, bulk) if outcome == "SUCCEEDED"] == orders
    assert (await figures(shop, bulk))["status"] == "COMPLETED"
    created = [entry for entry in await audited(shop) if entry[0] == "BACKLOG_SKUS_CREATED"]
    assert [entry[1] for entry in created] == orders, "once each"


@pytest.mark.rule("A6")
async def test_a_chunk_of_a_worker_that_has_lost_its_lease_meanwhile_is_not_committed(shop: Shop) -> None:
    await confirmed(shop, 4)
    bulk = await started(shop, CREATE)
    assert await claim_bulk(bulk, now=NOW)

    async with shop.database.transaction() as thief:
        # The chunk has read that it is ours, and finds out when it records its results.
        await thief.sql.execute("UPDATE stock_pools SET generation = generation")
        chunk = asyncio.create_task(process_next_chunk(bulk, now=NOW, size=2))
        await asyncio.sleep(0.3)
        await thief.sql.execute("UPDATE bulk_operations SET lease_holder = 'thief'")
    with pytest.raises(LeaseLostError):
        await chunk

    assert await shop.value("SELECT count(*) FROM backlog_skus") == 0
    assert (await figures(shop, bulk))["processed"] == 0


@pytest.mark.rule("A6")
async def test_a_bulk_operation_can_be_called_off_and_keeps_what_it_did(shop: Shop) -> None:
    orders = await confirmed(shop, 5)
    bulk = await started(shop, CREATE)
    assert await claim_bulk(bulk, now=NOW)
    await process_next_chunk(bulk, now=NOW, size=2)

    await cancel_bulk_operation(shop.command(), bulk_operation_id=bulk.bulk_operation_id)

    with pytest.raises(LeaseLostError):
        await process_next_chunk(bulk, now=NOW, size=2)
    assert await results(shop, bulk) == [(order, "SUCCEEDED", None) for order in orders[:2]] + [
        (order, None, None) for order in orders[2:]
    ]
    assert (await figures(shop, bulk))["status"] == "CANCELLED"
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id"):
        await cancel_bulk_operation(shop.command(), bulk_operation_id=bulk.bulk_operation_id)


async def test_a_bulk_operation_of_another_client_is_not_there(shop: Shop, other: Shop) -> None:
    await confirmed(shop, 1)
    bulk = await started(shop, CREATE)

    async with refused(other, ErrorCode.NOT_FOUND, "id"):
        await cancel_bulk_operation(other.command(), bulk_operation_id=bulk.bulk_operation_id)


@pytest.mark.rule("A6")
async def test_progress_is_told_chunk_by_chunk(shop: Shop) -> None:
    orders = await confirmed(shop, 3)
    await clear_records(shop)
    bulk = await started(shop, BulkAction.CANCEL, these(*orders[:2]))
    await finish(bulk, size=1)

    events = [event for event in await told(shop) if event[0] in ("BULK", "ORDER")]
    assert [event[1:3] for event in events if event[0] == "BULK"] == [
        ("startBulkOperation", bulk.bulk_operation_id),
        *[("bulkOperation", bulk.bulk_operation_id)] * 3,
    ]
    assert [event[1:3] for event in events if event[0] == "ORDER"] == [
        ("bulkOperation", order) for order in orders[:2]
    ]


@pytest.mark.rule("F11")
async def test_what_a_bulk_operation_does_is_done_by_whoever_started_it(shop: Shop) -> None:
    await confirmed(shop, 1)

    await done(shop, CREATE)

    assert await shop.tuples(
        "SELECT actor, source, action FROM audit_entries WHERE action LIKE 'B%' ORDER BY id"
    ) == [("ada", "tests", "BULK_STARTED"), ("ada", "tests", "BACKLOG_SKUS_CREATED")]


@pytest.mark.rule("A6")
async def test_an_order_that_breaks_takes_only_itself_down(shop: Shop) -> None:
    good, broken, fine = await confirmed(shop, 3)
    # Nothing of ours does this: it stands for whatever nobody thought of.
    await shop.write(
        "ALTER TABLE backlog_skus ADD CONSTRAINT broken CHECK (order_id <> %d) NOT VALID" % broken  # noqa: UP031
    )
    try:
        bulk = await started(shop, CREATE)
        await finish(bulk)
    finally:
        await shop.write("ALTER TABLE backlog_skus DROP CONSTRAINT broken")

    assert await results(shop, bulk) == [
        (good, "SUCCEEDED", None),
        (broken, "FAILED", None),
        (fine, "SUCCEEDED", None),
    ]
    assert "CheckViolationError" in await shop.value(
        "SELECT message FROM bulk_targets WHERE outcome = 'FAILED'"
    )
    assert await shop.value("SELECT locked FROM orders WHERE id = $1", broken) is False
    await assert_consistent(shop.database)


@pytest.mark.rule("A7")
async def test_reverting_in_bulk_is_switched_off_as_a_whole(shop: Shop) -> None:
    await confirmed(shop, 2)
    await done(shop, CREATE)

    async with refused(shop, ErrorCode.FEATURE_DISABLED, "action", says="allowBacklogSkuRevert"):
        await started(shop, BulkAction.REVERT_BACKLOG_SKUS)


@pytest.mark.rule("A7")
async def test_what_was_created_in_bulk_can_be_reverted_in_bulk(shop: Shop) -> None:
    await shop.settings(allow_backlog_sku_revert=True)
    orders = await confirmed(shop, 3)
    looks = "SELECT (to_jsonb(o) - 'version')::text FROM orders AS o ORDER BY id"
    before = await shop.tuples(looks)
    await done(shop, CREATE, these(*orders[:2]))

    assert await done(shop, BulkAction.REVERT_BACKLOG_SKUS) == [
        (orders[0], "SUCCEEDED", None),
        (orders[1], "SUCCEEDED", None),
        (orders[2], "SKIPPED", "NOTHING_TO_DO"),
    ]

    assert await shop.tuples(looks) == before
    await assert_consistent(shop.database)


@pytest.mark.rule("A8")
@pytest.mark.rule("D4")
@pytest.mark.parametrize("size", [1, 1_000])
async def test_delivery_notes_in_bulk_serve_by_rank_what_is_available(shop: Shop, size: int) -> None:
    await shop.stock(TEA=4)
    first = await shop.order("SO-1", TEA=3, CUP=1)
    second = await shop.order("SO-2", TEA=3)
    third = await shop.order("SO-3", TEA=3)
    urgent = await shop.order("SO-4", TEA=2, priority=1)
    without = await shop.order("SO-5", TEA=1)
    await done(shop, BulkAction.CONFIRM, these(first, second, third, urgent))
    await done(shop, CREATE, these(first, second, third, urgent))

    assert await done(shop, BulkAction.CREATE_DELIVERY_NOTES, size=size) == [
        (urgent, "SUCCEEDED", None),
        (first, "SUCCEEDED", None),
        (second, "SKIPPED", "INSUFFICIENT_STOCK"),
        (third, "SKIPPED", "INSUFFICIENT_STOCK"),
        (without, "SKIPPED", "NOTHING_TO_DO"),
    ]

    assert await shop.tuples(
        """
        SELECT o.number, made.kind, array_agg(line.quantity)
        FROM dispatches AS made JOIN orders AS o ON o.id = made.order_id
        JOIN dispatch_lines AS line ON line.dispatch_id = made.id GROUP BY 1, 2 ORDER BY 1
        """
    ) == [("SO-1", "DELIVERY_NOTE", [2]), ("SO-4", "DELIVERY_NOTE", [2])]
    await shop.stock(TEA=20, CUP=1)
    again = await done(shop, BulkAction.CREATE_DELIVERY_NOTES, size=size)
    assert again == [
        (urgent, "SKIPPED", "NOTHING_TO_DO"),
        (first, "SUCCEEDED", None),
        (second, "SUCCEEDED", None),
        (third, "SUCCEEDED", None),
        (without, "SKIPPED", "NOTHING_TO_DO"),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("A9")
async def test_orders_are_confirmed_rejected_and_unconfirmed_in_bulk(shop: Shop) -> None:
    first = await shop.order("SO-1", TEA=1)
    second = await shop.order("SO-2", TEA=1)
    statuses = "SELECT status FROM orders ORDER BY id"

    await done(shop, BulkAction.CONFIRM, these(first))
    assert await done(shop, BulkAction.REJECT) == [
        (first, "SKIPPED", "ORDER_STATUS_NOT_ALLOWED"),
        (second, "SUCCEEDED", None),
    ]
    assert await shop.tuples(statuses) == [("OC_CONFIRMED",), ("OC_REJECTED",)]
    assert await done(shop, BulkAction.UNCONFIRM) == [
        (first, "SUCCEEDED", None),
        (second, "SUCCEEDED", None),
    ]
    assert await shop.tuples(statuses) == [("CREATE",), ("CREATE",)]
    await assert_consistent(shop.database)


@pytest.mark.rule("B9")
@pytest.mark.rule("D5")
async def test_orders_are_delayed_and_cancelled_in_bulk(shop: Shop) -> None:
    first = await shop.order("SO-1", TEA=1)
    second = await shop.order("SO-2", TEA=1)
    until = NOW + timedelta(days=3)

    await done(shop, BulkAction.DELAY, these(first), until=until)
    assert await done(shop, BulkAction.DELAY, until=until) == [
        (first, "SKIPPED", "NOTHING_TO_DO"),
        (second, "SUCCEEDED", None),
    ]
    assert await shop.tuples("SELECT delayed_until FROM orders") == [(until,), (until,)]
    await done(shop, BulkAction.CANCEL, these(first))
    assert await done(shop, BulkAction.CANCEL) == [
        (first, "SKIPPED", "ORDER_STATUS_NOT_ALLOWED"),
        (second, "SUCCEEDED", None),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("C5")
async def test_orders_are_synchronized_in_bulk_where_their_marketplace_can_be_asked(shop: Shop) -> None:
    asked, silent = await shop.store("WEB"), await shop.store("SILENT")
    folder = NewConnection(
        kind=ConnectorKind.FILE_DROP, address="web", secret=None, enabled=True, interval_seconds=300
    )
    await set_store_connection(shop.command(), store_id=asked, connection=folder)
    orders = [await shop.order(f"SO-{number}", TEA=1) for number in range(4)]
    for order, store in zip(orders, [asked, silent, None, asked], strict=True):
        await shop.write("UPDATE orders SET store_id = $2 WHERE id = $1", order, store)

    question = Question(action=BulkAction.SYNCHRONIZE, selection=EVERYTHING)
    said = await preview(shop.database, client_id=shop.client_id, question=question)
    assert (said.total, said.eligible) == (4, 2)
    assert await done(shop, BulkAction.SYNCHRONIZE) == [
        (orders[0], "SUCCEEDED", None),
        (orders[1], "SKIPPED", "FEATURE_DISABLED"),
        (orders[2], "SKIPPED", "FEATURE_DISABLED"),
        (orders[3], "SUCCEEDED", None),
    ]
    assert await shop.tuples("SELECT store_id, order_numbers FROM synchronizations") == [
        (asked, '["SO-0", "SO-3"]')
    ]


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


@pytest.mark.rule("A4")
@pytest.mark.rule("A6")
async def test_five_thousand_orders_by_filter_take_seconds(shop: Shop) -> None:
    for code in ("TEA", "CUP", "JAR"):
        await shop.sku(code)
    for batch in range(5):
        await load(
            shop,
            [
                SalesOrder(
                    number=f"SO-{batch}-{number}",
                    distribution_center_code="MAIN",
                    lines=tuple(SalesOrderLine(sku_code=code, quantity=2) for code in ("TEA", "CUP", "JAR")),
                )
                for number in range(1_000)
            ],
        )
    begun = perf_counter()

    assert Counter(outcome for _, outcome, _ in await done(shop, BulkAction.CONFIRM)) == {"SUCCEEDED": 5_000}
    assert Counter(outcome for _, outcome, _ in await done(shop, CREATE)) == {"SUCCEEDED": 5_000}

    assert perf_counter() - begun < 30
    assert await shop.value("SELECT count(*) FROM backlog_skus") == 15_000


@pytest.mark.rule("D5")
async def test_back_ordered_lines_are_left_to_the_vendor_in_bulk(shop: Shop) -> None:
    vendor = await shop.distribution_center("VENDOR", kind=DistributionCenterKind.DROPSHIP)
    await shop.stock(TEA=3)
    covered = await shop.order("SO-1", TEA=3)
    short = await shop.order("SO-2", TEA=3, CUP=1)
    locked = await shop.order("SO-3", CUP=1)
    await done(shop, BulkAction.CONFIRM, these(locked))
    await done(shop, CREATE, these(locked))

    assert await done(shop, BulkAction.DROPSHIP) == [
        (covered, "SKIPPED", "NOTHING_TO_DO"),
        (short, "SUCCEEDED", None),
        (locked, "SKIPPED", "ORDER_LOCKED"),
    ]

    assert await shop.tuples(
        "SELECT order_id, array_agg(DISTINCT route) FROM order_lines GROUP BY 1 ORDER BY 1"
    ) == [
        (covered, ["PROCESSOR"]),
        (short, ["DROPSHIP"]),
        (locked, ["SPLIT_DELIVERY"]),
    ]
    assert await shop.tuples("SELECT distribution_center_id, dropship_order_id FROM purchase_orders") == [
        (vendor, short)
    ]
    await assert_consistent(shop.database)
