"""The main job as users see it: the program in its own processes, real sockets, real workers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from cli.graphql_socket import GraphQLSocket
from domain.settings import Settings
from tests.cli.running import TOKEN, Served, begun, environment, serving

pytestmark = pytest.mark.anyio

ORDERS = 240
IN_STOCK = 150

SET_UP = """
mutation SetUp($stock: Int!) {
  upsertDistributionCenters(input: [{code: "JKT", name: "Jakarta"}]) { userErrors { message } }
  upsertSkus(input: [{code: "A", name: "Apple"}, {code: "B", name: "Bean"}]) { userErrors { message } }
  setStock(input: [{skuCode: "A", distributionCenterCode: "JKT", onHand: $stock}]) { userErrors { message } }
  updateClientSettings(input: {holdHours: 0}) { userErrors { message } }
}
"""
LOAD = """
mutation Load($input: [SalesOrderInput!]!) {
  loadSalesOrders(input: $input) { created orders { distributionCenter { id } } userErrors { message } }
}
"""
RUN = """
mutation Run($pool: ID!) {
  runOrderProcessor(distributionCenter: $pool) { run { id } userErrors { message } }
}
"""
CHANGES = """
subscription Changes($after: String) {
  orderChanged(after: $after) { cursor cause previousStatus order { number status } }
}
"""


@pytest.mark.rule("B6")
@pytest.mark.rule("F5")
async def test_subscribers_are_told_of_every_order_a_run_changes_and_resume_without_a_gap(
    settings: Settings,
) -> None:
    async with serving(env=environment(settings, embedded=False)) as served:
        pool = await _shop(served)
        url = f"{served.api.base_url}/graphql".replace("http", "ws", 1).replace("//graphql", "/graphql")
        async with GraphQLSocket.open(url, token=TOKEN) as steady:
            faithful = asyncio.create_task(_until_all_changed(steady.subscribe(CHANGES)))
            async with GraphQLSocket.open(url, token=TOKEN) as first:
                fickle = asyncio.create_task(_some(first.subscribe(CHANGES), 25))
                await begun(steady)
                await begun(first)
                answer = await served.query(RUN, pool=pool)
                assert answer["runOrderProcessor"]["userErrors"] == []
                seen = await asyncio.wait_for(fickle, 120)
            async with GraphQLSocket.open(url, token=TOKEN) as again:
                resumed = again.subscribe(CHANGES, {"after": seen[-1]["cursor"]})
                rest = await asyncio.wait_for(_until_all_changed(resumed, seen), 120)
            whole = await asyncio.wait_for(faithful, 120)

        committed = {f"SO-{number:03}" for number in range(IN_STOCK)}
        for events in (whole, seen + rest):
            by_order = defaultdict(list)
            for event in events:
                # What was loaded just before subscribing may be told as well.
                if event["cause"] == "orderProcessor":
                    by_order[event["order"]["number"]].append(event)
            assert set(by_order) == committed
            for changes in by_order.values():
                assert [(c["previousStatus"], c["order"]["status"]) for c in changes] == [
                    ("CREATE", "COMMIT")
                ]


async def _shop(served: Served) -> str:
    """Orders of which the first find their apples, each with beans that nobody has; the pool's id."""
    await served.query(SET_UP, stock=IN_STOCK)
    lines = [{"skuCode": "A", "quantity": 1}, {"skuCode": "B", "quantity": 1}]
    orders = [
        {
            "number": f"SO-{number:03}",
            "distributionCenterCode": "JKT",
            "orderedAt": f"2026-01-01T{number // 60:02}:{number % 60:02}:00Z",
            "lines": lines,
        }
        for number in range(ORDERS)
    ]
    loaded = (await served.query(LOAD, input=orders))["loadSalesOrders"]
    assert (loaded["created"], loaded["userErrors"]) == (ORDERS, [])
    pool: str = loaded["orders"][0]["distributionCenter"]["id"]
    return pool


async def _some(subscription: AsyncIterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Events until the run has told of `count` orders."""
    events: list[dict[str, Any]] = []
    async with aclosing(subscription) as answers:  # type: ignore[type-var]
        async for answer in answers:
            events.append(answer["orderChanged"])
            if sum(event["cause"] == "orderProcessor" for event in events) == count:
                break
    return events


async def _until_all_changed(
    subscription: AsyncIterator[dict[str, Any]], before: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Events until the run has told of as many orders as it dispatches."""
    events: list[dict[str, Any]] = []
    changed = [event for event in before or [] if event["cause"] == "orderProcessor"]
    async for answer in subscription:
        events.append(answer["orderChanged"])
        changed += [event for event in events[-1:] if event["cause"] == "orderProcessor"]
        if len(changed) == IN_STOCK:
            break
    return events
