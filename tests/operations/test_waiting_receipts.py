"""Receipts that had to wait for their pool go by what is true when it is theirs (D3, D6, F8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from domain.operations.command import Work
from domain.operations.purchase_orders import PurchaseOrderChanged
from domain.operations.receive_purchase_orders import Receipt, receive, receive_purchase_order
from domain.rules.refusals import ErrorCode, Refusal
from tests.builders import NOW, Shop
from tests.operations.invariants import assert_consistent
from tests.runs import lock_awaited

pytestmark = [pytest.mark.rule("D3"), pytest.mark.rule("F8")]

LINES = "SELECT received, open FROM purchase_order_lines ORDER BY id"
ON_HAND = "SELECT on_hand FROM stock_levels ORDER BY sku_id"
LEDGER = "SELECT kind, on_hand_change, order_line_id FROM stock_movements ORDER BY id"


class UndoneError(Exception):
    """Ends a transaction without a commit."""


@asynccontextmanager
async def kept_waiting(shop: Shop, purchase_order: int, receipts: list[Receipt]) -> AsyncIterator[Work]:
    """Receive `receipts`, and commit when the block ends: who wants the pool waits until then."""
    async with shop.database.transaction(shop.client_id) as transaction:
        work = Work(sql=transaction.sql, authority=shop.authority, now=NOW, cause="receivePurchaseOrder")
        await receive(work, purchase_order, receipts)
        yield work
        await lock_awaited(shop)
        await work.flush()


def receiving(shop: Shop, purchase_order: int, units: dict[int, int]) -> asyncio.Task[PurchaseOrderChanged]:
    return asyncio.create_task(
        receive_purchase_order(
            shop.command(),
            purchase_order_id=purchase_order,
            receipts=[Receipt(line_id=line, quantity=quantity) for line, quantity in units.items()],
        )
    )


async def test_it_adds_to_what_others_have_received_meanwhile(shop: Shop) -> None:
    purchase_order, (tea, cup) = await shop.purchase_order("PO-1", TEA=5, CUP=3)

    async with kept_waiting(shop, purchase_order, [Receipt(line_id=tea, quantity=4)]):
        waiting = receiving(shop, purchase_order, {tea: 1, cup: 2})
    await waiting

    assert await shop.tuples(LINES) == [(5, 0), (2, 1)]
    assert await shop.tuples(ON_HAND) == [(5,), (2,)]
    assert await shop.tuples(LEDGER) == [("RECEIPT", 4, None), ("RECEIPT", 1, None), ("RECEIPT", 2, None)]
    await assert_consistent(shop.database)


async def test_what_others_have_left_open_is_all_that_it_can_receive(shop: Shop) -> None:
    purchase_order, (tea, cup) = await shop.purchase_order("PO-1", TEA=5, CUP=3)

    async with kept_waiting(shop, purchase_order, [Receipt(line_id=tea, quantity=4)]):
        waiting = receiving(shop, purchase_order, {cup: 2, tea: 2})
    with pytest.raises(Refusal) as refusal:
        await waiting

    assert refusal.value.code is ErrorCode.INVALID_INPUT
    assert refusal.value.path == ("lines", "1", "quantity")
    assert refusal.value.details == {"open": 1}
    assert await shop.tuples(LINES) == [(4, 1), (0, 3)]
    assert await shop.tuples(ON_HAND) == [(4,), (0,)]
    await assert_consistent(shop.database)


async def test_what_is_undone_meanwhile_is_there_to_be_received(shop: Shop) -> None:
    purchase_order, (tea,) = await shop.purchase_order("PO-1", TEA=5)

    with suppress(UndoneError):
        async with kept_waiting(shop, purchase_order, [Receipt(line_id=tea, quantity=4)]):
            waiting = receiving(shop, purchase_order, {tea: 5})
            await lock_awaited(shop)
            raise UndoneError
    await waiting

    assert await shop.tuples(LINES) == [(5, 0)]
    assert await shop.tuples(LEDGER) == [("RECEIPT", 5, None)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D6")
async def test_it_is_kept_for_the_order_line_that_was_linked_meanwhile(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    purchase_order, (tea,) = await shop.purchase_order("PO-1", TEA=5)

    async with kept_waiting(shop, purchase_order, [Receipt(line_id=tea, quantity=1)]) as work:
        waiting = receiving(shop, purchase_order, {tea: 2})
        await lock_awaited(shop)
        await work.sql.execute("UPDATE purchase_order_lines SET order_line_id = $1", line)
    await waiting

    assert await shop.tuples(LEDGER) == [("RECEIPT", 1, None), ("RECEIPT", 2, line)]
    assert await shop.tuples("SELECT cross_docked, back_ordered FROM pool_demand") == [(2, 0)]
    await assert_consistent(shop.database)


async def test_what_more_is_ordered_meanwhile_is_received(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    purchase_order, (tea, cup) = await shop.purchase_order("PO-1", TEA=5, CUP=3)

    async with kept_waiting(shop, purchase_order, [Receipt(line_id=tea, quantity=5)]) as work:
        waiting = receiving(shop, purchase_order, {tea: 2, cup: 3})
        await lock_awaited(shop)
        await work.sql.execute(
            "UPDATE purchase_order_lines SET quantity = 7, order_line_id = $1 WHERE id = $2", line, tea
        )
    await waiting

    assert await shop.tuples(LINES) == [(7, 0), (3, 0)]
    assert await shop.tuples(ON_HAND) == [(7,), (3,)]
    assert await shop.tuples("SELECT cross_docked, back_ordered FROM pool_demand") == [(2, 0)]
    await assert_consistent(shop.database)


async def test_many_at_once_receive_each_unit_once(shop: Shop) -> None:
    purchase_order, (tea, cup) = await shop.purchase_order("PO-1", TEA=20, CUP=20)

    answers = await asyncio.gather(
        *(receiving(shop, purchase_order, {tea: 2, cup: 3}) for _ in range(12)), return_exceptions=True
    )

    received = [answer for answer in answers if isinstance(answer, PurchaseOrderChanged)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert (len(received), len(refused)) == (6, 6)
    assert await shop.tuples(LINES) == [(12, 8), (18, 2)]
    assert await shop.tuples(ON_HAND) == [(12,), (18,)]
    await assert_consistent(shop.database)
