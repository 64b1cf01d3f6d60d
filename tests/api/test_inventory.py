"""Verifying and repairing the inventory through the API."""

from __future__ import annotations

import pytest

from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = pytest.mark.anyio

VERIFY = "{ verifyInventory { sku { code } distributionCenter { code } field recorded derived } }"
REPAIR = "mutation { repairInventory { repaired userErrors { code } } }"


@pytest.mark.rule("F8")
async def test_a_drift_is_listed_until_it_is_repaired(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=9)
    assert await tenant.admin.data(VERIFY) == []
    await tenant.shop.write("UPDATE stock_levels SET on_hand = 11")

    assert await tenant.admin.data(VERIFY) == [
        {
            "sku": {"code": "TEA"},
            "distributionCenter": {"code": MAIN},
            "field": "onHand",
            "recorded": 11,
            "derived": 9,
        }
    ]
    refused = await tenant.caller(Role.OPERATOR).data(REPAIR)
    assert refused == {"repaired": 0, "userErrors": [{"code": "FORBIDDEN"}]}
    assert await tenant.admin.data(REPAIR) == {"repaired": 1, "userErrors": []}
    assert await tenant.caller(Role.VIEWER).data(VERIFY) == []


@pytest.mark.rule("F8")
async def test_another_clients_drift_is_not_listed(tenant: Tenant, other_tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=9)
    await tenant.shop.write("UPDATE stock_levels SET on_hand = 11")

    assert await other_tenant.admin.data(VERIFY) == []
    assert (await other_tenant.admin.data(REPAIR))["repaired"] == 0
