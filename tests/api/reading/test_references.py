"""What rows refer to comes along with them: a level of a query and what it refers to are one statement."""

from __future__ import annotations

from asyncio import sleep
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery

from api.ids import encode_id
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = pytest.mark.anyio


class Heard(list[str]):
    """The statements that are sent while somebody listens."""

    def hear(self, query: LoggedQuery) -> None:
        self.append(query.query)


async def asked(tenant: Tenant, query: str, **variables: Any) -> tuple[Any, list[str]]:
    """The answer, and the statements it took."""
    heard = Heard()
    async with tenant.shop.database.connection(tenant.shop.client_id) as sql:
        sql.add_query_logger(heard.hear)
    # The connection that was given back last is the next that is lent.
    data = await tenant.admin.data(query, **variables)
    async with tenant.shop.database.connection(tenant.shop.client_id) as sql:
        sql.remove_query_logger(heard.hear)
    # Loggers are told in the next turn of the event loop.
    await sleep(0)
    return data, heard


async def test_a_page_of_orders_with_lines_and_skus_is_two_statements(tenant: Tenant) -> None:
    for number in ("SO-1", "SO-2"):
        await tenant.shop.order(number, P=1, Q=2)

    page, statements = await asked(
        tenant,
        "{ orders { nodes { number store { code } distributionCenter { code } "
        "lines { nodes { requested sku { code name } } } } } }",
    )

    lines = [
        {"requested": units, "sku": {"code": code, "name": code}} for code, units in (("P", 1), ("Q", 2))
    ]
    assert page["nodes"] == [
        {"number": number, "store": None, "distributionCenter": {"code": MAIN}, "lines": {"nodes": lines}}
        for number in ("SO-1", "SO-2")
    ]
    assert len(statements) == 2


async def test_an_id_alone_needs_no_other_table(tenant: Tenant) -> None:
    order_id = await tenant.shop.order("SO-1", P=1)
    sku_id = await tenant.shop.id_of("skus", "P")

    order, statements = await asked(
        tenant,
        "query ($id: ID) { order(id: $id) { lines { nodes { sku { id } } } } }",
        id=encode_id("Order", order_id),
    )

    assert order == {"lines": {"nodes": [{"sku": {"id": encode_id("Sku", sku_id)}}]}}
    assert len(statements) == 1
    assert not any("skus" in statement for statement in statements)


async def test_one_order_with_its_lines_and_skus_is_one_statement(tenant: Tenant) -> None:
    for number in ("SO-1", "SO-2"):
        await tenant.shop.order(number, P=1, Q=2)
    order_id = await tenant.shop.order("SO-3", Q=3, P=4)

    order, statements = await asked(
        tenant,
        """query ($id: ID) { order(id: $id) { id number status
            lines { totalCount pageInfo { hasNextPage }
                    nodes { requested sku { code } order { number } } } } }""",
        id=encode_id("Order", order_id),
    )

    lines = [
        {"requested": units, "sku": {"code": code}, "order": {"number": "SO-3"}}
        for code, units in (("Q", 3), ("P", 4))
    ]
    assert order == {
        "id": encode_id("Order", order_id),
        "number": "SO-3",
        "status": "CREATE",
        "lines": {"totalCount": 2, "pageInfo": {"hasNextPage": False}, "nodes": lines},
    }
    assert len(statements) == 1


@pytest.mark.parametrize(
    "lines",
    [
        "lines(first: 1) { nodes { sku { code } } }",
        "lines { nodes { requested } } again: lines(first: 1) { nodes { sku { code } } }",
        "lines { nodes { requested } } ... on Order { lines { nodes { sku { code } } } }",
        "store { code } lines { nodes { sku { code } } }",
        "distributionCenter { code } possibleActions lines { nodes { sku { code } } }",
        "holdExpiresAt lines { nodes { sku { code } } }",
        "lines @skip(if: true) { nodes { sku { code } } }",
    ],
)
async def test_an_order_is_the_same_alone_and_in_a_page_however_its_lines_are_asked_for(
    tenant: Tenant, lines: str
) -> None:
    await tenant.shop.order("SO-1", P=1)
    order_id = await tenant.shop.order("SO-2", Q=3, P=4)

    alone = await tenant.admin.data(
        f"query ($id: ID) {{ order(id: $id) {{ number {lines} }} }}", id=encode_id("Order", order_id)
    )
    page = await tenant.admin.data(f"{{ orders(sort: NUMBER, last: 1) {{ nodes {{ number {lines} }} }} }}")

    assert alone == page["nodes"][0]
    assert alone["number"] == "SO-2"


async def test_an_order_that_there_is_not_is_null_with_its_lines(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", P=1)
    query = "query ($id: ID) { order(id: $id) { number lines { nodes { requested } } } }"
    assert await tenant.admin.data(query, id=encode_id("Order", 4711)) is None


async def test_what_needs_joins_of_its_own_is_read_by_itself(tenant: Tenant) -> None:
    order_id = await tenant.shop.order("SO-1", P=1)

    line, statements = await asked(
        tenant,
        "query ($id: ID) { order(id: $id) { lines { nodes { order { number holdExpiresAt } } } } }",
        id=encode_id("Order", order_id),
    )

    (found,) = line["lines"]["nodes"]
    assert found["order"]["number"] == "SO-1"
    assert found["order"]["holdExpiresAt"]
    assert len(statements) == 3


async def test_what_is_referred_to_leads_on(tenant: Tenant) -> None:
    order_id = await tenant.shop.order("SO-1", P=1)

    line = await tenant.admin.data(
        """query ($id: ID) { order(id: $id) { lines { nodes {
            order { number distributionCenter { code } lines { totalCount nodes { requested } } } } } } }""",
        id=encode_id("Order", order_id),
    )

    (found,) = line["lines"]["nodes"]
    lines = {"totalCount": 1, "nodes": [{"requested": 1}]}
    assert found["order"] == {"number": "SO-1", "distributionCenter": {"code": MAIN}, "lines": lines}


async def test_the_order_of_a_page_stays_whatever_is_joined(tenant: Tenant) -> None:
    for number in ("SO-3", "SO-1", "SO-2"):
        await tenant.shop.order(number, P=1)
    query = """query ($last: Int) {
        orders(sort: NUMBER, last: $last) { nodes { number distributionCenter { code } } } }"""

    page, _ = await asked(tenant, query)
    end, _ = await asked(tenant, query, last=2)

    assert [order["number"] for order in page["nodes"]] == ["SO-1", "SO-2", "SO-3"]
    assert [order["number"] for order in end["nodes"]] == ["SO-2", "SO-3"]
