"""The Backlog Orders dashboard through the API (C1-C4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from api.ids import encode_id
from domain.operations.dispatches import ship_dispatch
from domain.operations.store_connections import NewConnection, set_store_connection
from domain.rules.vocabulary import ConnectorKind, OrderCondition
from tests.api.conftest import Tenant
from tests.builders import MAIN
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.anyio

LOAD = """
mutation ($input: [SalesOrderInput!]!) {
  loadSalesOrders(input: $input) { orders { id } userErrors { code message } }
}
"""
LIST = """
query (
  $filter: BacklogOrderFilter, $sort: BacklogOrderSort, $descending: Boolean, $first: Int, $after: String
) {
  backlogOrders(filter: $filter, sort: $sort, descending: $descending, first: $first, after: $after) {
    from until
    counts { condition count }
    orders { totalCount nodes { number } pageInfo { hasNextPage endCursor } }
  }
}
"""
CONDITIONS = """
query ($filter: BacklogOrderFilter) {
  backlogOrders(filter: $filter) { orders { nodes { number condition } } }
}
"""
INVESTIGATE = "query ($id: ID!) { investigateOrder(id: $id) { code message remedy } }"
DAY = "2026-03-10"
WINDOW = {"from": "2026-03-01T00:00:00Z", "until": "2026-03-31T00:00:00Z"}


async def load(tenant: Tenant, **orders: dict[str, Any]) -> dict[str, str]:
    """Orders by number, ordered on the tenth of March unless told; their ids by number."""
    await tenant.shop.sku("TEA")
    answer = await tenant.admin.data(
        LOAD,
        input=[
            {
                "number": number,
                "distributionCenterCode": MAIN,
                "orderedAt": f"{DAY}T10:00:00Z",
                "lines": [{"skuCode": "TEA", "quantity": 1}],
                **order,
            }
            for number, order in orders.items()
        ],
    )
    assert answer["userErrors"] == []
    return dict(zip(orders, (order["id"] for order in answer["orders"]), strict=True))


def numbers(answer: dict[str, Any]) -> list[str]:
    return [order["number"] for order in answer["orders"]["nodes"]]


@pytest.mark.rule("C1")
@pytest.mark.rule("D5")
async def test_a_back_ordered_order_of_no_connected_store_can_be_left_to_a_vendor(tenant: Tenant) -> None:
    await tenant.shop.store("WEB")
    await load(tenant, A={"storeCode": "WEB"})

    listed = await tenant.admin.data(
        """query ($filter: BacklogOrderFilter) {
             backlogOrders(filter: $filter) { orders { nodes { possibleActions } } }
        }""",
        filter=WINDOW,
    )

    assert listed["orders"]["nodes"] == [
        {"possibleActions": ["CONFIRM", "REJECT", "DELAY", "DROPSHIP", "CANCEL"]}
    ]


@pytest.mark.rule("C1")
async def test_an_order_is_listed_with_its_columns_and_what_can_be_done(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=1)
    store_id = await tenant.shop.store("WEB")
    folder = NewConnection(
        kind=ConnectorKind.FILE_DROP, address="web", secret=None, enabled=True, interval_seconds=3600
    )
    await set_store_connection(tenant.shop.command(), store_id=store_id, connection=folder)
    await load(
        tenant,
        A={
            "storeCode": "WEB",
            "marketplaceStatus": "WAITING_FOR_PICKUP",
            "marketplaceInvoiceNumber": "MP-1",
            "shippingAgency": "JNE",
        },
    )

    listed = await tenant.admin.data(
        """query ($filter: BacklogOrderFilter) { backlogOrders(filter: $filter) { orders { edges { node {
             number orderedAt store { code } marketplaceInvoiceNumber shippingAgency
             salesOrderCode invoiceCode marketplaceStatus condition conditionName possibleActions
        } } } } }""",
        filter=WINDOW,
    )

    assert listed["orders"]["edges"][0]["node"] == {
        "number": "A",
        "orderedAt": "2026-03-10T10:00:00Z",
        "store": {"code": "WEB"},
        "marketplaceInvoiceNumber": "MP-1",
        "shippingAgency": "JNE",
        "salesOrderCode": None,
        "invoiceCode": None,
        "marketplaceStatus": "WAITING_FOR_PICKUP",
        "condition": "DONE_NOT_INVOICED",
        "conditionName": "Status Done, B-Gen Not Yet Processed",
        "possibleActions": ["INVESTIGATE", "SYNCHRONIZE", "CONFIRM", "REJECT", "DELAY", "CANCEL"],
    }


@pytest.mark.rule("C1")
async def test_rejected_and_completed_orders_are_not_on_it_and_cancelled_ones_are(tenant: Tenant) -> None:
    await load(tenant, A={}, B={}, C={}, D={})
    for number, status in (("B", "OC_REJECTED"), ("C", "COMPLETED"), ("D", "CANCELLED")):
        await tenant.shop.write("UPDATE orders SET status = $2 WHERE number = $1", number, status)

    assert numbers(await tenant.admin.data(LIST, filter=WINDOW, descending=False)) == ["A", "D"]


@pytest.mark.rule("C1")
@pytest.mark.rule("B9")
async def test_an_order_that_was_shipped_before_its_rest_was_cancelled_is_finished(tenant: Tenant) -> None:
    shop = tenant.shop
    await shop.stock(TEA=1)
    order = await shop.order("SO-1", TEA=1, CUP=1)
    await ship_dispatch(shop.command(), dispatch_id=await shop.dispatch(order, TEA=1))
    assert numbers(await tenant.admin.data(LIST, filter=WINDOW, descending=False)) == ["SO-1"]

    await shop.cancel("SO-1")

    assert await shop.value("SELECT status FROM orders") == "PARTIALLY_CANCELLED"
    found = await tenant.admin.data(LIST, filter=WINDOW, descending=False)
    assert (numbers(found), found["orders"]["totalCount"]) == ([], 0)
    assert sum(each["count"] for each in found["counts"]) == 0
    await assert_consistent(shop.database)


@pytest.mark.rule("C2")
async def test_filters_are_combined_and_counts_are_of_every_condition(tenant: Tenant) -> None:
    await tenant.shop.distribution_center("EAST")
    await tenant.shop.store("WEB")
    pickup = {"marketplaceStatus": "WAITING_FOR_PICKUP"}
    await load(
        tenant,
        A={"storeCode": "WEB"},
        B={"storeCode": "WEB", **pickup, "marketplaceInvoiceNumber": "MP-1"},
        C={"storeCode": "WEB", "distributionCenterCode": "EAST"},
        D={"salesOrderCode": "S", "invoiceCode": "INV-4"},
        E={"storeCode": "WEB", "orderedAt": "2026-03-31T00:00:00Z"},
        F={"storeCode": "WEB", "orderedAt": "2026-02-28T23:59:59Z"},
    )
    found = await tenant.admin.data(
        "{ orders(sort: NUMBER) { nodes { distributionCenter { id } store { id } } } }"
    )
    main_id, web_id = found["nodes"][0]["distributionCenter"]["id"], found["nodes"][0]["store"]["id"]
    east_id = found["nodes"][2]["distributionCenter"]["id"]

    async def under(**conditions: Any) -> list[str]:
        answer = await tenant.admin.data(LIST, filter=WINDOW | conditions, descending=False)
        assert answer["orders"]["totalCount"] == len(numbers(answer))
        return numbers(answer)

    assert await under() == ["A", "B", "C", "D"]
    assert await under(store=web_id) == ["A", "B", "C"]
    assert await under(store=web_id, distributionCenter=main_id) == ["A", "B"]
    assert await under(distributionCenter=east_id) == ["C"]
    assert await under(condition=["DONE_NOT_INVOICED", "NOT_YET_PACKED"]) == ["B", "D"]
    assert await under(condition=["DONE_NOT_INVOICED"], distributionCenter=east_id) == []
    assert await under(invoiceNumber="MP-1") == ["B"]
    assert await under(invoiceNumber="INV-4") == ["D"]
    assert await under(invoiceNumber="MP-\0") == []
    # Whoever selects all orders of the dashboard has the same filter for them.
    same = "query ($of: String) { orders(filter: {invoiceNumber: $of}) { nodes { number } } }"
    assert [await tenant.admin.data(same, of=of) for of in ("MP-1", "INV-4", "MP-", "MP-\0")] == [
        {"nodes": [{"number": "B"}]},
        {"nodes": [{"number": "D"}]},
        {"nodes": []},
        {"nodes": []},
    ]

    counted = await tenant.admin.data(
        LIST, filter=WINDOW | {"store": web_id, "condition": ["CANCELLED_BY_CUSTOMER"]}
    )
    assert {row["condition"]: row["count"] for row in counted["counts"]} == {
        "NOT_YET_PROCESSED": 2,
        "CANCELLED_BY_CUSTOMER": 0,
        "DONE_NOT_INVOICED": 1,
        "CANCELLED_CHECK_REJECTION": 0,
        "NOT_YET_PACKED": 0,
        "WAITING_FOR_PICKUP": 0,
    }


@pytest.mark.rule("C2")
@pytest.mark.parametrize(
    ("sort", "ascending"),
    [
        ("ORDERED_AT", ["C", "A", "B"]),
        ("STORE", ["C", "B", "A"]),
        ("MARKETPLACE_INVOICE_NUMBER", ["C", "B", "A"]),
        ("SHIPPING_AGENCY", ["B", "C", "A"]),
        ("SALES_ORDER_CODE", ["C", "A", "B"]),
        ("INVOICE_CODE", ["A", "C", "B"]),
        ("MARKETPLACE_STATUS", ["A", "B", "C"]),
        ("CONDITION", ["A", "B", "C"]),
    ],
)
async def test_it_is_sorted_by_any_column_and_read_in_pages(
    tenant: Tenant, sort: str, ascending: list[str]
) -> None:
    for store in ("WEB", "SHOP"):
        await tenant.shop.store(store)
    await load(
        tenant,
        A={
            "storeCode": "WEB",
            "orderedAt": "2026-03-10T11:00:00Z",
            "marketplaceInvoiceNumber": "M2",
            "shippingAgency": "TIKI",
            "salesOrderCode": "S0",
            "invoiceCode": "I0",
        },
        B={
            "storeCode": "SHOP",
            "orderedAt": "2026-03-10T12:00:00Z",
            "marketplaceInvoiceNumber": "M1",
            "salesOrderCode": "S1",
            "invoiceCode": "I2",
            "marketplaceStatus": "ACCEPTED",
        },
        C={"shippingAgency": "JNE", "invoiceCode": "I1", "marketplaceStatus": "WAITING_FOR_PICKUP"},
    )
    for descending, expected in ((False, ascending), (True, ascending[::-1])):
        seen: list[str] = []
        after = None
        while True:
            page = await tenant.admin.data(
                LIST, filter=WINDOW, sort=sort, descending=descending, first=1, after=after
            )
            seen += numbers(page)
            if not page["orders"]["pageInfo"]["hasNextPage"]:
                break
            after = page["orders"]["pageInfo"]["endCursor"]
        assert seen == expected


APART = """
query ($filter: BacklogOrderFilter, $without: Boolean!, $after: String) {
  together: backlogOrders(filter: $filter, first: 2, after: $after) {
    counts { condition count } orders { totalCount nodes { number } }
  }
  counts: backlogOrders(filter: $filter, first: 2, after: $after) { counts { condition count } }
  orders: backlogOrders(filter: $filter, first: 2, after: $after) {
    ...Listed
    counts @skip(if: $without) { count }
  }
  twice: backlogOrders(filter: $filter, first: 2, after: $after) {
    ...Listed
    these: counts { condition count } those: counts { condition count }
  }
}
fragment Listed on BacklogOrders { orders { totalCount nodes { number } } }
"""


@pytest.mark.rule("C2")
async def test_a_page_and_its_counts_are_the_same_together_and_apart(tenant: Tenant) -> None:
    store = encode_id("Store", await tenant.shop.store("WEB"))
    cancelled = {"marketplaceStatus": "CANCELLED", "marketplaceInvoiceNumber": "MP-1"}
    await load(
        tenant,
        A={"storeCode": "WEB"},
        B={"storeCode": "WEB", **cancelled},
        C={},
        D={"orderedAt": f"{DAY}T11:40:00Z"},
    )
    minutes = {"from": f"{DAY}T09:30:00Z", "until": f"{DAY}T10:30:00Z"}
    last = await tenant.admin.data(LIST, filter=WINDOW)

    filters: list[dict[str, Any]] = [
        {},
        {"store": store},
        {"condition": ["CANCELLED_BY_CUSTOMER", "DONE_NOT_INVOICED"]},
        {"condition": []},
        {"invoiceNumber": "MP-1"},
        minutes,
    ]
    for further in filters:
        for after in (None, last["orders"]["pageInfo"]["endCursor"]):
            answer = await tenant.admin.data(APART, filter=WINDOW | further, without=True, after=after)
            together = answer["together"]
            assert answer["counts"] == {"counts": together["counts"]}
            assert answer["orders"] == {"orders": together["orders"]}
            assert answer["twice"]["orders"] == together["orders"]
            assert answer["twice"]["these"] == answer["twice"]["those"] == together["counts"]
            listed = {
                order["number"]: order["condition"]
                for order in (
                    await tenant.admin.data(CONDITIONS, filter=WINDOW | further | {"condition": None})
                )["orders"]["nodes"]
            }
            assert {each["condition"]: each["count"] for each in together["counts"]} == {
                condition: [*listed.values()].count(condition) for condition in OrderCondition
            }
            conditions = further.get("condition", [*OrderCondition])
            assert together["orders"]["totalCount"] == sum(
                condition in conditions for condition in listed.values()
            )


@pytest.mark.rule("C2")
async def test_a_cursor_that_is_none_is_refused_where_the_orders_would_be(tenant: Tenant) -> None:
    await load(tenant, A={})

    answer = await tenant.admin.execute(LIST, filter=WINDOW, after="nonsense")

    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("INVALID_INPUT", ["backlogOrders", "orders"])


@pytest.mark.rule("C2")
async def test_a_range_of_more_than_a_month_is_refused(tenant: Tenant) -> None:
    month = {"from": "2026-01-31T00:00:00Z", "until": "2026-02-28T00:00:00Z"}
    assert numbers(await tenant.admin.data(LIST, filter=month)) == []

    answer = await tenant.admin.execute(LIST, filter=month | {"until": "2026-02-28T00:00:01Z"})

    assert answer["data"] is None
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "DATE_RANGE_TOO_LONG", "argumentPath": ["filter", "until"]}
    assert error["path"] == ["backlogOrders"]


@pytest.mark.rule("C2")
async def test_by_default_it_shows_the_last_four_days_of_the_clients_time_zone(tenant: Tenant) -> None:
    await tenant.shop.settings(time_zone="Asia/Jakarta")
    await load(tenant, A={"orderedAt": "2026-03-06T17:00:00Z"}, B={"orderedAt": "2026-03-06T16:59:59Z"})

    # In Jakarta, seven hours ahead, it has been the eleventh of March for an hour.
    with time_machine.travel(datetime(2026, 3, 10, 18, tzinfo=UTC), tick=False):
        shown = await tenant.admin.data(LIST)

    assert numbers(shown) == ["A"]
    assert (shown["from"], shown["until"]) == ("2026-03-06T17:00:00Z", "2026-03-11T17:00:00Z")


@pytest.mark.rule("C4")
async def test_an_investigation_names_causes_and_remedies(tenant: Tenant, other_tenant: Tenant) -> None:
    ids = await load(tenant, A={"marketplaceStatus": "WAITING_FOR_PICKUP"}, B={})

    found = await tenant.admin.data(INVESTIGATE, id=ids["A"])
    assert [finding["code"] for finding in found] == ["ORDER_NOT_IMPORTED", "INVOICE_NOT_GENERATED"]
    assert found[0]["remedy"].startswith("Import the order into the sales system")
    assert await tenant.admin.data(INVESTIGATE, id=ids["B"]) == []

    foreign = await other_tenant.admin.execute(INVESTIGATE, id=ids["A"])
    assert foreign["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.rule("C1")
async def test_another_clients_orders_are_neither_listed_nor_counted(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await load(tenant, A={})

    shown = await other_tenant.admin.data(LIST, filter=WINDOW)

    assert (numbers(shown), sum(row["count"] for row in shown["counts"])) == ([], 0)
