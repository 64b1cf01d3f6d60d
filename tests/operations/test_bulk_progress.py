"""How a bulk operation goes on: chunk by chunk, through losses, until it ends or is called off (A6)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from domain.operations.bulk_operations import cancel_bulk_operation
from domain.operations.bulk_processing import claim_bulk, hand_over_bulk, process_next_chunk
from domain.operations.leasing import LeaseLostError
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import BulkAction
from tests.builders import NOW, Shop
from tests.bulk import confirmed, done, figures, finish, load, results, started, these
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import lock_awaited

CREATE = BulkAction.CREATE_BACKLOG_SKUS


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

    async with shop.database.transaction_across_clients() as thief:
        # The chunk has read that it is ours, and finds out when it records its results.
        await thief.sql.execute("UPDATE stock_pools SET generation = generation")
        chunk = asyncio.create_task(process_next_chunk(bulk, now=NOW, size=2))
        await lock_awaited(shop)
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


@pytest.mark.rule("A4")
@pytest.mark.rule("A6")
async def test_of_five_thousand_orders_by_filter_each_is_done_once(shop: Shop) -> None:
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

    assert Counter(outcome for _, outcome, _ in await done(shop, BulkAction.CONFIRM)) == {"SUCCEEDED": 5_000}
    assert Counter(outcome for _, outcome, _ in await done(shop, CREATE)) == {"SUCCEEDED": 5_000}

    assert await shop.value("SELECT count(*) FROM backlog_skus") == 15_000
