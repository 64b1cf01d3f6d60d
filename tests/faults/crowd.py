"""One process of a crowd that works on one pool: it loads, cancels, counts, packs, ships and runs.

    python -m tests.faults.crowd URL CLIENT_ID SEED SECONDS

It prints what it did, as JSON. What the operations refuse is part of the game; anything else is an error.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random

from domain.operations import cancel_orders, dispatches, set_up
from domain.operations.command import Command
from domain.operations.leasing import LeaseLostError
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine, load_sales_orders
from domain.operations.processor_runs import (
    RunHandle,
    apply_next_chunk,
    claim_run,
    finish_run,
    plan_run,
    request_run,
)
from domain.ports import Authority
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import Role
from domain.store.database import Database

SKUS = [f"SKU{number}" for number in range(12)]
POOL = "MAIN"


class Member:
    """One of the crowd."""

    def __init__(self, database: Database, *, client_id: int, seed: int) -> None:
        self._database = database
        self._client_id = client_id
        self._seed = seed
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._loaded = 0
        self.done: Counter[str] = Counter()

    async def work(self, *, seconds: float) -> None:
        """Do one thing after another until the time is up."""
        actions: list[tuple[int, str, Callable[[], Awaitable[object]]]] = [
            (5, "load", self._load),
            (2, "cancel", self._cancel),
            (2, "count", self._count),
            (3, "run", self._run),
            (2, "ship", lambda: self._on_a_dispatch(self._ship)),
            (2, "cancel dispatch", lambda: self._on_a_dispatch(self._cancel_dispatch)),
        ]
        weights = [weight for weight, _, _ in actions]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            _, name, action = self._random.choices(actions, weights)[0]
            try:
                await action()
                self.done[name] += 1
            except Refusal as refusal:
                self.done[f"{name}: {refusal.code}"] += 1

    def _command(self) -> Command:
        authority = Authority(client_id=self._client_id, role=Role.ADMIN, actor=f"member {self._seed}")
        return Command(self._database, authority, datetime.now(UTC))

    async def _load(self) -> None:
        orders = []
        for _ in range(self._random.randint(1, 20)):
            self._loaded += 1
            codes = self._random.choices(SKUS, k=self._random.randint(1, 4))
            lines = tuple(SalesOrderLine(sku_code=c, quantity=self._random.randint(1, 5)) for c in codes)
            orders.append(
                SalesOrder(
                    number=f"{self._seed}-{self._loaded}",
                    distribution_center_code=POOL,
                    priority=self._random.randint(0, 2),
                    lines=lines,
                )
            )
        await load_sales_orders(self._command(), sales_orders=orders)

    async def _cancel(self) -> None:
        # Anybody's orders, so that two cancel the same one at the same time.
        numbers = [f"{self._random.randint(0, 7)}-{self._random.randint(1, self._loaded + 1)}" for _ in "abc"]
        await cancel_orders.cancel_sales_orders(self._command(), numbers=numbers)

    async def _count(self) -> None:
        code = self._random.choice(SKUS)
        count = set_up.StockCount(
            sku_code=code, distribution_center_code=POOL, on_hand=self._random.randint(0, 200)
        )
        await set_up.set_stock(self._command(), counts=[count])

    async def _run(self) -> None:
        async with self._database.connection_across_clients() as sql:
            pool = await sql.fetchval(
                "SELECT id FROM distribution_centers WHERE client_id = $1 AND code = $2",
                self._client_id,
                POOL,
            )
        requested = await request_run(self._command(), distribution_center_id=pool)
        run = RunHandle(
            database=self._database,
            client_id=self._client_id,
            run_id=requested.run_id,
            holder=f"member {self._seed}",
        )
        now = datetime.now(UTC) + timedelta(hours=self._random.choice((0, 48)))
        try:
            if await claim_run(run, now=now) is None:
                self.done["run: pool is busy"] += 1
                return
            await plan_run(run, now=now)
            while await apply_next_chunk(run, now=now, size=50):
                pass
            await finish_run(run, now=now)
        except LeaseLostError:
            self.done["run: lost"] += 1

    async def _on_a_dispatch(self, action: Callable[[int], Awaitable[object]]) -> None:
        async with self._database.connection_across_clients() as sql:
            ids = await sql.fetch(
                "SELECT id FROM dispatches WHERE client_id = $1 ORDER BY id DESC LIMIT 40", self._client_id
            )
        if ids:
            await action(self._random.choice(ids)["id"])

    async def _ship(self, dispatch_id: int) -> None:
        await dispatches.ship_dispatch(self._command(), dispatch_id=dispatch_id)

    async def _cancel_dispatch(self, dispatch_id: int) -> None:
        await dispatches.cancel_dispatch(
            self._command(),
            dispatch_id=dispatch_id,
            reason_code="CROWD",
            requeue=self._random.random() < 0.5,
        )


async def main(url: str, client_id: int, seed: int, seconds: float) -> None:
    database = await Database.open(url, max_size=2, application_name=f"crowd-{seed}")
    try:
        member = Member(database, client_id=client_id, seed=seed)
        await member.work(seconds=seconds)
    finally:
        await database.close()
    json.dump(member.done, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
