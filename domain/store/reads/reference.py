"""Reference data, dispatches, schedules, runs and the audit trail, as they are read."""

from __future__ import annotations

from domain.store.reads.back_order_caps import CAPS
from domain.store.reads.backlog_skus import BACKLOG_SKUS
from domain.store.reads.backorders import BACKORDER_ITEMS, BACKORDERS
from domain.store.reads.bulk_operations import BULK_OPERATIONS
from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.emails import EMAIL_DELIVERIES, EMAIL_TEMPLATES
from domain.store.reads.hold_rules import HOLD_RULES
from domain.store.reads.named import DISTRIBUTION_CENTERS, SKUS, STORES
from domain.store.reads.orders import LINES, ORDERS
from domain.store.reads.paging import KeyPart, Ordering
from domain.store.reads.plans import PLANS
from domain.store.reads.purchase_orders import PURCHASE_ORDER_LINES, PURCHASE_ORDERS
from domain.store.reads.reallocations import REALLOCATION_PLANS, VARIANTS
from domain.store.reads.synchronizations import STORE_CONNECTIONS, SYNCHRONIZATIONS
from domain.store.reads.webhooks import WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS


def _plain(alias: str, names: str) -> dict[str, Column]:
    return {name: Column(f"{alias}.{name}") for name in names.split()}


CLIENTS = Table(source="clients AS c", client="c.id", columns=_plain("c", "id code name"))

DISPATCHES = Table(
    source="dispatches AS d",
    client="d.client_id",
    columns=_plain(
        "d",
        "id number kind status order_id distribution_center_id created_at packed_at shipped_at "
        "cancelled_at cancel_reason",
    ),
    references={
        "order": Reference("order_id", ORDERS),
        "distribution_center": Reference("distribution_center_id", DISTRIBUTION_CENTERS),
    },
)
BY_DISPATCH = Ordering("dispatch", (KeyPart("id", "d.id", "bigint"),))
NEWEST_DISPATCH = Ordering("newest dispatch", (KeyPart("id", "d.id", "bigint", descending=True),))

DISPATCH_LINES = Table(
    source="dispatch_lines AS dl",
    client="dl.client_id",
    columns=_plain("dl", "id dispatch_id order_line_id sku_id quantity"),
    references={"order_line": Reference("order_line_id", LINES), "sku": Reference("sku_id", SKUS)},
)

SCHEDULES = Table(
    source="processor_schedules AS s",
    client="s.client_id",
    columns=_plain("s", "id distribution_center_id cron times enabled version")
    | {"next_run_at": Column("s.next_due_at"), "all_clients": Column("s.shared")},
    fields={"distribution_center": ("distribution_center_id",), "upcoming": ("cron", "enabled")},
)
RUNS = Table(
    source="processor_runs AS r",
    client="r.client_id",
    columns=_plain(
        "r",
        "id distribution_center_id scheduled_at started_at finished_at status requested_by failure "
        "planned_lines applied_rank orders_examined orders_committed orders_back_ordered orders_returned "
        "dispatches_created shipment_policy plan_id reallocation_id",
    ),
    fields={
        "distribution_center": ("distribution_center_id",),
        "plan": ("plan_id",),
        "reallocation": ("reallocation_id",),
        "progress": ("planned_lines", "applied_rank", "status"),
    },
)
BY_SCHEDULED_AT = Ordering(
    "run",
    (
        KeyPart("scheduled_at", "r.scheduled_at", "timestamptz", descending=True),
        KeyPart("id", "r.id", "bigint", descending=True),
    ),
)

AUDIT_ENTRIES = Table(
    source="audit_entries AS a",
    client="a.client_id",
    columns=_plain("a", "id at actor source action summary order_id before after"),
    fields={"order": ("order_id",)},
)
BY_TIME = Ordering("audit", (KeyPart("id", "a.id", "bigint", descending=True),))

_OF_ORDER_LINE = ("line_number", "requested", "allocated", "shipped", "cancelled", "fulfilled")
_AVAILABLE = "greatest(coalesce(level.on_hand - level.allocated - level.protected, 0), 0)"

BACK_ORDER_LINES = Table(
    # A back-order line is an open line that is short, or any waiting line of a back order: those have
    # `back_ordered_since`, which the partial index pool_demand_back_ordered holds.
    source="pool_demand AS demand",
    client="demand.client_id",
    columns={name: Column(LINES.columns[name].expression, ("l",)) for name in _OF_ORDER_LINE}
    | {
        "id": Column("demand.line_id"),
        "line_id": Column("demand.line_id"),
        "order_id": Column("demand.order_id"),
        "sku_id": Column("demand.sku_id"),
        "distribution_center_id": Column("demand.distribution_center_id"),
        "route": Column("demand.route"),
        "open": Column("demand.open"),
        "outstanding": Column("demand.open"),
        "back_ordered_qty": Column("demand.back_ordered"),
        "since": Column("demand.back_ordered_since"),
        "promised_at": Column("demand.promised_at"),
        "available": Column(_AVAILABLE, ("level",)),
        "short": Column(f"demand.open > {_AVAILABLE}", ("level",)),
    },
    joins={
        "l": "JOIN order_lines AS l ON l.client_id = $1 AND l.id = demand.line_id",
        "o": "JOIN orders AS o ON o.client_id = $1 AND o.id = demand.order_id",
        "level": "LEFT JOIN stock_levels AS level ON level.client_id = $1"
        " AND level.distribution_center_id = demand.distribution_center_id"
        " AND level.sku_id = demand.sku_id",
    },
    references={
        "order": Reference("order_id", ORDERS),
        "line": Reference("line_id", LINES),
        "sku": Reference("sku_id", SKUS),
        "distribution_center": Reference("distribution_center_id", DISTRIBUTION_CENTERS),
    },
)
BY_SINCE = Ordering(
    "since",
    (
        KeyPart("since", "demand.back_ordered_since", "timestamptz"),
        KeyPart("line_id", "demand.line_id", "bigint"),
    ),
)

NODES = {
    "Client": CLIENTS,
    "DistributionCenter": DISTRIBUTION_CENTERS,
    "Store": STORES,
    "Sku": SKUS,
    "Order": ORDERS,
    "OrderLine": LINES,
    "BackOrderLine": BACK_ORDER_LINES,
    "BacklogSku": BACKLOG_SKUS,
    "Dispatch": DISPATCHES,
    "Backorder": BACKORDERS,
    "BackorderItem": BACKORDER_ITEMS,
    "PurchaseOrder": PURCHASE_ORDERS,
    "PurchaseOrderLine": PURCHASE_ORDER_LINES,
    "ProcessorSchedule": SCHEDULES,
    "ProcessorRun": RUNS,
    "BulkOperation": BULK_OPERATIONS,
    "AllocationPlan": PLANS,
    "ReallocationVariant": VARIANTS,
    "ReallocationPlan": REALLOCATION_PLANS,
    "EmailTemplate": EMAIL_TEMPLATES,
    "EmailDelivery": EMAIL_DELIVERIES,
    "BackOrderCap": CAPS,
    "HoldRule": HOLD_RULES,
    "StoreConnection": STORE_CONNECTIONS,
    "Synchronization": SYNCHRONIZATIONS,
    "WebhookEndpoint": WEBHOOK_ENDPOINTS,
    "WebhookDelivery": WEBHOOK_DELIVERIES,
}
"""The table of each GraphQL type that has ids of its own."""
