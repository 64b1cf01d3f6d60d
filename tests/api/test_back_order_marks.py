"""Manual back order marks through the API (D9)."""

from __future__ import annotations

import pytest

from api.ids import encode_id
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D9")]

MARK = """
mutation ($ids: [ID!]!, $mark: BackOrderMark) {
  setBackOrderMark(orderIds: $ids, mark: $mark) {
    orders { number backOrderStatus backOrderMark } userErrors { code path }
  }
}
"""


async def test_a_mark_is_set_seen_and_removed(tenant: Tenant) -> None:
    order = encode_id("Order", await tenant.shop.order("SO-1", TEA=1))
    operator = tenant.caller(Role.OPERATOR)

    assert await operator.data(MARK, ids=[order], mark="NOT_BACK_ORDER") == {
        "orders": [{"number": "SO-1", "backOrderStatus": "NONE", "backOrderMark": "NOT_BACK_ORDER"}],
        "userErrors": [],
    }
    assert await operator.data(MARK, ids=[order], mark=None) == {
        "orders": [{"number": "SO-1", "backOrderStatus": "FULL", "backOrderMark": None}],
        "userErrors": [],
    }


async def test_who_only_reads_or_has_a_wrong_id_marks_nothing(tenant: Tenant) -> None:
    order = encode_id("Order", await tenant.shop.order("SO-1", TEA=1))

    for caller, ids, error in (
        (tenant.caller(Role.VIEWER), [order], {"code": "FORBIDDEN", "path": None}),
        (tenant.admin, [order, "x"], {"code": "INVALID_INPUT", "path": ["orderIds", "1"]}),
    ):
        assert await caller.data(MARK, ids=ids, mark="BACK_ORDER") == {"orders": [], "userErrors": [error]}
    assert await tenant.shop.value("SELECT back_order_mark FROM orders") is None
