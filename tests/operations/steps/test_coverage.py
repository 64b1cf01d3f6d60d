"""Coverage of SKUs that many lines wait for: it is true, and what stays as it was is not read."""

from __future__ import annotations

import pytest

from domain.operations.change_purchase_orders import link_purchase_order_line
from domain.operations.edit_orders import change_order_line
from domain.store import coverage
from domain.store.coverage import Basis, Reached
from tests.builders import Shop, sales_order
from tests.bulk import load
from tests.operations.invariants import assert_consistent
from tests.operations.random_work import CENTERS, SKUS, Busy, open_for_business

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D3")]

MANY = 600


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines were looked at, each time that coverage was recomputed."""
    found: list[int] = []
    reached = coverage.reached

    async def counted(*args: object, basis: Basis, **kwargs: object) -> Reached:
        answer = await reached(*args, basis=basis, **kwargs)  # type: ignore[arg-type]
        found.append(len(answer.lines))
        return answer

    monkeypatch.setattr(coverage, "reached", counted)
    return found


async def many(shop: Shop, *, covered: int, of: int = MANY) -> list[int]:
    """So many orders of one TEA each, the first of them covered; their ids."""
    await shop.stock(TEA=covered)
    return await load(shop, [sales_order(f"SO-{number:04}", TEA=1) for number in range(of)])


async def short(shop: Shop) -> list[str]:
    """The numbers of the orders that lack something, by rank."""
    rows = await shop.rows(
        "SELECT number FROM orders WHERE back_order_status <> 'NONE' ORDER BY priority DESC, ordered_at, id"
    )
    return [row["number"] for row in rows]


async def test_a_receipt_looks_at_those_it_serves_and_not_at_those_who_were_served(
    shop: Shop, read: list[int]
) -> None:
    await many(shop, covered=400)
    purchase_order, [line] = await shop.purchase_order("PO-1", TEA=3)
    read.clear()

    await shop.receive(purchase_order, {line: 2})

    assert (await short(shop))[0] == "SO-0402"
    assert read[0] < 100
    await assert_consistent(shop.database)


async def test_a_cancellation_looks_at_whom_it_serves(shop: Shop, read: list[int]) -> None:
    await many(shop, covered=400)
    read.clear()

    await shop.cancel("SO-0200")

    assert (await short(shop))[0] == "SO-0401"
    assert read[0] < 100
    await assert_consistent(shop.database)


async def test_what_comes_first_takes_from_the_last_that_were_covered(shop: Shop) -> None:
    orders = await many(shop, covered=400)

    await shop.order("SO-URGENT", priority=5, TEA=2)
    [line] = await shop.lines_of(orders[100])
    await change_order_line(shop.command(), line_id=line, requested=3)

    assert (await short(shop))[0] == "SO-0396"
    await assert_consistent(shop.database)


async def test_what_is_lost_is_lost_by_the_last_that_were_covered(shop: Shop) -> None:
    await many(shop, covered=400)

    await shop.stock(TEA=90)

    assert (await short(shop))[0] == "SO-0090"
    await shop.stock(TEA=599)
    assert await short(shop) == ["SO-0599"]
    await assert_consistent(shop.database)


async def test_units_that_are_kept_for_a_line_are_not_passed_over(shop: Shop) -> None:
    orders = await many(shop, covered=400)
    [last] = await shop.lines_of(orders[-1])
    purchase_order, [line] = await shop.purchase_order("PO-1", linked=last, TEA=1)
    await shop.receive(purchase_order, {line: 1})

    await shop.stock(TEA=300)

    assert (await short(shop))[0] == "SO-0299"
    assert (await short(shop))[-1] == "SO-0598"
    await assert_consistent(shop.database)


async def test_a_line_that_is_linked_is_told_of_what_comes_for_it(shop: Shop) -> None:
    orders = await many(shop, covered=400)
    [covered] = await shop.lines_of(orders[200])
    _, [line] = await shop.purchase_order("PO-1", TEA=5)
    await link_purchase_order_line(shop.command(), line_id=line, order_line_id=covered)

    await shop.stock(TEA=150)

    assert (await short(shop))[0] == "SO-0150"
    await assert_consistent(shop.database)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_to_a_pool_with_long_queues_coverage_is_true(shop: Shop, seed: int) -> None:
    await open_for_business(shop)
    for center in CENTERS:
        await shop.stock(center, CHAI=60, CUP=60, JUG=60, POT=60, TEA=60)
    for center in CENTERS:
        wanted = [dict.fromkeys(SKUS[number % 3 :], 1 + number % 3) for number in range(70)]
        await load(
            shop, [sales_order(f"{center}-{number}", center, **units) for number, units in enumerate(wanted)]
        )
    busy = Busy(shop, seed=seed)

    for _ in range(10):
        await busy.take_steps(6)
        await assert_consistent(shop.database)


async def test_what_somebody_has_damaged_among_the_covered_is_mended(shop: Shop) -> None:
    orders = await many(shop, covered=400)
    await shop.write("UPDATE pool_demand SET back_ordered = 1 WHERE order_id = $1", orders[300])

    await shop.stock(TEA=401)

    assert await shop.tuples("SELECT order_id FROM pool_demand WHERE back_ordered > 0 ORDER BY order_id") == [
        (order,) for order in orders[401:]
    ]
