"""Business as usual: sets the shop up through the API, then keeps orders and deliveries coming."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

from cli.demo.samples import DISTRIBUTION_CENTERS, STORES, Shop
from cli.graphql_socket import GraphQLSocket
from cli.program import utc_now

_FIRST_ORDERS = 150
_EVERY_MINUTE = "* * * * *"

_SET_UP = """mutation (
  $centers: [DistributionCenterInput!]!, $stores: [StoreInput!]!, $skus: [SkuInput!]!,
  $settings: ClientSettingsInput!
) {
  upsertDistributionCenters(input: $centers) { userErrors { message } }
  upsertStores(input: $stores) { userErrors { message } }
  upsertSkus(input: $skus) { userErrors { message } }
  updateClientSettings(input: $settings) { userErrors { message } }
}"""
_STOCK = "mutation ($stock: [StockInput!]!) { setStock(input: $stock) { userErrors { message } } }"
_LEVELS = """query ($skus: [String!]!) {
  stockLevels(skuCodes: $skus) { sku { code } onHand distributionCenter { id code } }
}"""
_SCHEDULE = """mutation ($center: ID!, $cron: String!) {
  setProcessorSchedule(distributionCenter: $center, cron: $cron) { userErrors { message } }
}"""
_RUN = "mutation ($center: ID!) { runOrderProcessor(distributionCenter: $center) { userErrors { message } } }"
_ORDERS = """mutation ($orders: [SalesOrderInput!]!) {
  loadSalesOrders(input: $orders) { created userErrors { message } }
}"""


class Business:
    """The shop as a client of the API."""

    def __init__(self, socket: GraphQLSocket, shop: Shop) -> None:
        self._socket = socket
        self._shop = shop
        self._centers: dict[str, str] = {}

    async def open(self) -> None:
        """Set up goods, stock and a run every minute, load the orders of the last two days, and run once."""
        skus = [{"code": sku.code, "name": sku.name, "barcode": sku.barcode} for sku in self._shop.skus]
        await self._do(
            _SET_UP,
            centers=DISTRIBUTION_CENTERS,
            stores=STORES,
            skus=skus,
            # Nobody watching wants to wait a day until hold times expire.
            settings={"holdHours": 0},
        )
        levels = await self._levels()
        # A later start goes on with what is left.
        if not any(level["onHand"] for level in levels):
            await self._do(_STOCK, stock=self._shop.stock())
        self._centers = {
            level["distributionCenter"]["code"]: level["distributionCenter"]["id"] for level in levels
        }
        await self._load(_FIRST_ORDERS, hours=48)
        for center in self._centers.values():
            await self._do(_SCHEDULE, center=center, cron=_EVERY_MINUTE)
            await self._do(_RUN, center=center)

    async def go_on(self) -> None:
        """Sell a little every few seconds and receive goods now and then, until cancelled."""
        pace = Random()  # noqa: S311 -- sample data
        receipts = self._shop.receipts()
        while True:
            for _ in range(4):
                await asyncio.sleep(pace.uniform(2, 6))
                await self._load(pace.randint(1, 3), hours=0.01)
            code, center, units = next(receipts)
            for level in await self._levels(code):
                if level["distributionCenter"]["code"] == center:
                    count = {
                        "skuCode": code,
                        "distributionCenterCode": center,
                        "onHand": level["onHand"] + units,
                    }
                    await self._do(_STOCK, stock=[count])

    async def _load(self, how_many: int, *, hours: float) -> None:
        await self._do(_ORDERS, orders=self._shop.orders(how_many, now=utc_now(), hours=hours))

    async def _levels(self, *codes: str) -> list[dict[str, Any]]:
        wanted = codes or [sku.code for sku in self._shop.skus]
        data = await self._socket.execute(_LEVELS, {"skus": wanted})
        levels: list[dict[str, Any]] = data["stockLevels"]
        return levels

    async def _do(self, mutation: str, **variables: Any) -> None:
        await self._socket.execute(mutation, variables)
