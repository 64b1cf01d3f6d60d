"""What each bulk action does to the orders that are selected (A7-A9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.operations.store_connections import NewConnection, set_store_connection
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import BulkAction, ConnectorKind, DistributionCenterKind
from domain.store.reads.eligibility import Question
from domain.views.bulk_operations import preview
from tests.builders import NOW, Shop
from tests.bulk import EVERYTHING, confirmed, done, started, these
from tests.operations.expecting import refused
from tests.operations.invariants import assert_consistent

CREATE = BulkAction.CREATE_BACKLOG_SKUS


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
