"""Purchase orders, incoming stock, promise dates and dropshipping through the API (D3, D5, D6, E1, F4)."""

from __future__ import annotations

from typing import Any

import pytest

from api.ids import encode_id
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.runs import claimed, process

pytestmark = pytest.mark.anyio

CREATE = """
mutation Create($input: PurchaseOrderInput!, $key: String) {
  createPurchaseOrder(input: $input, idempotencyKey: $key) {
    purchaseOrder {
      id number vendor open distributionCenter { code }
      lines { id lineNumber quantity received open expectedAt sku { code } orderLine { id } }
    }
    userErrors { code message path }
  }
}
"""
RECEIVE = """
mutation Receive($id: ID!, $lines: [ReceiptLineInput!]!, $key: String) {
  receivePurchaseOrder(id: $id, lines: $lines, idempotencyKey: $key) {
    purchaseOrder { open lines { received open } }
    userErrors { code message path }
  }
}
"""
STOCK = "query Stock($codes: [String!]!) { stockLevels(skuCodes: $codes) { onHand available incoming } }"
ORDER = """
query Order($number: String!) {
  order(number: $number) {
    id promisedAt status queueStatus
    lines { nodes {
      id route requested available incoming short promisedAt promiseReason
      purchaseOrderLines { open purchaseOrder { number } }
    } }
  }
}
"""
FRIDAY = "2026-03-06T12:00:00Z"
MONDAY = "2026-03-09T12:00:00Z"


def tea(quantity: int, **more: Any) -> dict[str, Any]:
    """A line of SKU TEA."""
    return {"skuCode": "TEA", "quantity": quantity, **more}


async def create(tenant: Tenant, number: str, *lines: dict[str, Any]) -> Any:
    """A purchase order, which must not be refused."""
    given = {"number": number, "distributionCenterCode": "MAIN", "lines": list(lines)}
    payload = await tenant.admin.data(CREATE, input=given)
    assert payload["userErrors"] == []
    return payload["purchaseOrder"]


async def receive(tenant: Tenant, purchase_order: Any, quantity: int) -> Any:
    """Units of the first line come in."""
    line = {"purchaseOrderLineId": purchase_order["lines"][0]["id"], "quantity": quantity}
    return await tenant.admin.data(RECEIVE, id=purchase_order["id"], lines=[line])


@pytest.mark.rule("E1")
async def test_a_purchase_order_is_incoming_until_it_is_received(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=4)

    created = await create(tenant, "PO-1", tea(7, expectedAt=FRIDAY))

    (line,) = created["lines"]
    assert created | {"id": None, "lines": None} == {
        "id": None,
        "number": "PO-1",
        "vendor": None,
        "open": True,
        "distributionCenter": {"code": "MAIN"},
        "lines": None,
    }
    assert line | {"id": None} == {
        "id": None,
        "lineNumber": 1,
        "quantity": 7,
        "received": 0,
        "open": 7,
        "expectedAt": FRIDAY,
        "sku": {"code": "TEA"},
        "orderLine": None,
    }
    assert await tenant.admin.data(STOCK, codes=["TEA"]) == [{"onHand": 0, "available": 0, "incoming": 7}]
    order = await tenant.admin.data(ORDER, number="SO-1")
    (waiting,) = order["lines"]["nodes"]
    assert order["promisedAt"] == FRIDAY
    assert waiting | {"id": None} == {
        "id": None,
        "route": "PROCESSOR",
        "requested": 4,
        "available": 0,
        "incoming": 7,
        "short": True,
        "promisedAt": FRIDAY,
        "promiseReason": None,
        "purchaseOrderLines": [],
    }

    assert await receive(tenant, created, 5) == {
        "purchaseOrder": {"open": True, "lines": [{"received": 5, "open": 2}]},
        "userErrors": [],
    }
    assert await tenant.admin.data(STOCK, codes=["TEA"]) == [{"onHand": 5, "available": 5, "incoming": 2}]
    order = await tenant.admin.data(ORDER, number="SO-1")
    (waiting,) = order["lines"]["nodes"]
    assert order["promisedAt"] is None
    assert (waiting["short"], waiting["promisedAt"], waiting["promiseReason"]) == (False, None, "IN_STOCK")


@pytest.mark.rule("D3")
async def test_receiving_more_than_is_open_is_refused_with_what_is_open(tenant: Tenant) -> None:
    await tenant.shop.sku("TEA")
    created = await create(tenant, "PO-1", tea(3))

    assert await receive(tenant, created, 4) == {
        "purchaseOrder": None,
        "userErrors": [
            {
                "code": "INVALID_INPUT",
                "message": "3 units of line 1 are open, so 4 can't be received; raise its quantity first, or "
                "order the rest anew.",
                "path": ["lines", "0", "quantity"],
            }
        ],
    }
    assert await tenant.admin.data(STOCK, codes=["TEA"]) == [{"onHand": 0, "available": 0, "incoming": 3}]


@pytest.mark.rule("D6")
async def test_a_linked_receipt_serves_its_order_first(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=2)
    await tenant.shop.order("SO-2", TEA=2)
    (line,) = (await tenant.admin.data(ORDER, number="SO-2"))["lines"]["nodes"]
    created = await create(tenant, "PO-1", tea(2, orderLineId=line["id"]))
    assert created["lines"][0]["orderLine"] == {"id": line["id"]}
    (linked,) = (await tenant.admin.data(ORDER, number="SO-2"))["lines"]["nodes"]
    assert linked["purchaseOrderLines"] == [{"open": 2, "purchaseOrder": {"number": "PO-1"}}]

    await receive(tenant, created, 2)
    await process(await claimed(tenant.shop))

    assert (await tenant.admin.data(ORDER, number="SO-2"))["status"] == "COMMIT"
    assert (await tenant.admin.data(ORDER, number="SO-1"))["status"] == "CREATE"


@pytest.mark.rule("F6")
async def test_a_purchase_order_is_created_and_received_once_under_a_key(tenant: Tenant) -> None:
    await tenant.shop.sku("TEA")
    given = {"number": "PO-1", "distributionCenterCode": "MAIN", "lines": [tea(3)]}

    first = await tenant.admin.data(CREATE, input=given, key="create")
    assert await tenant.admin.data(CREATE, input=given, key="create") == first
    again = await tenant.admin.data(CREATE, input=given)
    assert [error["code"] for error in again["userErrors"]] == ["DUPLICATE"]

    created = first["purchaseOrder"]
    line = {"purchaseOrderLineId": created["lines"][0]["id"], "quantity": 2}
    for _ in range(2):
        await tenant.admin.data(RECEIVE, id=created["id"], lines=[line], key="receive")
    assert await tenant.admin.data(STOCK, codes=["TEA"]) == [{"onHand": 2, "available": 2, "incoming": 1}]


@pytest.mark.rule("F4")
async def test_what_is_on_its_way_can_be_moved_resized_linked_and_cancelled(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=4)
    (line,) = (await tenant.admin.data(ORDER, number="SO-1"))["lines"]["nodes"]
    created = await create(tenant, "PO-1", tea(4, expectedAt=FRIDAY))
    ordered = created["lines"][0]["id"]

    async def change(mutation: str) -> tuple[Any, Any]:
        payload = await tenant.admin.data(
            f"mutation {{ {mutation} {{ purchaseOrder {{ number }} userErrors {{ code path }} }} }}"
        )
        assert payload == {"purchaseOrder": {"number": "PO-1"}, "userErrors": []}
        order = await tenant.admin.data(ORDER, number="SO-1")
        return order["promisedAt"], order["lines"]["nodes"][0]["promiseReason"]

    move = f'reschedulePurchaseOrderLine(id: "{ordered}"'
    assert await change(f'{move}, expectedAt: "{MONDAY}")') == (MONDAY, None)
    assert await change(f"{move})") == (None, "INCOMING_UNDATED")
    assert await change(f'{move}, expectedAt: "{FRIDAY}")') == (FRIDAY, None)
    resize = f'changePurchaseOrderLine(id: "{ordered}"'
    assert await change(f"{resize}, quantity: 3)") == (None, "INCOMING_TOO_LITTLE")
    assert await change(f"{resize}, quantity: 5)") == (FRIDAY, None)
    link = f'linkPurchaseOrderLine(id: "{ordered}", orderLineId: "{line["id"]}")'
    assert await change(link) == (FRIDAY, None)
    assert await change(f'linkPurchaseOrderLine(id: "{ordered}")') == (FRIDAY, None)
    assert await change(f'cancelPurchaseOrderLine(id: "{ordered}")') == (None, "NO_INCOMING")


@pytest.mark.rule("D5")
async def test_a_line_is_left_to_a_vendor_who_ships_it(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=4)
    order = await tenant.admin.data(ORDER, number="SO-1")
    payload = await tenant.admin.data(
        """
        mutation Dropship($line: ID!, $at: DateTime) {
          dropshipOrderLine(lineId: $line, vendor: "Teahouse", expectedAt: $at,
                            shipTo: {name: "Ada", street: "1 Lane", city: "London", country: "GB"}) {
            order { promisedAt queueStatus lines { nodes { route promisedAt incoming } } }
            purchaseOrder {
              id number vendor order { number } shipTo { name street city postalCode region country }
              lines { id quantity open }
            }
            userErrors { code }
          }
        }
        """,
        line=order["lines"]["nodes"][0]["id"],
        at=FRIDAY,
    )
    made = payload["purchaseOrder"]
    assert payload["userErrors"] == []
    assert payload["order"] == {
        "promisedAt": FRIDAY,
        "queueStatus": "NOT_QUEUED",
        "lines": {"nodes": [{"route": "DROPSHIP", "promisedAt": FRIDAY, "incoming": 0}]},
    }
    assert made["number"] == "DS1"
    assert made["vendor"] == "Teahouse"
    assert made["order"] == {"number": "SO-1"}
    assert made["shipTo"] == {
        "name": "Ada",
        "street": "1 Lane",
        "city": "London",
        "postalCode": None,
        "region": None,
        "country": "GB",
    }

    await receive(tenant, made, 4)

    order = await tenant.admin.data(ORDER, number="SO-1")
    assert (order["status"], order["promisedAt"]) == ("COMPLETED", None)
    assert order["lines"]["nodes"][0]["promiseReason"] == "NOTHING_OPEN"


@pytest.mark.rule("E1")
async def test_purchase_orders_are_listed_filtered_and_found_by_number(tenant: Tenant) -> None:
    order = await tenant.shop.order("SO-1", TEA=4)
    (line,) = await tenant.shop.lines_of(order)
    await tenant.shop.sku("CUP")
    for number in ("PO-B", "PO-A"):
        await create(tenant, number, tea(1))
    await create(tenant, "PO-C", {"skuCode": "CUP", "quantity": 1})
    linked = await create(tenant, "PO-D", tea(1, orderLineId=encode_id("OrderLine", line)))
    await receive(tenant, linked, 1)

    async def numbers(arguments: str) -> list[str]:
        page = await tenant.admin.data(f"{{ purchaseOrders({arguments}) {{ nodes {{ number }} }} }}")
        return [node["number"] for node in page["nodes"]]

    sku = encode_id("Sku", await tenant.shop.id_of("skus", "CUP"))
    center = encode_id("DistributionCenter", await tenant.shop.id_of("distribution_centers", "MAIN"))
    assert await numbers("first: 10") == ["PO-D", "PO-C", "PO-A", "PO-B"]
    assert await numbers("sort: NUMBER, first: 2") == ["PO-A", "PO-B"]
    assert await numbers("sort: NUMBER, last: 1") == ["PO-D"]
    assert await numbers(f'filter: {{sku: "{sku}"}}') == ["PO-C"]
    assert await numbers(f'filter: {{order: "{encode_id("Order", order)}"}}') == ["PO-D"]
    assert await numbers("filter: {open: false}") == ["PO-D"]
    assert await numbers("filter: {dropship: true}") == []
    assert len(await numbers(f'filter: {{distributionCenter: "{center}", open: true}}')) == 3
    found = "query Found($number: String, $id: ID) { purchaseOrder(number: $number, id: $id) { number } }"
    assert await tenant.admin.data(found, number="PO-A") == {"number": "PO-A"}
    assert await tenant.admin.data(found, number="PO-X") is None
    assert await tenant.admin.data(found, id=linked["id"]) == {"number": "PO-D"}
    assert await tenant.admin.data(found, id=center) is None


@pytest.mark.rule("B10")
@pytest.mark.rule("F4")
async def test_back_order_lines_show_their_promise(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", TEA=4)
    await create(tenant, "PO-1", tea(4, expectedAt=FRIDAY))

    lines = await tenant.admin.data("{ backOrderLines { nodes { outstanding promisedAt } } }")

    assert lines["nodes"] == [{"outstanding": 4, "promisedAt": FRIDAY}]


async def test_another_client_sees_and_changes_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    await tenant.shop.sku("TEA")
    created = await create(tenant, "PO-1", tea(3))

    node = "query Node($id: ID!) { node(id: $id) { id } }"
    for global_id in (created["id"], created["lines"][0]["id"]):
        assert await tenant.admin.data(node, id=global_id) == {"id": global_id}
        assert await other_tenant.admin.data(node, id=global_id) is None
    assert await other_tenant.admin.data("{ purchaseOrders { totalCount } }") == {"totalCount": 0}
    payload = await receive(other_tenant, created, 1)
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert await tenant.admin.data(STOCK, codes=["TEA"]) == [{"onHand": 0, "available": 0, "incoming": 3}]


async def test_only_operators_and_admins_order_from_vendors(tenant: Tenant) -> None:
    await tenant.shop.sku("TEA")
    given = {"number": "PO-1", "distributionCenterCode": "MAIN", "lines": [tea(3)]}

    for role in (Role.VIEWER, Role.SCANNER, Role.SERVICE):
        payload = await tenant.caller(role).data(CREATE, input=given)
        assert [error["code"] for error in payload["userErrors"]] == ["FORBIDDEN"]
    payload = await tenant.caller(Role.OPERATOR).data(CREATE, input=given)
    assert payload["userErrors"] == []
