"""Work of each kind at a steady pace, done to the running program as its users do it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import asyncpg
import httpx

from api.ids import encode_id
from bench.processes import Assistant
from bench.setting import Filled
from domain.store.database import Database
from domain.store.events import Event, Topic, write

PAGE = "page of 50 orders × 3 lines × SKU"
ORDER = "one order by id"
LOADED = "order loaded, 3 lines"
LINE = "line of a run"
DELIVERY = "event delivered to a subscriber"

_BATCH = 50
_LINES = "lines { nodes { requested allocated shipped cancelled sku { code name } } }"
_PAGE = f"{{ orders(first: 50) {{ nodes {{ number status {_LINES} }} }} }}"
_ORDER = f"query One($id: ID!) {{ order(id: $id) {{ number status {_LINES} }} }}"
_LOAD = "mutation Load($input: [SalesOrderInput!]!) { loadSalesOrders(input: $input) { created } }"
_RUN = "mutation Run($pool: ID!) { runOrderProcessor(distributionCenter: $pool) { userErrors { code } } }"
_FOLLOW = (
    "subscription Follow($ids: [ID!]) { orderChanged(orderIds: $ids) { cause order { number status } } }"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Work of one kind: doing some of it, how often a second, and how many units of it that is."""

    kind: str
    per_second: float
    units: int
    do: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Loads:
    """What can be asked of the running program; orders are loaded into the first pool of `filled`."""

    filled: Filled
    http: httpx.AsyncClient
    database: Database
    skus: Sequence[str]
    subscribers: Assistant
    subscribed: int
    followed: Sequence[int]
    _numbers: count[int] = field(default_factory=count)

    async def follow(self, *, port: int, token: str) -> None:
        """Have subscribers follow some orders, which nothing else touches."""
        ids = [encode_id("Order", number) for number in self.followed]
        payload = {"query": _FOLLOW, "variables": {"ids": ids}}
        told = {"port": port, "path": "/graphql", "count": self.subscribed, "token": token}
        await self.subscribers.ask(do="open", subscriptions=[payload], **told)

    def page(self, per_second: float) -> Work:
        """Pages of orders."""
        return Work(kind=PAGE, per_second=per_second, units=1, do=lambda: self._ask(_PAGE))

    def order(self, per_second: float) -> Work:
        """Single orders."""

        async def do() -> None:
            await self._ask(_ORDER, id=encode_id("Order", 1 + next(self._numbers) % 1_000))

        return Work(kind=ORDER, per_second=per_second, units=1, do=do)

    def loaded(self, per_second: float) -> Work:
        """Batches of new orders."""

        async def do() -> None:
            numbers = [next(self._numbers) for _ in range(_BATCH)]
            orders = [
                {
                    "number": f"LOADED-{number}",
                    "distributionCenterCode": "DC1",
                    "lines": [
                        {"skuCode": self.skus[(number + line) % len(self.skus)], "quantity": 1}
                        for line in range(3)
                    ],
                }
                for number in numbers
            ]
            answer = await self._ask(_LOAD, input=orders)
            if answer["loadSalesOrders"]["created"] != _BATCH:
                raise RuntimeError(f"not all orders were loaded: {answer}")

        return Work(kind=LOADED, per_second=per_second, units=_BATCH, do=do)

    def delivery(self, per_second: float) -> Work:
        """Changes of the followed orders, each told to every subscriber."""
        changes = len(self.followed)

        async def do() -> None:
            receiving = asyncio.create_task(self.subscribers.ask(do="receive", messages=changes))
            await asyncio.sleep(0)
            await self._change_followed()
            await receiving

        return Work(kind=DELIVERY, per_second=per_second, units=changes * self.subscribed, do=do)

    async def run(self, pool: int) -> None:
        """A run of the pool, from its request to its end."""
        await self._ask(_RUN, pool=encode_id("DistributionCenter", pool))
        connection = await asyncpg.connect(self.filled.url)
        try:
            unfinished = "SELECT count(*) FROM processor_runs WHERE finished_at IS NULL"
            while await connection.fetchval(unfinished):  # noqa: ASYNC110 - a worker makes it true
                await asyncio.sleep(0.1)
        finally:
            await connection.close()

    async def _ask(self, document: str, **variables: object) -> Any:
        answer = await self.http.post("/graphql", json={"query": document, "variables": variables})
        body = answer.json()
        if "errors" in body:
            raise RuntimeError(f"the program answers with an error: {body['errors']}")
        return body["data"]

    async def _change_followed(self) -> None:
        now = datetime.now(UTC)
        async with self.database.transaction_across_clients() as transaction:
            await write(
                transaction.sql,
                [
                    Event(
                        client_id=self.filled.business.client_id,
                        topic=Topic.ORDER,
                        at=now,
                        cause="capacity",
                        subject_id=order_id,
                        distribution_center_id=1,
                    )
                    for order_id in self.followed
                ],
            )


async def paced(works: Sequence[Work], *, seconds: float) -> dict[str, int]:
    """Do all works side by side, each at its pace, for so long; how many units of each kind were done."""
    done = {work.kind: 0 for work in works}

    async def keep_pace(work: Work) -> None:
        began = time.monotonic()
        for number in range(int(seconds * work.per_second)):
            await asyncio.sleep(max(0.0, began + number / work.per_second - time.monotonic()))
            await work.do()
            done[work.kind] += work.units

    async with asyncio.TaskGroup() as group:
        # Doing nothing takes as long.
        group.create_task(asyncio.sleep(seconds))
        for work in works:
            group.create_task(keep_pace(work))
    return done
