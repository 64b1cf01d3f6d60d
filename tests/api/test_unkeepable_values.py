"""Times, cursors and texts that can't be kept or found: refused where they are read, or found nowhere."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest

from tests.api.conftest import Tenant

pytestmark = pytest.mark.anyio


async def test_a_time_without_a_time_zone_is_refused(shop_with_an_order: Tenant) -> None:
    response = await shop_with_an_order.admin.execute(
        'mutation { loadSalesOrders(input: [{number: "N", distributionCenterCode: "MAIN", '
        'orderedAt: "2026-01-01T00:00:00", lines: [{skuCode: "TEA", quantity: 1}]}]) { created } }'
    )
    (error,) = response["errors"]
    assert "says no time zone" in error["message"]
    # Where in the document it stands.
    assert error["locations"] == [{"line": 1, "column": 93}]
    assert await shop_with_an_order.shop.value("SELECT count(*) FROM orders WHERE number = 'N'") == 0


@pytest.mark.parametrize(
    "time",
    [
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+05:30",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
    ],
)
async def test_a_time_beyond_the_calendar_is_refused_and_a_pool_stays_readable(
    shop_with_an_order: Tenant, time: str
) -> None:
    load = """
    mutation L($number: String!, $time: DateTime) {
      loadSalesOrders(input: [{number: $number, distributionCenterCode: "MAIN", orderedAt: $time,
                               lines: [{skuCode: "TEA", quantity: 1}]}]) { created orders { orderedAt } } }
    """
    response = await shop_with_an_order.admin.execute(load, number="N", time=time)
    (error,) = response["errors"]
    assert "no time that can be kept" in error["message"]
    assert await shop_with_an_order.shop.value("SELECT count(*) FROM orders WHERE number = 'N'") == 0

    for number, last in (("FIRST", "0001-01-01T00:00:01Z"), ("LAST", "9999-12-31T23:59:59Z")):
        answer = await shop_with_an_order.admin.data(load, number=number, time=last)
        assert answer == {"created": 1, "orders": [{"orderedAt": last}]}


@pytest.mark.parametrize("argument", ["after", "before"])
@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("RANK", ["rank", 2**31, "2026-03-02T08:00:00+00:00", 1]),
        ("RANK", ["rank", 0, "9999-12-31T23:59:59-01:00", 1]),
        ("RANK", ["rank", 0, "2026-03-02T08:00:00+00:00", 2**63]),
        ("RANK", ["rank", 0, "2026-03-02T08:00:00+00:00"]),
        ("NUMBER", ["number", "SO-1\0"]),
        ("NUMBER", ["number", 1]),
        ("NUMBER", {"number": "SO-1"}),
    ],
)
async def test_a_cursor_of_ones_own_making_is_refused(
    shop_with_an_order: Tenant, argument: str, sort: str, key: object
) -> None:
    response = await shop_with_an_order.admin.execute(
        "query($sort: OrderSort, $cursor: String) "
        f"{{ orders(sort: $sort, {argument}: $cursor) {{ totalCount nodes {{ id }} }} }}",
        sort=sort,
        cursor=urlsafe_b64encode(json.dumps(key).encode()).decode(),
    )
    (error,) = response["errors"]
    assert error["extensions"] == {"code": "INVALID_INPUT", "argumentPath": [argument]}


ASKS_FOR_TEXT = (
    "orders(filter: {search: $text}) { totalCount }",
    "orders(filter: {numbers: [$text]}) { totalCount }",
    "orders(filter: {invoiceNumber: $text}) { totalCount }",
    "order(number: $text) { id }",
    "retrieveSalesOrderStatus(salesOrderNumber: $text) { id }",
    "purchaseOrder(number: $text) { id }",
    "stockLevels(skuCodes: [$text]) { onHand }",
    "backlogOrders(filter: {invoiceNumber: $text}) { orders { totalCount } }",
    "scan(code: $text) { __typename }",
    "auditTrail(filter: {actor: $text, action: [$text], source: $text}) { totalCount }",
)


@pytest.mark.parametrize("field", ASKS_FOR_TEXT, ids=lambda field: field.split(")")[0])
@pytest.mark.parametrize("text", ["\0", "SO-1\0", "\u202e"])
async def test_nothing_is_found_under_a_text_that_nothing_can_have(
    shop_with_an_order: Tenant, field: str, text: str
) -> None:
    answer = await shop_with_an_order.admin.data(f"query($text: String!) {{ {field} }}", text=text)
    assert answer in (None, [], {"totalCount": 0}, {"orders": {"totalCount": 0}})
