"""Recomputing what is back-ordered, on demand."""

from __future__ import annotations

import pytest

from domain.operations.recompute_back_orders import recompute_back_orders
from domain.rules.refusals import ErrorCode
from tests.builders import MAIN, Shop
from tests.operations.expecting import audited, clear_records, refused, told

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D3")]

COVERAGE = "SELECT back_ordered FROM pool_demand ORDER BY line_id"
STATUSES = "SELECT back_order_status FROM orders ORDER BY id"


async def short(shop: Shop) -> int:
    """A pool in which of three orders the first is covered, the second in part, the third not; its id."""
    await shop.stock(TEA=4)
    for number in range(3):
        await shop.order(f"SO-{number}", TEA=3)
    await shop.order("SO-3", CUP=1)
    await clear_records(shop)
    return await shop.id_of("distribution_centers", MAIN)


async def test_what_is_true_already_stays_and_nobody_is_told(shop: Shop) -> None:
    center = await short(shop)

    answer = await recompute_back_orders(shop.command(), distribution_center_id=center)

    assert answer.lines == 4
    assert await shop.tuples(COVERAGE) == [(0,), (2,), (3,), (1,)]
    assert await told(shop) == []
    assert await audited(shop) == [
        ("BACK_ORDERS_RECOMPUTED", None, None, {"distribution_center": center, "lines": 4})
    ]


async def test_what_somebody_has_damaged_is_mended_for_the_skus_that_are_asked_for(shop: Shop) -> None:
    center = await short(shop)
    await shop.write("UPDATE pool_demand SET back_ordered = open, back_ordered_since = now()")
    await shop.write("UPDATE orders SET back_order_status = 'NONE'")

    await recompute_back_orders(shop.command(), distribution_center_id=center, sku_codes=["TEA"])

    assert await shop.tuples(COVERAGE) == [(0,), (2,), (3,), (1,)]
    assert await shop.tuples(STATUSES) == [("NONE",), ("PARTIAL",), ("FULL",), ("NONE",)]
    await recompute_back_orders(shop.command(), distribution_center_id=center)
    assert (await shop.tuples(STATUSES))[3] == ("FULL",)


async def test_what_is_not_there_can_not_be_recomputed(shop: Shop, other: Shop) -> None:
    center = await short(shop)
    async with refused(other, ErrorCode.NOT_FOUND, "distributionCenter"):
        await recompute_back_orders(other.command(), distribution_center_id=center)
    async with refused(shop, ErrorCode.NOT_FOUND, "skuCodes", "1"):
        await recompute_back_orders(
            shop.command(), distribution_center_id=center, sku_codes=["TEA", "nothing"]
        )
