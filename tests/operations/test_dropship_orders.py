"""Leaving lines to vendors, and what becomes of them (D5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.operations.change_purchase_orders import (
    cancel_purchase_order_line,
    change_purchase_order_line,
    link_purchase_order_line,
    reschedule_purchase_order_line,
)
from domain.operations.dropship_orders import Dropshipped, ShipTo, VendorTerms, dropship_order_line
from domain.operations.edit_orders import cancel_order_line, change_order_line
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import DistributionCenterKind
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import claimed, dispatched, process

FRIDAY = NOW + timedelta(days=4)
MONDAY = NOW + timedelta(days=7)
ADA = ShipTo(name="Ada", street="1 Lane", city="London", country="GB")

STATUSES = "SELECT status, queue_status, back_order_status, promised_at FROM orders ORDER BY id"
ORDERED = "SELECT quantity, received, cancelled, open FROM purchase_order_lines ORDER BY id"
LINES = "SELECT route, requested, shipped, cancelled FROM order_lines ORDER BY id"


async def dropship(shop: Shop, line: int, terms: VendorTerms | None = None) -> Dropshipped:
    return await dropship_order_line(shop.command(), line_id=line, terms=terms or VendorTerms())


@pytest.mark.rule("D5")
async def test_a_line_left_to_a_vendor_becomes_a_purchase_order_and_leaves_the_queue(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    tea, _ = await shop.lines_of(order)
    await clear_records(shop)

    answer = await dropship(shop, tea, VendorTerms(vendor="Teahouse", ship_to=ADA, expected_at=FRIDAY))

    assert answer.order_id == order
    ordered = await shop.row("SELECT * FROM purchase_orders")
    assert (ordered["id"], ordered["vendor"], ordered["dropship_order_id"]) == (
        answer.purchase_order_id,
        "Teahouse",
        order,
    )
    assert ordered["number"] == f"DS{answer.purchase_order_id}"
    assert await shop.tuples(
        "SELECT order_line_id, quantity, open, expected_at, distribution_center_id FROM purchase_order_lines"
    ) == [(tea, 3, 3, FRIDAY, None)]
    assert await shop.tuples(LINES) == [("DROPSHIP", 3, 0, 0), ("PROCESSOR", 1, 0, 0)]
    assert await shop.tuples("SELECT sku_id, open FROM pool_demand") == [(await shop.id_of("skus", "CUP"), 1)]
    assert await audited(shop) == [
        (
            "ORDER_DROPSHIPPED",
            order,
            None,
            {"purchaseOrder": answer.purchase_order_id, "lines": [tea]},
        )
    ]
    assert [(topic, subject) for topic, _, subject, _ in await told(shop)] == [
        ("ORDER", order),
        ("LINE", tea),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("D1")
@pytest.mark.rule("D5")
async def test_what_a_vendor_ships_is_open_and_not_back_ordered(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    tea, _ = await shop.lines_of(order)
    assert await shop.value("SELECT back_order_status FROM orders") == "FULL"

    left = await dropship(shop, tea)

    assert await shop.value("SELECT back_order_status FROM orders") == "PARTIAL"
    await assert_consistent(shop.database)
    ordered = int(await shop.value("SELECT id FROM purchase_order_lines"))
    await shop.receive(left.purchase_order_id, {ordered: 2})
    assert await shop.value("SELECT back_order_status FROM orders") == "PARTIAL"
    await shop.receive(left.purchase_order_id, {ordered: 1})
    assert await shop.value("SELECT back_order_status FROM orders") == "FULL"
    await assert_consistent(shop.database)


@pytest.mark.rule("D5")
async def test_what_the_line_would_have_got_covers_the_next_order(shop: Shop) -> None:
    await shop.stock(TEA=3)
    first, second = await shop.order("SO-1", TEA=3), await shop.order("SO-2", TEA=3)
    (line,), (next_line,) = await shop.lines_of(first), await shop.lines_of(second)

    await dropship(shop, line)

    assert await shop.tuples(STATUSES) == [
        ("CREATE", "NOT_QUEUED", "NONE", None),
        ("CREATE", "QUEUED", "NONE", None),
    ]
    await process(await claimed(shop))
    assert await dispatched(shop) == [(second, next_line, 3)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D5")
async def test_what_a_vendor_ships_is_shipped_of_the_order_and_touches_no_stock(shop: Shop) -> None:
    await shop.stock(TEA=1)
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    left = await dropship(shop, line, VendorTerms(expected_at=FRIDAY))
    ordered = int(await shop.value("SELECT id FROM purchase_order_lines"))

    await shop.receive(left.purchase_order_id, {ordered: 2})
    assert await shop.tuples(STATUSES) == [("COMMIT", "PROCESSED", "NONE", FRIDAY)]
    await shop.receive(left.purchase_order_id, {ordered: 1})

    assert await shop.tuples(STATUSES) == [("COMPLETED", "PROCESSED", "NONE", None)]
    assert await shop.tuples(LINES) == [("DROPSHIP", 3, 3, 0)]
    assert await shop.tuples("SELECT on_hand, allocated FROM stock_levels") == [(1, 0)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D5")
@pytest.mark.rule("F4")
async def test_a_dropshipped_line_is_promised_what_its_vendor_says(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    await dropship(shop, line, VendorTerms(expected_at=FRIDAY))
    ordered = int(await shop.value("SELECT id FROM purchase_order_lines"))
    assert await shop.value("SELECT promised_at FROM orders") == FRIDAY
    await clear_records(shop)

    await reschedule_purchase_order_line(shop.command(), line_id=ordered, expected_at=MONDAY)

    assert await shop.value("SELECT promised_at FROM orders") == MONDAY
    assert [(topic, subject) for topic, _, subject, _ in await told(shop)] == [
        ("ORDER", order),
        ("PROMISE", order),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("D5")
async def test_the_vendors_order_follows_the_order_line(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3, CUP=1)
    tea, _ = await shop.lines_of(order)
    await dropship(shop, tea)

    await change_order_line(shop.command(), line_id=tea, requested=5)
    assert await shop.tuples(ORDERED) == [(5, 0, 0, 5)]
    await cancel_order_line(shop.command(), line_id=tea, quantity=2)
    assert await shop.tuples(ORDERED) == [(5, 0, 2, 3)]
    await assert_consistent(shop.database)
    await shop.cancel("SO-1")

    assert await shop.tuples(ORDERED) == [(5, 0, 5, 0)]
    assert await shop.tuples(STATUSES) == [("CANCELLED", "NOT_QUEUED", "NONE", None)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D5")
async def test_a_line_that_no_vendor_ships_after_all_waits_for_a_run_again(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    left = await dropship(shop, line)
    ordered = int(await shop.value("SELECT id FROM purchase_order_lines"))
    await shop.receive(left.purchase_order_id, {ordered: 1})

    await cancel_purchase_order_line(shop.command(), line_id=ordered)

    assert await shop.tuples(ORDERED) == [(3, 1, 2, 0)]
    assert await shop.tuples(LINES) == [("PROCESSOR", 3, 1, 0)]
    assert await shop.tuples(STATUSES) == [("COMMIT", "PARTIALLY_PROCESSED", "FULL", None)]
    await assert_consistent(shop.database)
    await dropship(shop, line)
    assert await shop.tuples(ORDERED) == [(3, 1, 2, 0), (2, 0, 0, 2)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D5")
async def test_the_vendors_order_can_not_be_changed_but_through_the_order(shop: Shop) -> None:
    (line,) = await shop.lines_of(await shop.order("SO-1", TEA=3))
    left = await dropship(shop, line)
    ordered = int(await shop.value("SELECT id FROM purchase_order_lines"))

    async with refused(shop, ErrorCode.INVALID_INPUT, "id", says="change that one"):
        await change_purchase_order_line(shop.command(), line_id=ordered, quantity=9)
    async with refused(shop, ErrorCode.INVALID_INPUT, "id", says="no other"):
        await link_purchase_order_line(shop.command(), line_id=ordered, order_line_id=None)
    async with refused(shop, ErrorCode.INVALID_INPUT, "lines", "0", "quantity", open=3):
        await shop.receive(left.purchase_order_id, {ordered: 4})


@pytest.mark.rule("D5")
async def test_a_vendor_may_have_a_distribution_center_of_its_own(shop: Shop) -> None:
    main = await shop.id_of("distribution_centers", "MAIN")
    first, second, third, fourth = await shop.lines_of(await shop.order("SO-1", A=1, B=1, C=1, D=1))
    centers = "SELECT distribution_center_id FROM purchase_orders ORDER BY id"

    await dropship(shop, first)
    teahouse = await shop.distribution_center("TEAHOUSE", kind=DistributionCenterKind.DROPSHIP)
    await dropship(shop, second)
    pottery = await shop.distribution_center("POTTERY", kind=DistributionCenterKind.DROPSHIP)
    await dropship(shop, third)
    await dropship(shop, fourth, VendorTerms(distribution_center_id=pottery))

    assert await shop.tuples(centers) == [(main,), (teahouse,), (main,), (pottery,)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D5")
async def test_a_line_that_can_not_be_left_to_a_vendor_is_refused(shop: Shop, other: Shop) -> None:
    await shop.stock(POT=1)
    main = await shop.id_of("distribution_centers", "MAIN")
    order = await shop.order("SO-1", TEA=3, POT=1, CUP=1)
    tea, pot, cup = await shop.lines_of(order)
    await shop.dispatch(order, POT=1)
    await dropship(shop, cup)

    for line, code in (
        (99, ErrorCode.NOT_FOUND),
        (pot, ErrorCode.NOTHING_TO_DO),
        (cup, ErrorCode.NOTHING_TO_DO),
    ):
        async with refused(shop, code, "lineId"):
            await dropship(shop, line)
    async with refused(shop, ErrorCode.INVALID_INPUT, "distributionCenter", says="no vendor's warehouse"):
        await dropship(shop, tea, VendorTerms(distribution_center_id=main))
    async with refused(shop, ErrorCode.NOT_FOUND, "distributionCenter"):
        await dropship(shop, tea, VendorTerms(distribution_center_id=99))
    async with refused(shop, ErrorCode.INVALID_INPUT, "shipTo", "postalCode"):
        await dropship(
            shop,
            tea,
            VendorTerms(
                ship_to=ShipTo(name="Ada", street="1 Lane", city="London", postal_code=" ", country="GB")
            ),
        )
    async with refused(shop, ErrorCode.INVALID_INPUT, "vendor"):
        await dropship(shop, tea, VendorTerms(vendor="Acme\0"))
    async with refused(shop, ErrorCode.VERSION_CONFLICT, "expectedVersion", currentVersion=3):
        await dropship_order_line(shop.command(), line_id=tea, terms=VendorTerms(), expected_version=1)
    async with refused(other, ErrorCode.NOT_FOUND, "lineId"):
        await dropship(other, tea)


@pytest.mark.rule("D5")
async def test_a_drawn_number_passes_over_one_that_is_taken(shop: Shop) -> None:
    (line,) = await shop.lines_of(await shop.order("SO-1", TEA=3))
    await shop.purchase_order("DS2", TEA=1)

    await dropship(shop, line)

    assert await shop.tuples("SELECT number FROM purchase_orders ORDER BY id") == [("DS2",), ("DS3",)]
