"""The mixed load of a soak: everything that a day has, at a steady rate, on one running program.

Orders come, runs share out what there is, dispatches are shipped and what can't be filled is cancelled, so
that what is open stays as much as it was. People look at pages, the same few; subscribers stay, drop and
resume; and some send what is refused.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from itertools import count
from random import Random
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed

from cli.graphql_socket import AnsweredWithErrorsError, GraphQLSocket, NotAdmittedError, SocketClosedError
from tests.cli.running import TOKEN, Served

SKUS = [f"SKU-{number:03}" for number in range(200)]
POOL = "MAIN"

_SET_UP = """
mutation SetUp($skus: [SkuInput!]!) {
  upsertDistributionCenters(input: [{code: "MAIN", name: "Main"}]) { userErrors { message } }
  upsertSkus(input: $skus) { userErrors { message } }
  updateClientSettings(input: {holdHours: 0}) { userErrors { message } }
}
"""
_COUNT = """
mutation Count($input: [StockInput!]!, $key: String) {
  setStock(input: $input, idempotencyKey: $key) { count userErrors { message } }
}
"""
_LOAD = """
mutation Load($input: [SalesOrderInput!]!, $key: String) {
  loadSalesOrders(input: $input, idempotencyKey: $key) { created userErrors { message } }
}
"""
_RUN = """
mutation Run($pool: ID!, $key: String) {
  runOrderProcessor(distributionCenter: $pool, idempotencyKey: $key) { run { id } userErrors { message } }
}
"""
_TO_SHIP = "{ dispatches(filter: {status: [CREATED]}, first: 50) { nodes { id } } }"
_SHIP = "mutation Ship($id: ID!) { shipDispatch(id: $id) { dispatch { status } userErrors { message } } }"
_QUEUED = """
{
  orders(filter: {queueStatus: [QUEUED, PARTIALLY_PROCESSED]}, first: 100, sort: ORDERED_AT) {
    totalCount nodes { number }
  }
}
"""
_CANCEL = """
mutation Cancel($numbers: [String!]!) {
  loadSalesOrderCancellations(salesOrderNumbers: $numbers) { orders { status } userErrors { message } }
}
"""
_LOOKS = (
    """{ orders(first: 50) { totalCount nodes {
      number status backOrderStatus lines { nodes { open available sku { code name } } }
      dispatches { nodes { number status } } } } }""",
    "{ backOrderList(first: 20) { nodes { number lines { nodes { open short explanation { reason } } } } } }",
    "{ backlogOrders(first: 20) { orders { nodes { number condition } } counts { condition count } } }",
    "{ auditTrail(first: 50) { nodes { action summary } } }",
    "{ processorRuns(first: 10) { nodes { status startedAt finishedAt } } }",
    '{ stockLevels(skuCodes: ["SKU-001", "SKU-002"]) { onHand allocated available } }',
)
_CHANGES = (
    "subscription ($after: String) { orderChanged(after: $after) { cursor cause order { number status } } }"
)
_LEVELS = "subscription ($after: String) { stockLevelChanged(after: $after) { cursor } }"
_REFUSED = (
    '{"query": "{ nothing"}',
    '{"query": "{ client { noSuchField } }"}',
    "[1, 2",
    '"x"',
    '{"query": "query ($n: Int!) { orders(first: $n) { totalCount } }", "variables": {"n": "many"}}',
)


class Load:
    """One load on one program; `done` counts what was done, `failures` what must not be."""

    def __init__(self, served: Served, *, seed: int) -> None:
        self._served = served
        self._seed = seed
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._numbers = count(1)
        self._pool = ""
        self._socket_url = str(served.api.base_url).replace("http", "ws", 1) + "/graphql"
        self.done: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()

    async def set_up(self) -> None:
        """What there has to be before orders can come."""
        answers = await self._ask(_SET_UP, skus=[{"code": code, "name": f"Thing {code}"} for code in SKUS])
        assert all(answer["userErrors"] == [] for answer in answers.values()), answers
        found = await self._ask("{ distributionCenters { id } }")
        self._pool = found["distributionCenters"][0]["id"]

    async def go_on(self, *, seconds: float, rate: float) -> None:
        """Load for so long; `rate` 1 is ten orders a second."""
        rounds: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (1.0, self._load_orders),
            (2.0, self._count_stock),
            (2.5, self._run),
            (2.0, self._ship),
            (5.0, self._cancel_what_waits),
            (0.25, self._look),
            (1.0, self._be_refused),
            (2.0, self._drop_and_resume),
            (3.0, self._stream_for_a_moment),
            (5.0, self._come_with_a_wrong_token),
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for every, action in rounds:
                    group.create_task(self._repeat(every / rate, action))
                for number in range(20):
                    group.create_task(self._stay(_CHANGES if number % 2 else _LEVELS))

    async def _repeat(self, every: float, action: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(0.5, 1.5) * every)
            doing = asyncio.create_task(self._do(action))
            try:
                await asyncio.shield(doing)
            finally:
                # What has begun is brought to its end: the HTTP client leaves a connection open that is given
                # up just as it is made.
                await doing

    async def _do(self, action: Callable[[], Awaitable[None]]) -> None:
        name = action.__name__.strip("_").replace("_", " ")
        try:
            await action()
            self.done[name] += 1
        except (
            AssertionError,
            AnsweredWithErrorsError,
            SocketClosedError,
            httpx.HTTPError,
            OSError,
        ) as error:
            self.failures[f"{name}: {error!r}"[:300]] += 1

    async def _ask(self, document: str, **variables: Any) -> Any:
        answer = await self._served.api.post("/graphql", json={"query": document, "variables": variables})
        assert answer.status_code == 200, (answer.status_code, answer.text[:200])
        body = answer.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def _load_orders(self) -> None:
        orders = [
            {
                "number": f"SO-{self._seed}-{next(self._numbers)}",
                "distributionCenterCode": POOL,
                "priority": self._random.randint(0, 2),
                "lines": [
                    {"skuCode": code, "quantity": self._random.randint(1, 3)}
                    for code in self._random.sample(SKUS, self._random.randint(1, 3))
                ],
            }
            for _ in range(10)
        ]
        key = f"load-{orders[0]['number']}"
        for _ in range(self._random.choice((1, 1, 2))):
            # Who got no answer sends it again.
            answer = (await self._ask(_LOAD, input=orders, key=key))["loadSalesOrders"]
            assert (answer["created"], answer["userErrors"]) == (10, []), answer
        self.done["orders"] += 10

    async def _count_stock(self) -> None:
        counts = [
            {"skuCode": code, "distributionCenterCode": POOL, "onHand": self._random.randint(0, 60)}
            for code in self._random.sample(SKUS, 40)
        ]
        # A count below what is allocated is refused, which is right.
        await self._ask(_COUNT, input=counts, key=f"count-{self._seed}-{next(self._numbers)}")

    async def _run(self) -> None:
        await self._ask(_RUN, pool=self._pool, key=f"run-{self._seed}-{next(self._numbers)}")

    async def _ship(self) -> None:
        found = await self._ask(_TO_SHIP)
        for node in found["dispatches"]["nodes"]:
            answer = (await self._ask(_SHIP, id=node["id"]))["shipDispatch"]
            assert answer["userErrors"] == [], answer
            self.done["dispatches shipped"] += 1

    async def _cancel_what_waits(self) -> None:
        found = (await self._ask(_QUEUED))["orders"]
        if found["totalCount"] > 300:
            await self._ask(_CANCEL, numbers=[node["number"] for node in found["nodes"]])

    async def _look(self) -> None:
        await self._ask(self._random.choice(_LOOKS))

    async def _be_refused(self) -> None:
        answer = await self._served.api.post(
            "/graphql",
            content=self._random.choice(_REFUSED),
            headers={"Content-Type": "application/json", "Accept": "application/graphql-response+json"},
        )
        assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:200])

    async def _drop_and_resume(self) -> None:
        after = None
        for _ in range(2):
            async with GraphQLSocket.open(self._socket_url, token=TOKEN) as socket:
                changes = socket.subscribe(_CHANGES, {"after": after})
                async with asyncio.timeout(120), aclosing(changes) as events:  # type: ignore[type-var]
                    async for event in events:
                        after = event["orderChanged"]["cursor"]
                        break

    async def _stream_for_a_moment(self) -> None:
        headers = {"Accept": "text/event-stream"}
        body = {"query": _CHANGES}
        async with (
            asyncio.timeout(120),
            self._served.api.stream("POST", "/graphql", json=body, headers=headers) as response,
        ):
            assert response.status_code == 200, response.status_code
            async for line in response.aiter_lines():
                if line.startswith("data:"):
                    break

    async def _come_with_a_wrong_token(self) -> None:
        answer = await self._served.api.post(
            "/graphql", json={"query": "{ client { code } }"}, headers={"Authorization": "Bearer wrong"}
        )
        assert answer.status_code == 401, answer.status_code
        with suppress(NotAdmittedError):
            async with GraphQLSocket.open(self._socket_url, token="wrong") as socket:
                await socket.execute("{ client { code } }")
            raise AssertionError("a wrong token was let in")

    async def _stay(self, document: str) -> None:
        """Subscribe and read on; whoever is cut off comes again, and that is a failure."""
        while True:
            try:
                async with GraphQLSocket.open(self._socket_url, token=TOKEN) as socket:
                    async for _ in socket.subscribe(document):
                        self.done["events"] += 1
            except (AnsweredWithErrorsError, SocketClosedError, ConnectionClosed, OSError) as error:
                self.failures[f"stay: {error!r}"[:300]] += 1
            await asyncio.sleep(1)
