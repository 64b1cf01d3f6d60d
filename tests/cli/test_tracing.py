"""A request is followed through its operation, its job and its events, over all processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from cli.embedded.redis import redis_program
from cli.graphql_socket import GraphQLSocket
from domain.settings import Settings
from tests.cli.running import TOKEN, backfill, begun, environment, serving
from tests.collector import Collector, collecting
from tests.waiting import eventually

pytestmark = pytest.mark.anyio

# Without a Redis server both share one process.
WORKER = "backfill-worker" if redis_program() else "backfill-api"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"

SET_UP = """
mutation {
  upsertDistributionCenters(input: [{code: "JKT", name: "Jakarta"}]) { userErrors { message } }
  upsertSkus(input: [{code: "A", name: "Apple"}]) { userErrors { message } }
  setStock(input: [{skuCode: "A", distributionCenterCode: "JKT", onHand: 5}]) { userErrors { message } }
  loadSalesOrders(
    input: [{number: "SO-1", distributionCenterCode: "JKT", lines: [{skuCode: "A", quantity: 1}]}]
  ) {
    orders { distributionCenter { id } } userErrors { message }
  }
}
"""
RUN = "mutation Run($pool: ID!) { runOrderProcessor(distributionCenter: $pool) { userErrors { message } } }"
CHANGES = "subscription { orderChanged { cause order { number status } } }"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as open_collector:
        yield open_collector


async def test_one_trace_goes_from_the_request_to_what_the_subscriber_is_told(
    settings: Settings, collector: Collector
) -> None:
    told = {"BACKFILL_TRACES_URL": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    async with serving(env=environment(settings, embedded=False) | told) as served:
        loaded = (await served.query(SET_UP))["loadSalesOrders"]
        url = str(served.api.base_url.copy_with(scheme="ws", path="/graphql"))
        async with GraphQLSocket.open(url, token=TOKEN) as socket:
            committed = asyncio.create_task(_committed(socket))
            await begun(socket)
            answer = await served.api.post(
                "/graphql",
                json={"query": RUN, "variables": {"pool": loaded["orders"][0]["distributionCenter"]["id"]}},
                headers={"traceparent": TRACEPARENT},
            )
            assert answer.json()["data"] == {"runOrderProcessor": {"userErrors": []}}
            await asyncio.wait_for(committed, 120)

        async def all_arrived() -> bool:
            return {
                ("backfill-api", "POST /graphql"),
                ("backfill-api", "mutation Run"),
                ("backfill-api", "runOrderProcessor"),
                (WORKER, "process_run"),
                (WORKER, "run step"),
                ("backfill-api", "deliver"),
            } <= {(span.service, span.name) for span in collector.of(TRACE_ID)}

        await eventually(all_arrived)
    spans = collector.of(TRACE_ID)
    known = {span.span_id for span in spans} | {"b7ad6b7169203331"}
    assert all(span.parent_id in known for span in spans), "a span hangs in the air"


async def test_nothing_is_exported_without_an_address(settings: Settings, collector: Collector) -> None:
    async with serving(env=environment(settings, embedded=False)) as served:
        await served.query("{ client { code } }")
    assert collector.spans == []


async def test_an_address_that_is_none_is_refused_with_what_to_write(settings: Settings) -> None:
    env = environment(settings, embedded=False) | {"BACKFILL_TRACES_URL": "collector:4318"}
    ended = await backfill("worker", env=env)
    assert ended.code == 1
    assert "BACKFILL_TRACES_URL: must be a web address, which begins with http://" in ended.errors


async def _committed(socket: GraphQLSocket) -> None:
    async for answer in socket.subscribe(CHANGES):
        if answer["orderChanged"]["order"]["status"] == "COMMIT":
            return
