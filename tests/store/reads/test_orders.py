"""Orders are found the same whichever way they are looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from domain.rules.vocabulary import (
    BackOrderStatus,
    DeliveryStatus,
    OrderCondition,
    OrderStatus,
    QueueStatus,
)
from domain.store.database import Database, Row
from domain.store.reads import select
from domain.store.reads.orders import (
    ORDERS,
    OrderFilter,
    OrderSort,
    order_conditions,
    search_finds_many,
)
from domain.store.reads.paging import PageRequest
from domain.views.orders import orders_page
from tests.builders import NOW, Shop

pytestmark = pytest.mark.anyio

NUMBERS = ["SO-1", "so-2", "SÖ-3", "SO-10", "XX-5", "%-6"]


async def found(database: Database, client_id: int, search: str, *, finds_many: bool) -> set[str]:
    conditions = order_conditions(client_id, OrderFilter(search=search), finds_many=finds_many)
    async with database.connection(client_id) as sql:
        rows = await sql.fetch(ORDERS.select(["number"]) + conditions.text(), *conditions.parameters)
    return {row["number"] for row in rows}


@pytest.mark.parametrize(
    "search", ["", "S", "so-", "SO-1", "so-1", "sö", "SÖ-3", "inv", "INV-7", "%", "_", "zz"]
)
async def test_one_by_one_and_through_an_index_a_search_finds_the_same(shop: Shop, search: str) -> None:
    for number in NUMBERS:
        await shop.order(number, TEA=1)
    async with shop.database.connection(shop.client_id) as sql:
        await sql.execute("UPDATE orders SET marketplace_invoice_number = 'Inv-7' WHERE number = 'XX-5'")
    one_by_one = await found(shop.database, shop.client_id, search, finds_many=True)
    assert one_by_one == await found(shop.database, shop.client_id, search, finds_many=False)
    begun = {number for number in NUMBERS if number.lower().startswith(search.lower())}
    assert one_by_one == begun | ({"XX-5"} if "inv-7".startswith(search.lower()) else set())


async def test_what_all_begin_with_is_paged_and_counted_like_anything_else(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.store.reads.orders._MANY_FOUND", 2)
    for number in ("SO-1", "SO-2", "SO-3", "XX-4"):
        await shop.order(number, TEA=1)
    searched = {search: OrderFilter(search=search) for search in ("so-", "so-3")}
    many = {
        search: await search_finds_many(shop.database, client_id=shop.client_id, order_filter=given)
        for search, given in searched.items()
    }
    assert many == {"so-": True, "so-3": False}
    seen, after = [], None
    while True:
        page = await orders_page(
            shop.database,
            client_id=shop.client_id,
            order_filter=searched["so-"],
            sort=OrderSort.NUMBER,
            request=PageRequest(first=2, after=after),
            selected=["number"],
        )
        assert await page.count() == 3
        seen += [row["number"] for row in page.nodes]
        if not page.has_next_page:
            break
        after = page.end_cursor
    assert seen == ["SO-1", "SO-2", "SO-3"]


# Each column has a rhythm of its own, so that combinations occur, and is as it would be beside the others.
_FILL = """
INSERT INTO orders (client_id, number, distribution_center_id, store_id, priority, ordered_at, accepted_at,
    status, delivery_status, queue_status, back_order_status, locked, marketplace_status)
SELECT $1, 'SO-' || lpad((i * 7 % 181)::text, 3, '0'),
       CASE WHEN i % 11 = 0 THEN $3::bigint ELSE $2::bigint END,
       CASE WHEN i % 4 > 0 THEN CASE WHEN i % 13 = 0 THEN $5::bigint ELSE $4::bigint END END, i % 3,
       $6::timestamptz + i * 31 % 181 * interval '1 h', $6, status,
       CASE WHEN locked AND (ended OR i % 3 = 0) THEN 'UNDELIVERED_SKU_CREATED'
            WHEN locked THEN CASE i % 3 WHEN 1 THEN 'DELIVERY_NOTE_CREATED' ELSE 'PARTIALLY_DELIVERED' END
            WHEN status = 'COMPLETED' THEN 'DELIVERED' ELSE 'NOT_DELIVERED' END,
       CASE WHEN ended THEN 'NOT_QUEUED' WHEN i % 8 = 0 THEN 'PARTIALLY_PROCESSED'
            WHEN i % 2 = 0 THEN 'QUEUED' ELSE 'PROCESSED' END,
       CASE WHEN ended OR i % 3 > 0 THEN 'NONE' WHEN i % 2 = 0 THEN 'PARTIAL' ELSE 'FULL' END, locked,
       CASE WHEN i % 5 = 0 THEN 'WAITING_FOR_PICKUP' WHEN i % 17 = 0 THEN 'CANCELLED' END
FROM (
    SELECT *, status IN ('COMPLETED', 'CANCELLED', 'OC_REJECTED') AS ended, i % 9 = 4 AS locked
    FROM (
        SELECT i, (ARRAY['CREATE', 'OC_CONFIRMED', 'COMMIT', 'COMPLETED', 'CANCELLED', 'OC_REJECTED',
                         'PARTIALLY_CANCELLED', 'COMPLETED'])[1 + i % 8] AS status
        FROM generate_series(1, 180) AS i
    ) AS numbered
) AS told
"""
_SET_ASIDE = """
WITH line AS (
    INSERT INTO order_lines (client_id, order_id, sku_id, line_number, requested)
    SELECT client_id, id, $1, 1, 1 FROM orders WHERE locked
    RETURNING client_id, id, order_id, sku_id
)
INSERT INTO backlog_skus (client_id, line_id, order_id, sku_id, quantity)
SELECT client_id, id, order_id, sku_id, 1 FROM line
"""

_WORDS = {
    "status": OrderStatus,
    "delivery_status": DeliveryStatus,
    "queue_status": QueueStatus,
    "back_order_status": BackOrderStatus,
    "condition": OrderCondition,
}


def some_filter(random: Random, centers: Sequence[int], stores: Sequence[int]) -> OrderFilter:
    """One to four conditions."""
    chosen: dict[str, Any] = {}
    names = [*_WORDS, "distribution_center", "store", "locked", "ordered_from", "ordered_until", "numbers"]
    for name in random.sample(names, random.choice([1, 1, 2, 2, 3, 4])):
        if name in _WORDS:
            chosen[name] = random.sample([*_WORDS[name]], random.choice([1, 1, 2, 3]))
        elif name == "locked":
            chosen[name] = random.random() < 0.7
        elif name == "numbers":
            chosen[name] = [f"SO-{number:03}" for number in range(0, 181, 5)]
        elif name.startswith("ordered"):
            chosen[name] = NOW + timedelta(hours=random.randrange(181))
        else:
            chosen[name] = random.choice(centers if name == "distribution_center" else stores)
    return OrderFilter(**chosen)


def passes(row: Row, chosen: OrderFilter) -> bool:
    """Whether an order is as the filter says."""
    equal = {
        "distribution_center_id": chosen.distribution_center,
        "store_id": chosen.store,
        "locked": chosen.locked,
    }
    return (
        all(row[name] == value for name, value in equal.items() if value is not None)
        and all(row[name] in getattr(chosen, name) for name in _WORDS if getattr(chosen, name) is not None)
        and (chosen.numbers is None or row["number"] in chosen.numbers)
        and (chosen.ordered_from is None or row["ordered_at"] >= chosen.ordered_from)
        and (chosen.ordered_until is None or row["ordered_at"] < chosen.ordered_until)
    )


_SORTED_BY: dict[OrderSort, Callable[[Row], Any]] = {
    OrderSort.RANK: lambda row: (-row["priority"], row["ordered_at"], row["id"]),
    OrderSort.ORDERED_AT: lambda row: (-row["ordered_at"].timestamp(), -row["id"]),
    OrderSort.NUMBER: lambda row: row["number"],
}


@pytest.mark.parametrize("tried", [2, 25, 4_000])
async def test_every_combination_of_filters_shows_what_it_says_in_every_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tried: int
) -> None:
    monkeypatch.setattr("domain.store.reads.scattered._BEARABLE", tried)
    select._page_statement.cache_clear()
    centers = [await shop.distribution_center(code) for code in ("MAIN", "SMALL")]
    stores = [await shop.store(code) for code in ("LARGE", "SMALL")]
    sku = await shop.sku("TEA")
    await shop.write(_FILL, shop.client_id, *centers, *stores, NOW)
    await shop.write(_SET_ASIDE, sku)
    rows = await shop.rows("SELECT * FROM orders")
    random = Random(tried)  # noqa: S311 - the same filters every time
    found = 0
    for _ in range(150):
        chosen, sort = some_filter(random, centers, stores), random.choice([*OrderSort])
        expected = sorted((row for row in rows if passes(row, chosen)), key=_SORTED_BY[sort])
        seen: list[int] = []
        page = None
        while page is None or page.has_next_page:
            page = await orders_page(
                shop.database,
                client_id=shop.client_id,
                order_filter=chosen,
                sort=sort,
                request=PageRequest(first=20, after=page.end_cursor if page else None),
                selected=["number", "store", "store.code"],
            )
            seen += [row["id"] for row in page.nodes]
        assert seen == [row["id"] for row in expected], (chosen, sort)
        assert await page.count() == len(expected), (chosen, sort)
        found += len(expected)
    assert found > 1_000
    select._page_statement.cache_clear()
