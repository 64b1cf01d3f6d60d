"""Stock levels through the API."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import encode_id
from tests.api.conftest import Tenant

pytestmark = pytest.mark.anyio

LEVELS = """
query ($codes: [String!]!, $center: ID) { stockLevels(skuCodes: $codes, distributionCenter: $center) {
  sku { code } distributionCenter { code } onHand allocated available incoming } }
"""


async def levels(tenant: Tenant, *codes: str, center: str | None = None) -> list[tuple[Any, ...]]:
    found = await tenant.admin.data(LEVELS, codes=list(codes), center=center)
    return [
        (level.pop("sku")["code"], level.pop("distributionCenter")["code"], *level.values())
        for level in found
    ]


async def test_a_sku_that_nothing_holds_is_told_with_zeros(tenant: Tenant) -> None:
    shop = tenant.shop
    north = encode_id("DistributionCenter", await shop.distribution_center("NORTH"))
    await shop.sku("CUP")
    await shop.stock(TEA=4)

    everywhere = await levels(tenant, "CUP", "TEA", "NONE")
    assert everywhere == [
        ("CUP", "MAIN", 0, 0, 0, 0),
        ("CUP", "NORTH", 0, 0, 0, 0),
        ("TEA", "MAIN", 4, 0, 4, 0),
    ]
    assert await levels(tenant, "TEA", "CUP", center=north) == [
        ("TEA", "NORTH", 0, 0, 0, 0),
        ("CUP", "NORTH", 0, 0, 0, 0),
    ]


async def test_a_distribution_center_of_another_client_holds_nothing(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await tenant.shop.stock(TEA=4)
    foreign = encode_id("DistributionCenter", await other_tenant.shop.distribution_center("THEIRS"))
    assert await levels(tenant, "TEA", center=foreign) == []
