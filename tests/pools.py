"""Random pools, and what the Order Processor has to make of them, told once more and in the plainest way.

Nothing here uses the rules that are tested: it reads what requirements B4 to B8 say, order by order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine, load_sales_orders
from domain.operations.set_up import NewSku, StockCount, set_stock, upsert_skus
from tests.builders import MAIN, NOW, Shop


@dataclass(frozen=True)
class Pool:
    """Orders in the sequence they were sent, whether each one's hold is over, and units on hand by SKU."""

    orders: Sequence[SalesOrder]
    on_hold: frozenset[str]
    on_hand: Mapping[str, int]


def random_pool(*, seed: int, orders: int, skus: int, at: str = MAIN, enough: float = 0.6) -> Pool:
    """A pool whose stock is about `enough` of what is ordered."""
    random = Random(seed)  # noqa: S311 - the same pool every time
    codes = [f"SKU{number}" for number in range(skus)]
    made = []
    for number in range(orders):
        lines = tuple(
            SalesOrderLine(sku_code=code, quantity=random.randint(1, 9))
            for code in random.choices(codes, k=random.randint(1, 4))
        )
        made.append(
            SalesOrder(
                number=f"{at}-{number}",
                distribution_center_code=at,
                priority=random.choice((0, 0, 0, 5)),
                ordered_at=NOW - timedelta(minutes=random.randint(0, 50)),
                lines=lines,
            )
        )
    wanted = Counter[str]()
    for order in made:
        for line in order.lines:
            wanted[line.sku_code] += line.quantity
    return Pool(
        orders=made,
        on_hold=frozenset(order.number for order in made if random.random() < 0.3),
        on_hand={code: int(wanted[code] * enough) for code in codes},
    )


async def set_up(shop: Shop, pool: Pool, *, now: datetime, at: str = MAIN) -> None:
    """Stock and queue the pool for a run at `now`."""
    await upsert_skus(shop.command(), skus=[NewSku(code=code, name=code) for code in pool.on_hand])
    await set_stock(
        shop.command(),
        counts=[
            StockCount(sku_code=code, distribution_center_code=at, on_hand=units)
            for code, units in pool.on_hand.items()
        ],
    )
    for on_hold in (True, False):
        orders = [order for order in pool.orders if (order.number in pool.on_hold) is on_hold]
        if orders:
            accepted_at = now if on_hold else now - timedelta(days=2)
            loaded = await load_sales_orders(shop.command(now=accepted_at), sales_orders=orders)
            assert not loaded.errors


async def expected_dispatches(shop: Shop, pool: Pool) -> dict[str, Counter[tuple[str, int]]]:
    """By order number, what its dispatch has to hold: how often which quantity of which SKU."""
    ids = {row["number"]: row["id"] for row in await shop.rows("SELECT number, id FROM orders")}

    def rank(order: SalesOrder) -> tuple[int, datetime, int]:
        assert order.ordered_at is not None
        return (-order.priority, order.ordered_at, ids[order.number])

    left = dict(pool.on_hand)
    dispatches = {}
    for order in sorted(pool.orders, key=rank):
        lines = [(line.sku_code, line.quantity) for line in order.lines]
        needed = Counter[str]()
        for code, quantity in lines:
            needed[code] += quantity
        if all(left[code] >= units for code, units in needed.items()):
            released = lines  # B4
        elif order.number in pool.on_hold or len(needed) == 1:
            released = []  # B5, B7
        else:
            released = []  # B6: those of its lines that can be filled whole
            tentative = dict(left)
            for code, quantity in lines:
                if quantity <= tentative[code]:
                    tentative[code] -= quantity
                    released.append((code, quantity))
        for code, quantity in released:
            left[code] -= quantity
        if released:
            dispatches[order.number] = Counter(released)
    return dispatches


async def made_dispatches(shop: Shop, *, at: str = MAIN) -> dict[str, Counter[tuple[str, int]]]:
    """The same of what there is in the database. An order with two dispatches is an error."""
    rows = await shop.rows(
        """
        SELECT o.number, array_agg(DISTINCT made.id) AS dispatches,
               array_agg(sku.code ORDER BY line.id) AS codes,
               array_agg(line.quantity ORDER BY line.id) AS units
        FROM dispatches AS made
        JOIN distribution_centers AS dc ON dc.id = made.distribution_center_id
        JOIN orders AS o ON o.id = made.order_id
        JOIN dispatch_lines AS line ON line.dispatch_id = made.id
        JOIN skus AS sku ON sku.id = line.sku_id
        WHERE dc.code = $1 GROUP BY o.number
        """,
        at,
    )
    for row in rows:
        assert len(row["dispatches"]) == 1, row
    return {row["number"]: Counter(zip(row["codes"], row["units"], strict=True)) for row in rows}
