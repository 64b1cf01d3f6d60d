"""Orders are found the same whichever way they are looked for."""

from __future__ import annotations

import pytest

from domain.store.database import Database
from domain.store.reads.orders import (
    ORDERS,
    OrderFilter,
    OrderSort,
    order_conditions,
    search_finds_many,
)
from domain.store.reads.paging import PageRequest
from domain.views.orders import orders_page
from tests.builders import Shop

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
