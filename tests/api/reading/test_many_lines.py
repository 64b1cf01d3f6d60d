"""Of an order with very many lines a page is read, and not all of them."""

from __future__ import annotations

from asyncio import sleep
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery

from api.ids import encode_id
from tests.api.conftest import Tenant
from tests.api.reading.plans import Statement, work_of

pytestmark = pytest.mark.anyio

VERY_MANY = 6_000

LINES = (
    "{ totalCount pageInfo { hasNextPage endCursor } nodes { requested order { number } sku { code } "
    "available incoming short backOrderedQty promisedAt promiseReason pin { reason } "
    "explanation { reason } } }"
)


@pytest.fixture
async def orders(tenant: Tenant) -> list[int]:
    """Two orders: one that asks for one unit of tea, two units of tea, and so on; and one with a line."""
    shop = tenant.shop
    large, small = [await shop.order(number, TEA=1) for number in ("SO-1", "SO-2")]
    await shop.write(
        """
        INSERT INTO order_lines (client_id, order_id, sku_id, line_number, route, requested)
        SELECT client_id, order_id, sku_id, number, route, number
        FROM order_lines, generate_series(2, $2) AS number WHERE order_id = $1
        """,
        large,
        VERY_MANY,
    )
    await shop.write("ANALYZE")
    return [large, small]


async def read_by(tenant: Tenant, document: str, **variables: Any) -> tuple[Any, int]:
    """The answer, and how many rows PostgreSQL looked at for it."""
    heard: list[LoggedQuery] = []
    async with tenant.shop.database.connection(tenant.shop.client_id) as sql:
        sql.add_query_logger(heard.append)
    data = await tenant.admin.data(document, **variables)
    await sleep(0)  # loggers are called in the next turn of the event loop
    async with tenant.shop.database.connection(tenant.shop.client_id) as sql:
        sql.remove_query_logger(heard.append)
        works = [await work_of(sql, Statement(one.query, tuple(one.args or ()))) for one in heard]
    return data, sum(work.read for work in works)


async def test_pages_of_very_many_lines_follow_on_each_other(tenant: Tenant, orders: list[int]) -> None:
    document = (
        "query ($ids: [ID!], $after: String) "
        f"{{ orders(filter: {{ids: $ids}}) {{ nodes {{ lines(first: 2, after: $after) {LINES} }} }} }}"
    )
    large = encode_id("Order", orders[0])
    asked: list[int] = []
    after = None
    for _ in range(3):
        page = await tenant.admin.data(document, ids=[large], after=after)
        lines = page["nodes"][0]["lines"]
        assert lines["totalCount"] == VERY_MANY
        assert lines["pageInfo"]["hasNextPage"]
        assert {line["sku"]["code"] for line in lines["nodes"]} == {"TEA"}
        assert {line["order"]["number"] for line in lines["nodes"]} == {"SO-1"}
        asked += [line["requested"] for line in lines["nodes"]]
        after = lines["pageInfo"]["endCursor"]

    assert asked == [1, 2, 3, 4, 5, 6]


async def test_a_page_of_orders_reads_few_of_very_many_lines(tenant: Tenant, orders: list[int]) -> None:
    page, read = await read_by(
        tenant, "{ orders { nodes { number lines(first: 1) { nodes { requested } } } } }"
    )

    assert page["nodes"] == [
        {"number": number, "lines": {"nodes": [{"requested": 1}]}} for number in ("SO-1", "SO-2")
    ]
    assert read < VERY_MANY


async def test_an_order_with_very_many_lines_is_shown_with_the_first_of_them(
    tenant: Tenant, orders: list[int]
) -> None:
    order = await tenant.admin.data(
        f"query ($id: ID) {{ order(id: $id) {{ number lines {LINES} }} }}", id=encode_id("Order", orders[0])
    )

    assert order["number"] == "SO-1"
    assert order["lines"]["totalCount"] == VERY_MANY
    assert [line["requested"] for line in order["lines"]["nodes"]] == list(range(1, 51))
