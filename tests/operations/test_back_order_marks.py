"""Manual back order marks (D9)."""

from __future__ import annotations

import pytest

from domain.operations.back_order_marks import OrdersMarked, set_back_order_mark
from domain.operations.split_orders import split_order
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import BackOrderMark
from tests.builders import Shop
from tests.operations.expecting import audited, clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D9")]

MARKS = "SELECT back_order_status, back_order_mark FROM orders ORDER BY id"
YES, NO = BackOrderMark.BACK_ORDER, BackOrderMark.NOT_BACK_ORDER


async def mark(shop: Shop, mark: BackOrderMark | None, *order_ids: int) -> OrdersMarked:
    return await set_back_order_mark(shop.command(), order_ids=order_ids, mark=mark)


async def test_a_mark_decides_until_it_is_removed(shop: Shop) -> None:
    await shop.stock(TEA=5)
    covered = await shop.order("SO-1", TEA=5)
    short = await shop.order("SO-2", TEA=5)
    await clear_records(shop)

    assert await mark(shop, YES, covered) == OrdersMarked([covered], [])
    await mark(shop, NO, short)
    assert await shop.tuples(MARKS) == [("FULL", "BACK_ORDER"), ("NONE", "NOT_BACK_ORDER")]
    assert (await audited(shop))[0] == (
        "BACK_ORDER_MARKED",
        covered,
        {"backOrderMark": None},
        {"backOrderMark": "BACK_ORDER"},
    )
    event = {"previousStatus": "CREATE", "previousBackOrderStatus": "NONE"}
    assert (await told(shop))[0] == ("ORDER", "setBackOrderMark", covered, event)

    # Everything that recomputes coverage: other stock, an order that was served before, a dispatch.
    await shop.stock(TEA=3)
    await shop.order("SO-3", TEA=1, priority=9)
    await shop.stock(TEA=9)
    assert (await shop.tuples(MARKS))[:2] == [("FULL", "BACK_ORDER"), ("NONE", "NOT_BACK_ORDER")]
    await assert_consistent(shop.database)

    await mark(shop, None, covered, short)
    assert (await shop.tuples(MARKS))[:2] == [("NONE", None), ("PARTIAL", None)]
    await assert_consistent(shop.database)


async def test_what_the_lines_lack_is_computed_as_ever(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=5)
    await mark(shop, NO, order)
    assert await shop.value("SELECT back_ordered FROM pool_demand") == 5


async def test_of_a_marked_order_nothing_of_which_is_open_nothing_is_back_ordered(shop: Shop) -> None:
    await shop.stock(TEA=5)
    order = await shop.order("SO-1", TEA=5)
    await mark(shop, YES, order)

    await shop.dispatch(order, TEA=5)

    assert await shop.tuples(MARKS) == [("NONE", "BACK_ORDER")]
    await assert_consistent(shop.database)


async def test_an_order_that_is_split_off_a_marked_one_is_marked_alike(shop: Shop) -> None:
    await shop.stock(TEA=5, CUP=5)
    order = await shop.order("SO-1", TEA=5, CUP=5)
    await mark(shop, YES, order)

    _, cup = await shop.lines_of(order)
    await split_order(
        shop.command(), order_id=order, line_ids=[cup], new_number="SO-2", expected_version=None
    )

    assert await shop.tuples(MARKS) == [("FULL", "BACK_ORDER"), ("FULL", "BACK_ORDER")]


async def test_orders_that_are_over_or_not_there_are_reported_and_the_others_marked(
    shop: Shop, other: Shop
) -> None:
    over, open_, foreign = (
        await shop.order("SO-1", TEA=1),
        await shop.order("SO-2", TEA=1),
        await other.order("SO-3", TEA=1),
    )
    await shop.cancel("SO-1")

    answer = await mark(shop, YES, over, open_, foreign)

    assert answer.order_ids == [open_]
    assert [(error.code, error.path) for error in answer.errors] == [
        (ErrorCode.ORDER_STATUS_NOT_ALLOWED, ("orderIds", "0")),
        (ErrorCode.NOT_FOUND, ("orderIds", "2")),
    ]
    assert await shop.tuples(MARKS) == [("NONE", None), ("FULL", "BACK_ORDER"), ("FULL", None)]


async def test_marking_again_changes_nothing(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=1)
    await mark(shop, YES, order)
    before = await everything(shop.database)

    assert await mark(shop, YES, order) == OrdersMarked([order], [])

    after = await everything(shop.database)
    assert after.pop("stock_pools") != before.pop("stock_pools")
    assert after == before


async def test_a_call_marks_at_least_one_order_and_at_most_ten_thousand(shop: Shop) -> None:
    for order_ids in ([], [1] * 10_001):
        async with refused(shop, ErrorCode.INVALID_INPUT, "orderIds"):
            await mark(shop, YES, *order_ids)
