"""Orders that are confirmed through the API."""

from __future__ import annotations

from typing import Any

from api.ids import encode_id
from tests.api.conftest import Tenant

CONFIRM = "mutation($id: ID!) { confirmOrder(id: $id) { order { status } userErrors { code } } }"


async def order(tenant: Tenant, number: str = "SO-1", **units: Any) -> str:
    """The global id of a confirmed order."""
    order_id = encode_id("Order", await tenant.shop.order(number, **units))
    await tenant.admin.data(CONFIRM, id=order_id)
    return order_id
