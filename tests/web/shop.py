"""A shop to look at: its orders and stock, set up through the API of a running server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.cli.running import Served
from tests.waiting import eventually

_SET_UP = """mutation ($centers: [DistributionCenterInput!]!, $stores: [StoreInput!]!) {
  upsertDistributionCenters(input: $centers) { userErrors { message } }
  upsertStores(input: $stores) { userErrors { message } }
  updateClientSettings(input: {holdHours: 0, allowBacklogSkuRevert: true}) { userErrors { message } }
}"""
_SKUS = "mutation ($skus: [SkuInput!]!) { upsertSkus(input: $skus) { userErrors { message } } }"
_STOCK = "mutation ($stock: [StockInput!]!) { setStock(input: $stock) { userErrors { message } } }"
_LOAD = """mutation ($orders: [SalesOrderInput!]!) {
  loadSalesOrders(input: $orders) { created userErrors { message } orders { id number } }
}"""
_BUY = """mutation ($input: PurchaseOrderInput!) {
  createPurchaseOrder(input: $input) { userErrors { message } purchaseOrder { id } }
}"""
_RUN = """mutation ($center: ID!) {
  runOrderProcessor(distributionCenter: $center) { userErrors { message } run { id } }
}"""
_RUN_STATE = "query ($id: ID!) { node(id: $id) { ... on ProcessorRun { status failure } } }"
_SCHEDULE = """mutation ($center: ID!, $cron: String!) {
  setProcessorSchedule(distributionCenter: $center, cron: $cron) { userErrors { message } }
}"""

CENTERS = (("BER", "Berlin"), ("LYS", "Lyon"))
STORES = (("WEB", "Web shop"), ("MKT", "Marketplace"))
GOODS = {
    "10-01": "Tent Fjord 2, green",
    "12-01": "Sleeping bag Dune -5",
    "14-02": "Backpack Ridge 38, ocean",
    "16-01": "Stove Ember, gas",
    "18-01": "Bottle Spring 1 L, steel",
    "20-03": "Rain jacket Squall, L",
}


@dataclass
class Shop:
    """The shop of a server's first client."""

    served: Served
    ids: dict[str, str] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))
    codes: count[int] = field(default_factory=lambda: count(1))

    async def set_up(self) -> None:
        """Two distribution centers, two stores and some goods, none of them in stock."""
        await self._do(
            _SET_UP,
            centers=[{"code": code, "name": name} for code, name in CENTERS],
            stores=[{"code": code, "name": name} for code, name in STORES],
        )
        await self._do(_SKUS, skus=[{"code": code, "name": name} for code, name in GOODS.items()])
        found = await self.served.query("{ distributionCenters { id code } }")
        self.ids = {center["code"]: center["id"] for center in found["distributionCenters"]}

    async def goods(self, how_many: int) -> list[str]:
        """Codes of SKUs nobody else has to do with."""
        codes = [f"T-{next(self.codes):03}" for _ in range(how_many)]
        await self._do(_SKUS, skus=[{"code": code, "name": f"Thing {code}"} for code in codes])
        return codes

    async def stock(self, center: str, units: dict[str, int]) -> None:
        """Count so many units of each SKU."""
        counts = [
            {"skuCode": sku, "distributionCenterCode": center, "onHand": on_hand}
            for sku, on_hand in units.items()
        ]
        await self._do(_STOCK, stock=counts)

    async def orders(
        self, how_many: int, center: str, units: dict[str, int], *, minutes_ago: int = 10, **more: Any
    ) -> list[str]:
        """Load orders of these units; their numbers. `more` are fields of SalesOrderInput."""
        ordered_at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        orders = [
            {
                "number": f"SO-{next(self.numbers):04}",
                "distributionCenterCode": center,
                "orderedAt": (ordered_at + timedelta(seconds=place)).isoformat(),
                "lines": [{"skuCode": sku, "quantity": quantity} for sku, quantity in units.items()],
                "storeCode": "WEB",
                **more,
            }
            for place in range(how_many)
        ]
        data = await self._do(_LOAD, orders=orders)
        assert data["loadSalesOrders"]["created"] == how_many
        return [str(order["number"]) for order in orders]

    async def buy(self, number: str, center: str, sku: str, quantity: int, *, days: int) -> None:
        """Expect goods in so many days."""
        line = {
            "skuCode": sku,
            "quantity": quantity,
            "expectedAt": (datetime.now(UTC) + timedelta(days=days)).isoformat(),
        }
        await self._do(
            _BUY,
            input={"number": number, "distributionCenterCode": center, "vendor": "Nordwerk", "lines": [line]},
        )

    async def schedule(self, center: str, cron: str) -> None:
        """Set when the Order Processor runs."""
        await self._do(_SCHEDULE, center=self.ids[center], cron=cron)

    async def run(self, center: str) -> None:
        """Have a worker process the distribution center's orders."""
        data = await self._do(_RUN, center=self.ids[center])
        run_id = data["runOrderProcessor"]["run"]["id"]
        state: dict[str, Any] = {}

        async def over() -> bool:
            state.update((await self.served.query(_RUN_STATE, id=run_id))["node"])
            return state["status"] not in ("SCHEDULED", "RUNNING")

        await eventually(over)
        assert state["status"] == "COMPLETED", state

    async def back_orders(self, how_many: int, center: str, short: str, there: str) -> list[str]:
        """Orders that have been dispatched in part: `short` is not there, `there` was. Their numbers."""
        await self.stock(center, {there: 1000})
        numbers = await self.orders(how_many, center, {short: 3, there: 1})
        await self.run(center)
        return numbers

    async def set(self, **settings: Any) -> None:
        """Change settings of the client, by their GraphQL names."""
        await self._do(
            """mutation($input: ClientSettingsInput!) {
                 updateClientSettings(input: $input) { userErrors { message } } }""",
            input=settings,
        )

    async def _do(self, mutation: str, **variables: Any) -> Any:
        data = await self.served.query(mutation, **variables)
        assert all(not payload["userErrors"] for payload in data.values()), data
        return data
