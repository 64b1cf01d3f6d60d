"""Bad input for every mutation: a clear error with a path, and nothing changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from api.ids import encode_id
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that must be refused: its arguments, and which code and path must come back."""

    call: str
    code: str
    path: list[str] | None


FOREIGN_KIND = encode_id("Sku", 1)
UNKNOWN_ORDER = encode_id("Order", 999)
UNKNOWN_LINE = encode_id("OrderLine", 999)
UNKNOWN_DISPATCH = encode_id("Dispatch", 999)
UNKNOWN_CENTER = encode_id("DistributionCenter", 999)


def order(**changes: Any) -> str:
    """A SalesOrderInput literal, right but for the changes."""
    fields = {
        "number": '"SO-9"',
        "distributionCenterCode": '"MAIN"',
        "lines": '[{skuCode: "TEA", quantity: 1}]',
    } | changes
    return "{" + ", ".join(f"{name}: {value}" for name, value in fields.items()) + "}"


def load(order_literal: str) -> str:
    return f"loadSalesOrders(input: [{order_literal}])"


REFUSED = [
    Refused("upsertDistributionCenters(input: [])", "INVALID_INPUT", ["input"]),
    Refused(
        'upsertDistributionCenters(input: [{code: "", name: "x"}])', "INVALID_INPUT", ["input", "0", "code"]
    ),
    Refused('upsertStores(input: [{code: "S", name: " "}])', "INVALID_INPUT", ["input", "0", "name"]),
    Refused(
        'upsertSkus(input: [{code: "S", name: "s"}, {code: "S", name: "s"}])',
        "INVALID_INPUT",
        ["input", "1", "code"],
    ),
    Refused(
        'upsertSkus(input: [{code: "S", name: "s", replacementCode: "S"}])',
        "INVALID_INPUT",
        ["input", "0", "replacementCode"],
    ),
    Refused(
        'upsertSkus(input: [{code: "S", name: "s", replacementCode: "nope"}])',
        "NOT_FOUND",
        ["input", "0", "replacementCode"],
    ),
    Refused("setStock(input: [])", "INVALID_INPUT", ["input"]),
    Refused(
        'setStock(input: [{skuCode: "TEA", distributionCenterCode: "MAIN", onHand: -1}])',
        "INVALID_INPUT",
        ["input", "0", "onHand"],
    ),
    Refused(
        'setStock(input: [{skuCode: "nope", distributionCenterCode: "MAIN", onHand: 1}])',
        "NOT_FOUND",
        ["input", "0", "skuCode"],
    ),
    Refused(
        'setStock(input: [{skuCode: "TEA", distributionCenterCode: "nope", onHand: 1}])',
        "NOT_FOUND",
        ["input", "0", "distributionCenterCode"],
    ),
    Refused("updateClientSettings(input: {})", "NOTHING_TO_DO", ["input"]),
    Refused("updateClientSettings(input: {holdHours: -1})", "INVALID_INPUT", ["input", "holdHours"]),
    Refused('updateClientSettings(input: {timeZone: "Mars"})', "INVALID_INPUT", ["input", "timeZone"]),
    Refused(
        "updateClientSettings(input: {shipmentPolicy: {kind: UP_TO}})",
        "INVALID_INPUT",
        ["input", "shipmentPolicy", "maxDispatches"],
    ),
    Refused("loadSalesOrders(input: [])", "INVALID_INPUT", ["input"]),
    Refused(load(order(number='""')), "INVALID_INPUT", ["input", "0", "number"]),
    Refused(load(order(number='"SO-1"')), "DUPLICATE", ["input", "0", "number"]),
    Refused(
        load(order(distributionCenterCode='"nope"')), "NOT_FOUND", ["input", "0", "distributionCenterCode"]
    ),
    Refused(load(order(storeCode='"nope"')), "NOT_FOUND", ["input", "0", "storeCode"]),
    Refused(load(order(lines="[]")), "INVALID_INPUT", ["input", "0", "lines"]),
    Refused(
        load(order(lines='[{skuCode: "TEA", quantity: 0}]')),
        "INVALID_INPUT",
        ["input", "0", "lines", "0", "quantity"],
    ),
    Refused(
        load(order(lines='[{skuCode: "TEA", quantity: -3}]')),
        "INVALID_INPUT",
        ["input", "0", "lines", "0", "quantity"],
    ),
    Refused(
        load(order(lines='[{skuCode: "TEA", quantity: 1}, {skuCode: "nope", quantity: 1}]')),
        "NOT_FOUND",
        ["input", "0", "lines", "1", "skuCode"],
    ),
    Refused('loadSalesOrderCancel(salesOrderNumber: "nope")', "NOT_FOUND", ["salesOrderNumber"]),
    Refused("loadSalesOrderCancellations(salesOrderNumbers: [])", "INVALID_INPUT", ["salesOrderNumbers"]),
    Refused(
        'loadSalesOrderCancellations(salesOrderNumbers: ["nope"])', "NOT_FOUND", ["salesOrderNumbers", "0"]
    ),
    Refused(
        'loadDispatchCancellation(dispatchId: "garbage", reasonCode: "X")', "INVALID_INPUT", ["dispatchId"]
    ),
    Refused(
        f'loadDispatchCancellation(dispatchId: "{UNKNOWN_DISPATCH}", reasonCode: "X")',
        "NOT_FOUND",
        ["dispatchId"],
    ),
    Refused(
        f'loadDispatchCancellation(dispatchId: "{UNKNOWN_DISPATCH}", reasonCode: "")',
        "INVALID_INPUT",
        ["reasonCode"],
    ),
    Refused(f'packDispatch(id: "{FOREIGN_KIND}")', "INVALID_INPUT", ["id"]),
    Refused(f'packDispatch(id: "{UNKNOWN_DISPATCH}")', "NOT_FOUND", ["id"]),
    Refused(f'shipDispatch(id: "{UNKNOWN_DISPATCH}")', "NOT_FOUND", ["id"]),
    Refused(f'confirmOrder(id: "{FOREIGN_KIND}")', "INVALID_INPUT", ["id"]),
    Refused(f'confirmOrder(id: "{UNKNOWN_ORDER}")', "NOT_FOUND", ["id"]),
    Refused(f'delayOrder(id: "{UNKNOWN_ORDER}", until: "2001-01-01T00:00:00Z")', "INVALID_INPUT", ["until"]),
    Refused(f'delayOrder(id: "{UNKNOWN_ORDER}", until: "2101-01-01T00:00:00Z")', "NOT_FOUND", ["id"]),
    Refused(f'changeOrderLine(lineId: "{UNKNOWN_LINE}", requested: 0)', "INVALID_INPUT", ["requested"]),
    Refused(f'changeOrderLine(lineId: "{UNKNOWN_LINE}", requested: 1)', "NOT_FOUND", ["lineId"]),
    Refused(f'addOrderLines(orderId: "{UNKNOWN_ORDER}", lines: [])', "INVALID_INPUT", ["lines"]),
    Refused(
        f'addOrderLines(orderId: "{UNKNOWN_ORDER}", lines: [{{skuCode: "TEA", quantity: 1}}])',
        "NOT_FOUND",
        ["orderId"],
    ),
    Refused(f'cancelOrderLine(lineId: "{UNKNOWN_LINE}", quantity: 0)', "INVALID_INPUT", ["quantity"]),
    Refused(f'cancelOrderLine(lineId: "{UNKNOWN_LINE}", quantity: 1)', "NOT_FOUND", ["lineId"]),
    Refused(
        f'splitOrder(orderId: "{UNKNOWN_ORDER}", lineIds: [], newNumber: "N")', "INVALID_INPUT", ["lineIds"]
    ),
    Refused(
        f'splitOrder(orderId: "{UNKNOWN_ORDER}", lineIds: ["{FOREIGN_KIND}"], newNumber: "N")',
        "INVALID_INPUT",
        ["lineIds", "0"],
    ),
    Refused(
        f'splitOrder(orderId: "{UNKNOWN_ORDER}", lineIds: ["{UNKNOWN_LINE}"], newNumber: "")',
        "INVALID_INPUT",
        ["newNumber"],
    ),
    Refused(
        f'splitOrder(orderId: "{UNKNOWN_ORDER}", lineIds: ["{UNKNOWN_LINE}"], newNumber: "N")',
        "NOT_FOUND",
        ["orderId"],
    ),
    Refused(
        f'setProcessorSchedule(distributionCenter: "{UNKNOWN_CENTER}", cron: "0 6 * * *")',
        "NOT_FOUND",
        ["distributionCenter"],
    ),
    Refused(
        f'runOrderProcessor(distributionCenter: "{FOREIGN_KIND}")', "INVALID_INPUT", ["distributionCenter"]
    ),
    Refused(
        f'runOrderProcessor(distributionCenter: "{UNKNOWN_CENTER}")', "NOT_FOUND", ["distributionCenter"]
    ),
]


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.call[:70])
async def test_bad_input_is_refused_with_its_path_and_changes_nothing(
    shop_with_an_order: Tenant, refused: Refused
) -> None:
    before = await everything(shop_with_an_order)
    answer = await shop_with_an_order.admin.data(
        f"mutation {{ {refused.call} {{ userErrors {{ code message path }} }} }}"
    )
    (error,) = answer["userErrors"]
    assert (error["code"], error["path"]) == (refused.code, refused.path)
    assert len(error["message"]) > 15
    assert await everything(shop_with_an_order) == before


async def test_ten_thousand_and_one_orders_are_refused_as_a_whole(shop_with_an_order: Tenant) -> None:
    before = await everything(shop_with_an_order)
    lines = [{"skuCode": "TEA", "quantity": 1}]
    orders = [{"number": f"N-{n}", "distributionCenterCode": "MAIN", "lines": lines} for n in range(10_001)]
    answer = await shop_with_an_order.admin.data(
        "mutation L($input: [SalesOrderInput!]!) { loadSalesOrders(input: $input) "
        "{ created userErrors { code path message } } }",
        input=orders,
    )
    (error,) = answer["userErrors"]
    assert (answer["created"], error["code"], error["path"]) == (0, "INVALID_INPUT", ["input"])
    assert "10,000" in error["message"]
    assert await everything(shop_with_an_order) == before


async def test_an_unusable_schedule_is_refused(shop_with_an_order: Tenant) -> None:
    pool = encode_id(
        "DistributionCenter", await shop_with_an_order.shop.id_of("distribution_centers", "MAIN")
    )
    for cron in ("", "every day", "99 * * * *", "0 6 * *", "0 0 31 2 *", "* * * * * *"):
        answer = await shop_with_an_order.admin.data(
            "mutation S($dc: ID!, $cron: String!) "
            "{ setProcessorSchedule(distributionCenter: $dc, cron: $cron) "
            "{ schedule { id } userErrors { code path } } }",
            dc=pool,
            cron=cron,
        )
        assert answer == {"schedule": None, "userErrors": [{"code": "INVALID_INPUT", "path": ["cron"]}]}, cron


@pytest.mark.parametrize(
    ("query", "argument_path"),
    [
        ('{ orders(after: "garbage") { totalCount nodes { id } } }', ["after"]),
        ("{ orders(first: 501) { nodes { id } } }", ["first"]),
        ("{ orders(first: -1) { nodes { id } } }", ["first"]),
        ("{ orders(first: 1, last: 1) { nodes { id } } }", ["last"]),
        ('{ orders(filter: {store: "garbage"}) { nodes { id } } }', ["filter", "store"]),
        ('{ orders(filter: {ids: ["x"]}) { nodes { id } } }', ["filter", "ids", "0"]),
        ('{ backOrderLines(after: "W10") { nodes { id } } }', ["after"]),
        ('{ processorRuns(after: "%%%") { nodes { id } } }', ["after"]),
        ("{ order { id } }", ["id"]),
    ],
)
async def test_a_bad_argument_of_a_query_is_an_error_that_names_it(
    shop_with_an_order: Tenant, query: str, argument_path: list[str]
) -> None:
    response = await shop_with_an_order.admin.execute(query)
    (error,) = response["errors"]
    assert error["extensions"] == {"code": "INVALID_INPUT", "argumentPath": argument_path}
    assert error["path"]


@pytest.mark.parametrize(
    "garbage", ["", "garbage", "T3JkZXI6MQ==", "T3JkZXI6eA", "é", "T3JkZXI6MDE", "x" * 500]
)
async def test_an_id_that_is_none_finds_nothing_and_tells_nothing(
    shop_with_an_order: Tenant, garbage: str
) -> None:
    answer = await shop_with_an_order.admin.data(
        "query N($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } order(id: $id) { id } "
        "dispatch(id: $id) { id } }",
        id=garbage,
    )
    assert answer == {"node": None, "nodes": [None], "order": None, "dispatch": None}


@pytest.mark.parametrize(
    ("role", "call", "allowed"),
    [
        (Role.VIEWER, 'loadSalesOrderCancel(salesOrderNumber: "SO-1")', False),
        (Role.SCANNER, 'loadSalesOrderCancel(salesOrderNumber: "SO-1")', False),
        (Role.SERVICE, 'loadSalesOrderCancel(salesOrderNumber: "SO-1")', True),
        (Role.SERVICE, f'confirmOrder(id: "{encode_id("Order", 1)}")', False),
        (Role.OPERATOR, f'confirmOrder(id: "{encode_id("Order", 1)}")', True),
        (Role.OPERATOR, "updateClientSettings(input: {holdHours: 1})", False),
        (Role.ADMIN, "updateClientSettings(input: {holdHours: 1})", True),
        (
            Role.OPERATOR,
            f'setProcessorSchedule(distributionCenter: "{UNKNOWN_CENTER}", cron: "* * * * *")',
            False,
        ),
    ],
)
async def test_a_role_may_do_what_it_is_for_and_a_denied_action_changes_nothing(
    shop_with_an_order: Tenant, role: Role, call: str, allowed: bool
) -> None:
    before = await everything(shop_with_an_order)
    answer = await shop_with_an_order.caller(role).data(f"mutation {{ {call} {{ userErrors {{ code }} }} }}")
    if allowed:
        assert answer["userErrors"] == []
    else:
        assert answer["userErrors"] == [{"code": "FORBIDDEN"}]
        assert await everything(shop_with_an_order) == before


async def everything(tenant: Tenant) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for pool generations: a lock that was taken for nothing moves them.

    And but for what the audit trail has of refusals.
    """
    done = "(SELECT * FROM audit_entries WHERE action NOT IN ('ROLE_REFUSED', 'ID_REFUSED')) AS entries"
    names = await tenant.shop.tuples("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return {
        name: await tenant.shop.tuples(
            f"SELECT * FROM {done if name == 'audit_entries' else name} ORDER BY 1, 2"  # noqa: S608
        )
        for (name,) in names
        if name != "stock_pools"
    }
