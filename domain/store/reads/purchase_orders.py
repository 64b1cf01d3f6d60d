"""Purchase orders and their lines, as they are read."""

from __future__ import annotations

from dataclasses import dataclass

from domain.rules.described import Described
from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.named import DISTRIBUTION_CENTERS, SKUS
from domain.store.reads.orders import LINES, ORDERS
from domain.store.reads.paging import KeyPart, Ordering
from domain.store.reads.select import Conditions

_ORDER = ("id", "number", "distribution_center_id", "vendor", "dropship_order_id", "ship_to", "created_at")
_LINE = (
    *("id", "purchase_order_id", "line_number", "sku_id", "quantity", "received", "cancelled", "open"),
    *("expected_at", "order_line_id"),
)

# An aggregate, because EXISTS would be answered by hashing every open line there is.
_OPEN = (
    "(SELECT bool_or(line.open > 0) FROM purchase_order_lines AS line"
    " WHERE line.client_id = $1 AND line.purchase_order_id = po.id)"
)

PURCHASE_ORDERS = Table(
    source="purchase_orders AS po",
    client="po.client_id",
    columns={name: Column(f"po.{name}") for name in _ORDER}
    | {
        "open": Column(_OPEN),
    },
    references={
        "distribution_center": Reference("distribution_center_id", DISTRIBUTION_CENTERS),
        "order": Reference("dropship_order_id", ORDERS),
    },
)
PURCHASE_ORDER_LINES = Table(
    source="purchase_order_lines AS pl",
    client="pl.client_id",
    columns={name: Column(f"pl.{name}") for name in _LINE},
    references={
        "purchase_order": Reference("purchase_order_id", PURCHASE_ORDERS),
        "sku": Reference("sku_id", SKUS),
        "order_line": Reference("order_line_id", LINES),
    },
)


class PurchaseOrderSort(Described):
    """How a list of purchase orders is sorted."""

    CREATED_AT = "CREATED_AT", "The latest first."
    NUMBER = "NUMBER", "By number, as text."


ORDERINGS = {
    PurchaseOrderSort.CREATED_AT: Ordering(
        "purchaseOrder",
        (
            KeyPart("created_at", "po.created_at", "timestamptz", descending=True),
            KeyPart("id", "po.id", "bigint", descending=True),
        ),
    ),
    PurchaseOrderSort.NUMBER: Ordering("purchaseNumber", (KeyPart("number", "po.number", "text"),)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderFilter:
    """Which purchase orders; conditions are combined with AND."""

    distribution_center: int | None = None
    sku: int | None = None
    order: int | None = None
    open: bool | None = None
    dropship: bool | None = None


_CLAUSES = {
    "sku": "po.id IN (SELECT line.purchase_order_id FROM purchase_order_lines AS line"
    " WHERE line.client_id = $1 AND line.sku_id = {})",
    "order": "po.id IN (SELECT line.purchase_order_id FROM purchase_order_lines AS line"
    " JOIN order_lines AS l ON l.client_id = $1 AND l.id = line.order_line_id"
    " WHERE line.client_id = $1 AND l.order_id = {})",
}

_OPEN_LINES = """SELECT line.purchase_order_id FROM purchase_order_lines AS line
    WHERE line.client_id = $1 AND line.open > 0"""


def purchase_order_conditions(client_id: int, order_filter: PurchaseOrderFilter) -> Conditions:
    """The filter as SQL conditions on `purchase_orders AS po`."""
    conditions = Conditions.of_client(client_id)
    for name, clause in _CLAUSES.items():
        value = getattr(order_filter, name)
        if value is not None:
            conditions.add(clause, value)
    if order_filter.distribution_center is not None:
        center = conditions.place(order_filter.distribution_center)
        conditions.scatter(f"po.distribution_center_id = {center}")
    if order_filter.open is True:
        conditions.scatter(_OPEN, of_all=f"po.id IN ({_OPEN_LINES})")
    if order_filter.open is False:
        # The latest are open, and passed.
        of_all = f"NOT EXISTS ({_OPEN_LINES} AND line.purchase_order_id = po.id)"
        conditions.scatter(f"NOT {_OPEN}", of_all=of_all, common=True)
    if order_filter.dropship is not None:
        conditions.clauses.append(f"po.dropship_order_id IS {'NOT ' if order_filter.dropship else ''}NULL")
    return conditions
