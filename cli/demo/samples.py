"""A believable small business: an outdoor shop with two warehouses, scarce in some of what it sells.

The same seed gives the same goods and customers; order numbers begin with `series`, so that a later start
of the demo adds orders instead of repeating them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

DISTRIBUTION_CENTERS = [
    {"code": "BER", "name": "Berlin", "kind": "STANDARD"},
    {"code": "LYS", "name": "Lyon", "kind": "STANDARD"},
]
STORES = [
    {"code": "WEB", "name": "Web shop"},
    {"code": "MKT", "name": "Marketplace"},
    {"code": "WHS", "name": "Wholesale"},
]

_GOODS = {
    "Tent Fjord 2": ("green", "sand"),
    "Tent Fjord 4": ("green", "sand"),
    "Sleeping bag Dune -5": ("left zip", "right zip"),
    "Sleeping mat Cirrus": ("regular", "long"),
    "Backpack Ridge 38": ("black", "ocean", "rust"),
    "Backpack Ridge 55": ("black", "ocean"),
    "Stove Ember": ("gas", "multi-fuel"),
    "Cook set Ember": ("1 person", "2 persons"),
    "Bottle Spring 1 L": ("steel", "blue", "red"),
    "Head torch Lumen": ("300 lm", "500 lm"),
    "Rain jacket Squall": ("S", "M", "L", "XL"),
    "Down jacket Firn": ("S", "M", "L", "XL"),
    "Trekking poles Stride": ("115 cm", "130 cm"),
    "Merino socks": ("36-38", "39-41", "42-44", "45-47"),
    "Water filter Brook": ("set", "cartridge"),
}
_AGENCIES = ("DHL", "GLS", "La Poste")


@dataclass(frozen=True, slots=True)
class Sku:
    """A SKU of the shop, and how often it is asked for compared with others."""

    code: str
    name: str
    barcode: str
    demand: float


class Shop:
    """Makes the shop's goods, stock and orders, as the API's input types have them."""

    def __init__(self, *, seed: int, series: str) -> None:
        self._random = Random(seed)  # noqa: S311 -- sample data
        self._series = series
        self._orders_made = 0
        self.skus = [
            Sku(
                code=f"{10 + goods}-{variant:02}",
                name=f"{name}, {variety}",
                barcode=f"40123456{goods:02}{variant:02}{(goods * 7 + variant * 3) % 10}",
                demand=self._random.paretovariate(1.4),
            )
            for goods, (name, varieties) in enumerate(_GOODS.items())
            for variant, variety in enumerate(varieties, start=1)
        ]

    def stock(self) -> list[dict[str, Any]]:
        """Counts for every SKU in both warehouses: plenty of most, little of some, none of a few."""
        return [
            {"skuCode": sku.code, "distributionCenterCode": center["code"], "onHand": self._on_hand()}
            for center in DISTRIBUTION_CENTERS
            for sku in self.skus
        ]

    def orders(self, how_many: int, *, now: datetime, hours: float) -> list[dict[str, Any]]:
        """Orders of the last `hours`, oldest first."""
        times = sorted(now - timedelta(hours=hours * self._random.random()) for _ in range(how_many))
        return [self._order(time) for time in times]

    def receipts(self) -> Iterator[tuple[str, str, int]]:
        """Endless deliveries from suppliers: SKU code, distribution center code, units."""
        while True:
            sku = self._wanted(1)[0]
            center = self._random.choice(DISTRIBUTION_CENTERS)
            yield sku.code, center["code"], self._random.choice((6, 12, 24))

    def _on_hand(self) -> int:
        return self._random.choices((0, self._random.randint(1, 5), self._random.randint(10, 60)), (2, 3, 5))[
            0
        ]

    def _order(self, ordered_at: datetime) -> dict[str, Any]:
        self._orders_made += 1
        store = self._random.choices(STORES, (6, 3, 1))[0]["code"]
        wholesale = store == "WHS"
        number = f"{self._series}-{self._orders_made:04}"
        lines = self._wanted(self._random.choices((1, 2, 3, 5), (5, 4, 3, 1))[0])
        return {
            "number": number,
            "distributionCenterCode": self._random.choices(DISTRIBUTION_CENTERS, (3, 2))[0]["code"],
            "storeCode": store,
            "orderedAt": ordered_at.isoformat(),
            "priority": self._random.choices((0, 5, 10), (8, 1, 1))[0],
            "marketplaceStatus": "PAYMENT_VERIFIED" if store == "MKT" else None,
            "marketplaceInvoiceNumber": f"INV-{number}" if store == "MKT" else None,
            "shippingAgency": self._random.choice(_AGENCIES),
            "email": f"customer{self._random.randint(1, 400)}@example.com",
            "lines": [
                {
                    "skuCode": sku.code,
                    "quantity": self._random.randint(4, 12)
                    if wholesale
                    else self._random.choice((1, 1, 1, 2)),
                }
                for sku in lines
            ],
        }

    def _wanted(self, how_many: int) -> list[Sku]:
        chosen: dict[str, Sku] = {}
        while len(chosen) < how_many:
            sku = self._random.choices(self.skus, [sku.demand for sku in self.skus])[0]
            chosen[sku.code] = sku
        return list(chosen.values())
