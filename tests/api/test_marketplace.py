"""News from marketplaces through the API (C3)."""

from __future__ import annotations

import pytest

from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C3")]

UPDATE = """
mutation ($input: [MarketplaceUpdateInput!]!, $key: String) {
  updateMarketplaceStatus(input: $input, idempotencyKey: $key) {
    results { orderNumber outcome order { status condition invoiceCode shippingAgency } error { code path } }
    userErrors { code path }
  }
}
"""


async def test_each_row_is_answered_and_what_is_left_out_stays(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=1)
    await tenant.shop.order("SO-2", TEA=1)
    await tenant.shop.write("UPDATE orders SET invoice_code = 'I', shipping_agency = 'JNE'")
    rows = [
        {"orderNumber": "SO-1", "marketplaceStatus": "CANCELLED", "invoiceCode": None},
        {"orderNumber": "SO-2", "marketplaceStatus": "CANCELLED"},
        {"orderNumber": "SO-3", "marketplaceStatus": "CANCELLED"},
    ]

    service = tenant.caller(Role.SERVICE)
    answer = await service.data(UPDATE, input=rows, key="news-1")

    missing = {"code": "NOT_FOUND", "path": ["input", "2", "orderNumber"]}
    assert answer == {
        "results": [
            {
                "orderNumber": "SO-1",
                "outcome": "SUCCEEDED",
                "order": {
                    "status": "CANCELLED",
                    "condition": "CANCELLED_BY_CUSTOMER",
                    "invoiceCode": None,
                    "shippingAgency": "JNE",
                },
                "error": None,
            },
            {
                "orderNumber": "SO-2",
                "outcome": "SUCCEEDED",
                "order": {
                    "status": "CANCELLED",
                    "condition": "CANCELLED_CHECK_REJECTION",
                    "invoiceCode": "I",
                    "shippingAgency": "JNE",
                },
                "error": None,
            },
            {"orderNumber": "SO-3", "outcome": "FAILED", "order": None, "error": missing},
        ],
        "userErrors": [missing],
    }
    assert await service.data(UPDATE, input=rows, key="news-1") == answer


async def test_who_only_reads_may_not_tell_news(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=1)

    row = {"orderNumber": "SO-1", "invoiceCode": "I"}
    refused = await tenant.caller(Role.VIEWER).data(UPDATE, input=[row])

    assert refused == {"results": [], "userErrors": [{"code": "FORBIDDEN", "path": None}]}
    assert await tenant.shop.value("SELECT invoice_code FROM orders") is None
