"""What users do, over the public API and nothing else, until the time is up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from tests.faults.driver import mutations
from tests.faults.driver.caller import Caller
from tests.faults.driver.known import codes

POOLS = ("NORTH", "SOUTH")
SKUS = tuple(f"SKU-{number:02}" for number in range(10))
RECEIVED_ONLY = "RECEIVED"
"""A SKU that nobody counts or orders: what is on hand of it is what was received."""

_ORDER = "query($number: String!) { order(number: $number) { id lines(first: 10) { nodes { id } } } }"
_DISPATCHES = """query($status: [DispatchStatus!]) {
  dispatches(filter: {status: $status}, first: 20) { nodes { id number } } }"""
_TO_DELIVER = "query { backlogSkus(filter: {remaining: true}, first: 20) { nodes { id } } }"
_TO_FILL = "query { backorders(filter: {fulfillable: true}, first: 20) { nodes { id } } }"
_POOLS = "query { distributionCenters { id code } }"


class User:
    """A user, who does one thing after another."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._random = caller.random
        self._tenant = caller.tenant
        self._loaded = 0
        self._pools: list[str] = []

    async def work(self, *, seconds: float, pause: float) -> None:
        """Do something, pause, and so on until the time is up; what was begun is brought to its end."""
        pools = await self._caller.ask(_POOLS)
        self._pools = [pool["id"] for pool in pools if pool["code"] in POOLS]
        actions: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (6, self._load),
            (3, self._cancel),
            (3, self._count),
            (3, self._receive),
            (3, self._run),
            (1, self._schedule),
            (3, self._pack),
            (4, self._ship),
            (2, self._cancel_dispatch),
            (2, self._backlog),
            (2, self._deliver),
            (1, self._bulk),
            (2, self._pick),
            (2, self._fill),
            (2, self._scan),
        ]
        weights = [weight for weight, _ in actions]
        until = monotonic() + seconds
        while monotonic() < until:
            ((_, action),) = self._random.choices(actions, weights)
            await action()
            await asyncio.sleep(self._random.uniform(0, 2 * pause))

    async def _load(self) -> None:
        orders: list[dict[str, Any]] = []
        for _ in range(self._random.randint(1, 8)):
            self._loaded += 1
            lines = [
                {"skuCode": code, "quantity": self._random.randint(1, 5)}
                for code in self._random.sample(SKUS, k=self._random.randint(1, 4))
            ]
            number = f"{self._caller.name}-{self._loaded}"
            orders.append(
                {
                    "number": number,
                    "distributionCenterCode": self._random.choice(POOLS),
                    "priority": self._random.randint(0, 2),
                    "lines": lines,
                }
            )
        payload = await self._caller.change(mutations.LOAD, input=orders)
        created = {order["number"] for order in payload["orders"]}
        for order in orders:
            if order["number"] in created:
                units = Counter({line["skuCode"]: line["quantity"] for line in order["lines"]})
                self._tenant.orders[order["number"]] = units
            else:
                self._caller.known.problem(f"order {order['number']} did not land: {payload}")

    async def _cancel(self) -> None:
        numbers = self._some_orders(3)
        if numbers:
            payload = await self._caller.change(mutations.CANCEL, salesOrderNumbers=numbers)
            self._tenant.cancelled |= {order["number"] for order in payload["orders"]}

    async def _count(self) -> None:
        counts = [
            {
                "skuCode": code,
                "distributionCenterCode": self._random.choice(POOLS),
                "onHand": self._random.randint(0, 60),
            }
            for code in self._random.sample(SKUS, k=2)
        ]
        await self._caller.change(mutations.COUNT, input=counts)

    async def _receive(self) -> None:
        units = self._random.randint(1, 9)
        self._loaded += 1
        order: dict[str, Any] = {
            "number": f"PO-{self._caller.name}-{self._loaded}",
            "distributionCenterCode": self._random.choice(POOLS),
            "lines": [
                {"skuCode": RECEIVED_ONLY, "quantity": units},
                {"skuCode": self._random.choice(SKUS), "quantity": self._random.randint(1, 30)},
            ],
        }
        bought = await self._caller.change(mutations.BUY, input=order)
        if bought["purchaseOrder"] is None:
            return
        quantities = [line["quantity"] for line in order["lines"]]
        lines = [
            {"purchaseOrderLineId": line["id"], "quantity": quantity}
            for line, quantity in zip(bought["purchaseOrder"]["lines"], quantities, strict=True)
        ]
        received = await self._caller.change(mutations.RECEIVE, id=bought["purchaseOrder"]["id"], lines=lines)
        if not codes(received):
            self._tenant.received[RECEIVED_ONLY] += units

    async def _run(self) -> None:
        await self._caller.change(mutations.RUN, distributionCenter=self._random.choice(self._pools))

    async def _schedule(self) -> None:
        await self._caller.change(
            mutations.SCHEDULE,
            distributionCenter=self._random.choice(self._pools),
            cron="* * * * *",
            enabled=self._random.random() < 0.8,
        )

    async def _pack(self) -> None:
        if dispatch := await self._a_dispatch("CREATED"):
            await self._caller.change(mutations.PACK, id=dispatch["id"])

    async def _ship(self) -> None:
        if dispatch := await self._a_dispatch("CREATED", "PACKED"):
            payload = await self._caller.change(mutations.SHIP, id=dispatch["id"])
            if not codes(payload):
                self._tenant.shipped.add(dispatch["number"])

    async def _cancel_dispatch(self) -> None:
        if dispatch := await self._a_dispatch("CREATED", "PACKED", "SHIPPED"):
            await self._caller.change(
                mutations.CANCEL_DISPATCH,
                dispatchId=dispatch["id"],
                reasonCode="FAULT",
                requeue=self._random.random() < 0.6,
            )

    async def _backlog(self) -> None:
        if order := await self._an_order():
            confirmed = await self._caller.change(mutations.CONFIRM, id=order["id"])
            if not codes(confirmed):
                await self._caller.change(mutations.BACKLOG, orderId=order["id"])

    async def _deliver(self) -> None:
        found = (await self._caller.ask(_TO_DELIVER))["nodes"]
        if found:
            chosen = self._random.sample(found, k=min(3, len(found)))
            items = [{"backlogSkuId": one["id"], "quantity": 1} for one in chosen]
            await self._caller.change(mutations.DELIVER, items=items)

    async def _bulk(self) -> None:
        action = self._random.choice(["CONFIRM", "CREATE_BACKLOG_SKUS", "CREATE_DELIVERY_NOTES"])
        numbers = self._some_orders(60)
        if numbers:
            selection = {"filter": {"filter": {"numbers": numbers}}}
            payload = await self._caller.change(mutations.BULK, action=action, selection=selection)
            if payload["bulkOperation"]:
                self._tenant.bulk.add(payload["bulkOperation"]["id"])

    async def _pick(self) -> None:
        if order := await self._an_order():
            ids = [line["id"] for line in order["lines"]["nodes"]]
            policy = self._random.choice(["WHOLE_LINE", "FILL_WHAT_IS_THERE"])
            await self._caller.change(mutations.PICK, lineIds=ids, linePolicy=policy)

    async def _fill(self) -> None:
        found = (await self._caller.ask(_TO_FILL))["nodes"]
        if found:
            await self._caller.change(mutations.FILL, id=self._random.choice(found)["id"])

    async def _scan(self) -> None:
        scans: list[dict[str, Any]] = []
        at = datetime.now(UTC).isoformat()
        for action in self._random.choices(["COUNT", "SHIP", "PACK"], k=3):
            self._loaded += 1
            scan: dict[str, Any] = {
                "key": f"scan-{self._caller.name}-{self._loaded}",
                "action": action,
                "scannedAt": at,
            }
            if action == "COUNT":
                code, quantity = self._random.choice(SKUS), self._random.randint(0, 60)
                pool = self._random.choice(POOLS)
                scan |= {"code": code, "quantity": quantity, "distributionCenterCode": pool}
            elif dispatch := await self._a_dispatch("CREATED", "PACKED"):
                scan["code"] = dispatch["number"]
            else:
                continue
            scans.append(scan)
        if scans:
            await self._caller.change(mutations.SCAN, scans=scans)

    async def _a_dispatch(self, *status: str) -> dict[str, Any] | None:
        found: list[dict[str, Any]] = (await self._caller.ask(_DISPATCHES, status=status))["nodes"]
        return self._random.choice(found) if found else None

    async def _an_order(self) -> dict[str, Any] | None:
        numbers = self._some_orders(1)
        order: dict[str, Any] | None = await self._caller.ask(_ORDER, number=numbers[0]) if numbers else None
        return order

    def _some_orders(self, most: int) -> list[str]:
        # The newest ones: most of the others are done, and nothing happens to them any more.
        newest = list(self._tenant.orders)[-100:]
        return self._random.sample(newest, k=min(most, len(newest)))
