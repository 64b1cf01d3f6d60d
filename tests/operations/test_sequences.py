"""Whatever is done in whatever order, stock, ledger, demand, coverage, promises and statuses agree."""

from __future__ import annotations

import pytest

from tests.builders import Shop
from tests.operations.invariants import assert_consistent
from tests.operations.random_work import Busy, open_for_business

STEPS = 150


@pytest.mark.rule("D1")
@pytest.mark.rule("D2")
@pytest.mark.rule("D3")
@pytest.mark.rule("D4")
@pytest.mark.rule("D5")
@pytest.mark.rule("D6")
@pytest.mark.rule("F4")
@pytest.mark.rule("F8")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_every_step_of_a_random_sequence_everything_agrees(shop: Shop, seed: int) -> None:
    await open_for_business(shop)
    busy = Busy(shop, seed=seed)

    for _ in range(STEPS):
        await busy.take_step()
        await assert_consistent(shop.database)

    kinds = await shop.tuples("SELECT DISTINCT kind FROM stock_movements ORDER BY 1")
    assert kinds == [("ALLOCATE",), ("COUNT",), ("RECEIPT",), ("RELEASE",), ("SHIP",)], (
        "the sequence was a rich one"
    )
