"""The main job through the API: orders are loaded, queued, processed, dispatched or back-ordered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.operations.processor_runs import RunHandle, claim_run
from tests.api.conftest import Tenant
from tests.runs import process, requested

pytestmark = pytest.mark.anyio

LONG_AFTER = datetime(2100, 1, 1, tzinfo=UTC)
"""When every hold time of an order loaded now is over."""

SET_UP = """
mutation {
  upsertDistributionCenters(input: [{code: "JKT", name: "Jakarta"}]) { count userErrors { code } }
  upsertStores(input: [{code: "WEB", name: "Web shop"}]) { count userErrors { code } }
  upsertSkus(input: [{code: "A", name: "Apple"}, {code: "B", name: "Bean", barcode: "4006381333931"}]) {
    count userErrors { code } }
  setStock(input: [{skuCode: "A", distributionCenterCode: "JKT", onHand: 5}]) { count userErrors { code } }
}
"""
LOAD = """
mutation Load($input: [SalesOrderInput!]!, $key: String) {
  loadSalesOrders(input: $input, idempotencyKey: $key) {
    created duplicates
    orders { id number status queueStatus backOrderStatus acceptedAt holdExpiresAt store { code }
             lines { nodes { sku { code barcode } requested open backOrderedQty available short } } }
    userErrors { code message path }
  }
}
"""
STATUS = """
query Status($number: String!) {
  retrieveSalesOrderStatus(salesOrderNumber: $number) {
    status queueStatus isBackOrder backOrderStatus version
    dispatches { nodes { id number kind status lines { quantity sku { code } } } }
    lines { nodes { sku { code } allocated open explanation { rank wanted stockSeen given reason
            servedBefore { order { number } } run { status } } } }
  }
}
"""


def sales_order(number: str, **units: int) -> dict[str, object]:
    lines = [{"skuCode": code, "quantity": quantity} for code, quantity in units.items()]
    return {"number": number, "distributionCenterCode": "JKT", "storeCode": "WEB", "lines": lines}


@pytest.fixture
async def jakarta(tenant: Tenant) -> Tenant:
    answer = await tenant.admin.data(SET_UP)
    assert {name: payload["count"] for name, payload in answer.items()} == {
        "upsertDistributionCenters": 1,
        "upsertStores": 1,
        "upsertSkus": 2,
        "setStock": 1,
    }
    return tenant


@pytest.mark.rule("B1")
async def test_loaded_orders_are_created_queued_and_not_dispatched(jakarta: Tenant) -> None:
    loaded = await jakarta.admin.data(LOAD, input=[sales_order("SO-1", A=2, B=1)])
    (order,) = loaded["orders"]
    assert (loaded["created"], loaded["duplicates"], loaded["userErrors"]) == (1, 0, [])
    assert (order["number"], order["status"], order["queueStatus"]) == ("SO-1", "CREATE", "QUEUED")
    assert order["backOrderStatus"] == "PARTIAL"
    assert order["store"] == {"code": "WEB"}
    assert order["lines"]["nodes"] == [
        {
            "sku": {"code": "A", "barcode": None},
            "requested": 2,
            "open": 2,
            "backOrderedQty": 0,
            "available": 5,
            "short": False,
        },
        {
            "sku": {"code": "B", "barcode": "4006381333931"},
            "requested": 1,
            "open": 1,
            "backOrderedQty": 1,
            "available": 0,
            "short": True,
        },
    ]
    accepted = datetime.fromisoformat(order["acceptedAt"])
    assert accepted.tzinfo == UTC
    assert (datetime.fromisoformat(order["holdExpiresAt"]) - accepted).total_seconds() == 24 * 3600


@pytest.mark.rule("B1")
async def test_a_number_that_exists_is_reported_and_changes_nothing(jakarta: Tenant) -> None:
    await jakarta.admin.data(LOAD, input=[sales_order("SO-1", A=2)])
    again = await jakarta.admin.data(LOAD, input=[sales_order("SO-1", A=9), sales_order("SO-2", A=1)])
    assert (again["created"], again["duplicates"]) == (1, 1)
    assert [(e["code"], e["path"]) for e in again["userErrors"]] == [("DUPLICATE", ["input", "0", "number"])]
    kept = await jakarta.admin.data(STATUS, number="SO-1")
    assert kept["lines"]["nodes"][0]["open"] == 2


@pytest.mark.rule("B6")
@pytest.mark.rule("B10")
@pytest.mark.rule("F1")
async def test_a_run_dispatches_what_is_there_and_explains_the_rest(jakarta: Tenant) -> None:
    await jakarta.admin.data(LOAD, input=[sales_order("SO-1", A=4), sales_order("SO-2", A=1, B=3)])
    run = await requested(jakarta.shop, at="JKT")
    await _claim_and_process(run)

    first = await jakarta.admin.data(STATUS, number="SO-1")
    assert (first["status"], first["queueStatus"], first["isBackOrder"]) == ("COMMIT", "PROCESSED", False)
    (dispatch,) = first["dispatches"]["nodes"]
    assert (dispatch["kind"], dispatch["status"]) == ("PROCESSOR", "CREATED")
    assert dispatch["lines"] == [{"quantity": 4, "sku": {"code": "A"}}]

    second = await jakarta.admin.data(STATUS, number="SO-2")
    assert (second["status"], second["queueStatus"]) == ("COMMIT", "PARTIALLY_PROCESSED")
    assert (second["isBackOrder"], second["backOrderStatus"]) == (True, "FULL")
    apple, bean = second["lines"]["nodes"]
    assert apple["explanation"] == {
        "rank": 2,
        "wanted": 1,
        "stockSeen": 1,
        "given": 1,
        "reason": "ALLOCATED",
        "servedBefore": [{"order": {"number": "SO-1"}}],
        "run": {"status": "COMPLETED"},
    }
    assert (bean["open"], bean["explanation"]["reason"]) == (3, "NOTHING_AVAILABLE")

    listed = await jakarta.admin.data(
        """{ backOrderList { totalCount nodes { number } }
             backOrderLines { nodes { requested fulfilled outstanding available short
                                      order { number } sku { code } } } }"""
    )
    assert listed["backOrderList"] == {"totalCount": 1, "nodes": [{"number": "SO-2"}]}
    assert listed["backOrderLines"]["nodes"] == [
        {
            "requested": 3,
            "fulfilled": 0,
            "outstanding": 3,
            "available": 0,
            "short": True,
            "order": {"number": "SO-2"},
            "sku": {"code": "B"},
        }
    ]


@pytest.mark.rule("B10")
@pytest.mark.rule("B6")
async def test_a_back_order_leaves_the_list_when_the_rest_of_it_is_processed(jakarta: Tenant) -> None:
    await jakarta.admin.data(LOAD, input=[sales_order("SO-1", A=1, B=3)])
    await _claim_and_process(await requested(jakarta.shop, at="JKT"))
    assert await jakarta.admin.data("{ backOrderList { totalCount } }") == {"totalCount": 1}

    await jakarta.shop.stock("JKT", B=3)
    await _claim_and_process(await requested(jakarta.shop, at="JKT"))

    assert await jakarta.admin.data("{ backOrderList { totalCount } }") == {"totalCount": 0}
    done = await jakarta.admin.data(STATUS, number="SO-1")
    assert (done["queueStatus"], len(done["dispatches"]["nodes"])) == ("PROCESSED", 2)


@pytest.mark.rule("D1")
@pytest.mark.parametrize(
    ("statuses", "numbers"),
    [("FULL", ["SO-3"]), ("PARTIAL", ["SO-2"]), ("NONE", ["SO-1"]), ("FULL, PARTIAL", ["SO-2", "SO-3"])],
)
async def test_orders_are_found_by_their_back_order_status(
    jakarta: Tenant, statuses: str, numbers: list[str]
) -> None:
    await jakarta.admin.data(
        LOAD, input=[sales_order("SO-1", A=4), sales_order("SO-2", A=1, B=3), sales_order("SO-3", B=1)]
    )
    found = await jakarta.admin.data(
        f"{{ orders(filter: {{ backOrderStatus: [{statuses}] }}) {{ nodes {{ number }} }} }}"
    )
    assert sorted(node["number"] for node in found["nodes"]) == numbers


@pytest.mark.rule("B9")
@pytest.mark.rule("B10")
async def test_cancelling_a_back_order_takes_it_off_the_list_and_keeps_its_dispatch(jakarta: Tenant) -> None:
    await jakarta.admin.data(LOAD, input=[sales_order("SO-2", A=1, B=3)])
    await _claim_and_process(await requested(jakarta.shop, at="JKT"))
    cancelled = await jakarta.admin.data(
        """mutation { loadSalesOrderCancel(salesOrderNumber: "SO-2") {
             order { status queueStatus lines { nodes { open cancelled allocated } } }
             userErrors { code } } }"""
    )
    assert cancelled == {
        "order": {
            "status": "PARTIALLY_CANCELLED",
            "queueStatus": "PROCESSED",
            "lines": {
                "nodes": [
                    {"open": 0, "cancelled": 0, "allocated": 1},
                    {"open": 0, "cancelled": 3, "allocated": 0},
                ]
            },
        },
        "userErrors": [],
    }
    assert await jakarta.admin.data("{ backOrderList { totalCount } }") == {"totalCount": 0}


@pytest.mark.rule("F6")
async def test_an_idempotency_key_answers_a_repetition_as_the_first_time(jakarta: Tenant) -> None:
    first = await jakarta.admin.data(LOAD, input=[sales_order("SO-1", A=2)], key="k-1")
    again = await jakarta.admin.data(LOAD, input=[sales_order("SO-1", A=2)], key="k-1")
    assert again == first
    other = await jakarta.admin.data(LOAD, input=[sales_order("SO-3", A=2)], key="k-1")
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert await jakarta.admin.data("{ orders { totalCount } }") == {"totalCount": 1}


async def test_pages_stay_right_while_orders_are_inserted(jakarta: Tenant) -> None:
    page = """query P($after: String) { orders(sort: NUMBER, first: 2, after: $after) {
                nodes { number } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } }"""
    numbers = ["SO-10", "SO-20", "SO-30", "SO-40"]
    await jakarta.admin.data(LOAD, input=[sales_order(number, A=1) for number in numbers])
    first = await jakarta.admin.data(page)
    assert [order["number"] for order in first["nodes"]] == ["SO-10", "SO-20"]
    await jakarta.admin.data(LOAD, input=[sales_order("SO-05", A=1), sales_order("SO-25", A=1)])
    second = await jakarta.admin.data(page, after=first["pageInfo"]["endCursor"])
    assert [order["number"] for order in second["nodes"]] == ["SO-25", "SO-30"]
    assert second["pageInfo"]["hasNextPage"]
    assert second["pageInfo"]["hasPreviousPage"]
    assert second["totalCount"] == 6


async def test_every_sort_pages_forwards_and_backwards_through_the_same_list(jakarta: Tenant) -> None:
    await jakarta.admin.data(
        LOAD, input=[{**sales_order(f"SO-{n}", A=1), "priority": n % 3} for n in range(10)]
    )
    for sort in ("RANK", "ORDERED_AT", "NUMBER"):
        whole = await jakarta.admin.data(
            "query W($s: OrderSort) { orders(sort: $s) { nodes { number } } }", s=sort
        )
        expected = [order["number"] for order in whole["nodes"]]
        assert len(expected) == 10
        assert await _walk(jakarta, sort, "first: 3, after: $c", "endCursor", "hasNextPage") == expected
        backwards = await _walk(jakarta, sort, "last: 3, before: $c", "startCursor", "hasPreviousPage")
        assert sorted(backwards) == sorted(expected)
        assert backwards[:3] == expected[-3:]


async def _walk(tenant: Tenant, sort: str, arguments: str, cursor: str, more: str) -> list[str]:
    document = (
        f"query W($s: OrderSort, $c: String) {{ orders(sort: $s, {arguments}) "
        f"{{ nodes {{ number }} pageInfo {{ {cursor} {more} }} }} }}"
    )
    numbers: list[str] = []
    at = None
    while True:
        page = await tenant.admin.data(document, s=sort, c=at)
        numbers += [order["number"] for order in page["nodes"]]
        if not page["pageInfo"][more]:
            return numbers
        at = page["pageInfo"][cursor]


async def _claim_and_process(run: RunHandle) -> None:
    assert await claim_run(run, now=LONG_AFTER)
    await process(run, now=LONG_AFTER)


@pytest.mark.rule("B10")
async def test_lines_are_listed_for_the_back_order_list_alone(tenant: Tenant) -> None:
    await tenant.shop.stock(TEA=1)
    partly = await tenant.shop.order("SO-1", TEA=1, CUP=2)
    await tenant.shop.order("SO-2", CUP=3)
    await tenant.shop.dispatch(partly, TEA=1)
    lines = """
        query ($listed: Boolean) {
          backOrderLines(filter: { onBackOrderList: $listed }) { totalCount nodes { order { number } } }
        }
    """

    async def numbers(listed: bool | None) -> list[str]:
        found = await tenant.admin.data(lines, listed=listed)
        assert found["totalCount"] == len(found["nodes"])
        return [line["order"]["number"] for line in found["nodes"]]

    assert await numbers(True) == ["SO-1"]
    assert await numbers(False) == ["SO-2"]
    assert sorted(await numbers(None)) == ["SO-1", "SO-2"]
