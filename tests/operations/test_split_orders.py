"""Splitting orders (D8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.operations.confirm_orders import confirm_order
from domain.operations.edit_orders import cancel_order_line, delay_order
from domain.operations.split_orders import OrderSplit, Part, split_order
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.rule("D8")

LINES = "SELECT id, order_id, line_number FROM order_lines ORDER BY id"


async def test_the_chosen_lines_become_an_order_of_the_same_rank(shop: Shop) -> None:
    await shop.stock(TEA=3, CUP=1)
    order = await shop.order("SO-1", priority=5, TEA=3, CUP=4, POT=1)
    tea, cup, pot = await shop.lines_of(order)
    await shop.write(
        """
        UPDATE orders SET marketplace_status = 'ACCEPTED', marketplace_invoice_number = 'MI-1',
            sales_order_code = 'SC-1', invoice_code = 'IC-1', shipping_agency = 'Post',
            email = 'eve@example.org', store_id = $1
        """,
        await shop.store("WEB"),
    )
    await confirm_order(shop.command(), order_id=order)
    await delay_order(shop.command(), order_id=order, until=NOW + timedelta(days=1))
    before = await shop.row("SELECT * FROM orders")
    await clear_records(shop)

    later = NOW + timedelta(hours=5)
    split = await split_order(
        shop.command(now=later), order_id=order, line_ids=[pot, cup], new_number="SO-1-B", expected_version=3
    )

    assert split == OrderSplit(order_id=order, new_order_id=2)
    assert await shop.tuples(LINES) == [(tea, order, 1), (cup, 2, 1), (pot, 2, 2)]
    assert await shop.row("SELECT * FROM orders WHERE id = 1") == before | {
        "version": 4,
        "back_order_status": "NONE",
    }
    assert await shop.row("SELECT * FROM orders WHERE id = 2") == before | {
        "id": 2,
        "number": "SO-1-B",
        "version": 1,
        "back_order_status": "PARTIAL",
    }
    assert await audited(shop) == [
        ("ORDER_SPLIT", order, {"lines": [tea, cup, pot]}, {"lines": [tea]}),
        ("ORDER_SPLIT_OFF", 2, None, {"lines": [cup, pot]}),
    ]
    assert await told(shop) == [
        ("ORDER", "splitOrder", 2, {}),
        (
            "ORDER",
            "splitOrder",
            order,
            {"previousStatus": "OC_CONFIRMED", "previousBackOrderStatus": "PARTIAL"},
        ),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("D4")
async def test_the_new_order_is_served_behind_others_of_the_same_moment(shop: Shop) -> None:
    await shop.stock(TEA=5, CUP=1)
    first = await shop.order("SO-1", TEA=3, CUP=1)
    second = await shop.order("SO-2", TEA=3)
    tea, _ = await shop.lines_of(first)
    assert await shop.value("SELECT back_order_status FROM orders WHERE id = $1", second) == "PARTIAL"

    split = await split_order(shop.command(), order_id=first, line_ids=[tea], new_number="SO-1-B")

    assert await shop.tuples("SELECT id, back_order_status FROM orders ORDER BY id") == [
        (first, "NONE"),
        (second, "NONE"),
        (split.new_order_id, "PARTIAL"),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("B6")
async def test_what_is_left_of_a_back_order_is_processed_and_the_rest_queues_anew(shop: Shop) -> None:
    await shop.stock(TEA=3, CUP=2)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    _, cup = await shop.lines_of(order)
    await shop.dispatch(order, TEA=3)
    assert await shop.value("SELECT back_ordered_since FROM pool_demand") == NOW

    await split_order(shop.command(), order_id=order, line_ids=[cup], new_number="SO-1-B")

    assert await shop.tuples("SELECT status, queue_status, is_back_order FROM orders ORDER BY id") == [
        ("COMMIT", "PROCESSED", True),
        ("CREATE", "QUEUED", False),
    ]
    assert await shop.value("SELECT back_ordered_since FROM pool_demand") is None
    await assert_consistent(shop.database)


async def test_only_lines_of_the_order_that_can_move_do(shop: Shop) -> None:
    await shop.stock(TEA=9)
    order = await shop.order("SO-1", TEA=9, CUP=1, POT=1, JUG=1, MUG=1)
    tea, cup, pot, jug, mug = await shop.lines_of(order)
    (foreign,) = await shop.lines_of(await shop.order("SO-2", TEA=1))
    await shop.dispatch(order, TEA=4)
    await cancel_order_line(shop.command(), line_id=cup, quantity=1)
    await shop.write("UPDATE order_lines SET route = 'WAREHOUSE_PICK' WHERE id = $1", pot)

    async def split(*line_ids: int) -> OrderSplit:
        return await split_order(shop.command(), order_id=order, line_ids=line_ids, new_number="SO-3")

    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds", says="at least one"):
        await split()
    async with refused(shop, ErrorCode.DISPATCH_EXISTS, "lineIds", "1", says="line 1 are dispatched"):
        await split(jug, tea)
    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds", "0", says="All of line 2 is cancelled"):
        await split(cup)
    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds", "0", says="route WAREHOUSE_PICK"):
        await split(pot)
    async with refused(shop, ErrorCode.NOT_FOUND, "lineIds", "1"):
        await split(jug, foreign)
    async with refused(shop, ErrorCode.INVALID_INPUT, "lineIds", "1", says="Line 4 is there twice"):
        await split(jug, jug)
    await split(mug, jug)


async def test_something_of_the_order_stays(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=9, CUP=1)
    tea, cup = await shop.lines_of(order)

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "lineIds", says="leave something behind"):
        await split_order(shop.command(), order_id=order, line_ids=[tea, cup], new_number="SO-2")
    await cancel_order_line(shop.command(), line_id=cup, quantity=1)
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "lineIds"):
        await split_order(shop.command(), order_id=order, line_ids=[tea], new_number="SO-2")


async def test_the_new_number_is_a_free_one(shop: Shop, other: Shop) -> None:
    await other.order("SO-3", TEA=1)
    order = await shop.order("SO-1", TEA=9, CUP=1)
    await shop.order("SO-2", TEA=1)
    tea, _ = await shop.lines_of(order)

    for taken in ("SO-1", "SO-2"):
        async with refused(shop, ErrorCode.DUPLICATE, "newNumber", says=f"{taken} exists already"):
            await split_order(shop.command(), order_id=order, line_ids=[tea], new_number=taken)
    for bad in ("", " SO-3", "S\0", "9" * 101):
        async with refused(shop, ErrorCode.INVALID_INPUT, "newNumber"):
            await split_order(shop.command(), order_id=order, line_ids=[tea], new_number=bad)
    await split_order(shop.command(), order_id=order, line_ids=[tea], new_number="SO-3")


@pytest.mark.rule("F6")
async def test_a_repeated_split_answers_what_the_first_one_did(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=9, CUP=1)
    tea, _ = await shop.lines_of(order)
    command = shop.command(key="split-1")
    first = await split_order(command, order_id=order, line_ids=[tea], new_number="SO-2")
    after = await everything(shop.database)

    assert await split_order(command, order_id=order, line_ids=[tea], new_number="SO-2") == first
    assert await everything(shop.database) == after


UNITS = "SELECT order_id, line_number, sku_id, requested, allocated, cancelled FROM order_lines ORDER BY id"


async def test_units_of_a_line_go_and_the_rest_of_it_stays(shop: Shop) -> None:
    await shop.stock(TEA=4, POT=1)
    order = await shop.order("SO-1", priority=5, TEA=9, CUP=2, POT=1)
    tea, cup, pot = await shop.lines_of(order)
    await shop.dispatch(order, TEA=3)
    await cancel_order_line(shop.command(), line_id=tea, quantity=1)
    await clear_records(shop)

    split = await split_order(
        shop.command(), order_id=order, line_ids=[pot], parts=[Part(tea, 4), Part(cup, 1)], new_number="SO-2"
    )

    sku_of = {code: await shop.id_of("skus", code) for code in ("TEA", "CUP", "POT")}
    assert await shop.tuples(UNITS) == [
        (order, 1, sku_of["TEA"], 5, 3, 1),
        (order, 2, sku_of["CUP"], 1, 0, 0),
        (split.new_order_id, 1, sku_of["POT"], 1, 0, 0),
        (split.new_order_id, 2, sku_of["TEA"], 4, 0, 0),
        (split.new_order_id, 3, sku_of["CUP"], 1, 0, 0),
    ]
    open_and_short = "SELECT order_id, sku_id, open, back_ordered FROM pool_demand ORDER BY line_id"
    assert await shop.tuples(open_and_short) == [
        (order, sku_of["TEA"], 1, 0),
        (order, sku_of["CUP"], 1, 1),
        (split.new_order_id, sku_of["POT"], 1, 0),
        (split.new_order_id, sku_of["TEA"], 4, 4),
        (split.new_order_id, sku_of["CUP"], 1, 1),
    ]
    ranks = await shop.tuples("SELECT DISTINCT priority, ordered_at FROM pool_demand")
    assert ranks == [(5, NOW)]
    assert await audited(shop) == [
        (
            "ORDER_SPLIT",
            order,
            {"lines": [tea, cup, pot]},
            {"lines": [tea, cup], "moved_units": {str(tea): 4, str(cup): 1}},
        ),
        ("ORDER_SPLIT_OFF", 2, None, {"lines": [pot], "units_of": {str(tea): 4, str(cup): 1}}),
    ]
    await assert_consistent(shop.database)


async def test_all_that_is_open_goes_and_what_is_dispatched_is_an_order_that_is_done(shop: Shop) -> None:
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=9)
    (tea,) = await shop.lines_of(order)
    await shop.dispatch(order, TEA=3)

    await split_order(shop.command(), order_id=order, line_ids=[], parts=[Part(tea, 6)], new_number="SO-2")

    assert await shop.tuples("SELECT status, queue_status, back_order_status FROM orders ORDER BY id") == [
        ("COMMIT", "PROCESSED", "NONE"),
        ("CREATE", "QUEUED", "FULL"),
    ]
    await assert_consistent(shop.database)


async def test_a_part_that_is_the_whole_line_moves_the_line(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=2, CUP=1)
    tea, cup = await shop.lines_of(order)

    await split_order(shop.command(), order_id=order, line_ids=[], parts=[Part(tea, 2)], new_number="SO-2")

    assert await shop.tuples(LINES) == [(tea, 2, 1), (cup, order, 2)]
    await assert_consistent(shop.database)


async def test_only_open_units_of_lines_that_can_move_do(shop: Shop) -> None:
    await shop.stock(TEA=9)
    order = await shop.order("SO-1", TEA=9, CUP=1, POT=1)
    tea, cup, pot = await shop.lines_of(order)
    await shop.dispatch(order, TEA=4)
    await shop.write("UPDATE order_lines SET route = 'WAREHOUSE_PICK' WHERE id = $1", pot)

    async def split(*parts: Part, whole: int | None = None) -> OrderSplit:
        line_ids = [] if whole is None else [whole]
        return await split_order(
            shop.command(), order_id=order, line_ids=line_ids, parts=parts, new_number="SO-2"
        )

    async with refused(shop, ErrorCode.INVALID_INPUT, "parts", "0", "quantity", says="5 units of line 1"):
        await split(Part(tea, 6))
    async with refused(shop, ErrorCode.INVALID_INPUT, "parts", "1", "quantity"):
        await split(Part(tea, 1), Part(cup, 0))
    async with refused(shop, ErrorCode.INVALID_INPUT, "parts", "1", "lineId", says="Line 1 is there twice"):
        await split(Part(tea, 1), Part(tea, 1))
    async with refused(shop, ErrorCode.INVALID_INPUT, "parts", "0", "lineId", says="Line 2 is there twice"):
        await split(Part(cup, 1), whole=cup)
    async with refused(shop, ErrorCode.INVALID_INPUT, "parts", "0", "lineId", says="route WAREHOUSE_PICK"):
        await split(Part(pot, 1))
    async with refused(shop, ErrorCode.NOT_FOUND, "parts", "0", "lineId"):
        await split(Part(99, 1))
    other = await shop.order("SO-9", TEA=1)
    (only,) = await shop.lines_of(other)
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "parts", says="leave something behind"):
        await split_order(
            shop.command(), order_id=other, line_ids=[], parts=[Part(only, 1)], new_number="SO-2"
        )
