"""The tables as Tortoise models.

The migrations are SQL, because Tortoise has no composite keys; a test compares every model with the
database. `primary_key` names what is unique within a client (and pool or run): rows are always found
by `client_id` as well.
"""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Client(Model):
    """A tenant: the account that owns orders, SKUs and stock."""

    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.TextField()
    name = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "clients"


class ClientSettings(Model):
    """How a client wants its orders processed."""

    client_id = fields.BigIntField(primary_key=True, generated=False)
    hold_hours = fields.IntField(default=24)
    require_order_confirmation = fields.BooleanField(default=False)
    allow_backlog_sku_revert = fields.BooleanField(default=False)
    back_order_workflow = fields.BooleanField(default=True)
    hide_back_order_column = fields.BooleanField(default=False)
    mark_on_create = fields.BooleanField(default=True)
    consider_replacement_sku = fields.BooleanField(default=False)
    exclude_dropship_from_availability = fields.BooleanField(default=True)
    shipment_policy_kind = fields.TextField(default="UP_TO")
    max_dispatches = fields.IntField(null=True, default=2)
    split_lines = fields.BooleanField(default=False)
    time_zone = fields.TextField(default="UTC")
    version = fields.IntField(default=1)

    class Meta:
        table = "client_settings"


class ApiToken(Model):
    """A bearer token, stored as the SHA-256 of its text."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    hash = fields.BinaryField()
    role = fields.TextField()
    label = fields.TextField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_tokens"


class DistributionCenter(Model):
    """A warehouse of a client."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.TextField()
    name = fields.TextField()
    kind = fields.TextField(default="STANDARD")

    class Meta:
        table = "distribution_centers"


class CenterShipmentPolicy(Model):
    """The shipment policy of one distribution center, over the client's default (B8)."""

    client_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField(primary_key=True, generated=False)
    kind = fields.TextField()
    max_dispatches = fields.IntField(null=True)
    split_lines = fields.BooleanField()

    class Meta:
        table = "shipment_policies"


class StockPool(Model):
    """The lock of one client's stock in one distribution center, and its generation."""

    client_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField(primary_key=True, generated=False)
    generation = fields.BigIntField(default=0)

    class Meta:
        table = "stock_pools"


class Store(Model):
    """A sales channel's shop."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.TextField()
    name = fields.TextField()

    class Meta:
        table = "stores"


class Sku(Model):
    """An article."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    code = fields.TextField()
    name = fields.TextField()
    barcode = fields.TextField(null=True)
    replacement_id = fields.BigIntField(null=True)

    class Meta:
        table = "skus"


class StockLevel(Model):
    """On hand, allocated and protected quantity of one SKU in one pool."""

    client_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField(primary_key=True, generated=False)
    on_hand = fields.IntField(default=0)
    allocated = fields.IntField(default=0)
    protected = fields.IntField(default=0)

    class Meta:
        table = "stock_levels"


class StockMovement(Model):
    """An entry of the append-only stock ledger (F8)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    at = fields.DatetimeField()
    kind = fields.TextField()
    on_hand_change = fields.IntField()
    allocated_change = fields.IntField()
    dispatch_id = fields.BigIntField(null=True)
    order_line_id = fields.BigIntField(null=True)
    note = fields.TextField(null=True)

    class Meta:
        table = "stock_movements"


class Order(Model):
    """A sales order."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.TextField()
    version = fields.IntField(default=1)
    distribution_center_id = fields.BigIntField()
    store_id = fields.BigIntField(null=True)
    status = fields.TextField(default="CREATE")
    delivery_status = fields.TextField(default="NOT_DELIVERED")
    queue_status = fields.TextField(default="QUEUED")
    back_order_status = fields.TextField(default="NONE")
    back_order_mark = fields.TextField(null=True)
    is_back_order = fields.BooleanField(default=False)
    locked = fields.BooleanField(default=False)
    priority = fields.IntField(default=0)
    ordered_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    delayed_until = fields.DatetimeField(null=True)
    promised_at = fields.DatetimeField(null=True)
    marketplace_status = fields.TextField(null=True)
    marketplace_invoice_number = fields.TextField(null=True)
    sales_order_code = fields.TextField(null=True)
    invoice_code = fields.TextField(null=True)
    shipping_agency = fields.TextField(null=True)
    order_type = fields.TextField(null=True)
    service = fields.TextField(null=True)
    country = fields.TextField(null=True)
    email = fields.TextField(null=True)
    cancelled_by = fields.TextField(null=True)
    packed = fields.BooleanField(default=False)
    condition = fields.TextField(generated=True)  # generated by the database

    class Meta:
        table = "orders"


class OrderLine(Model):
    """A line of an order; its open quantity is what is neither allocated, shipped nor cancelled."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    order_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    line_number = fields.IntField()
    route = fields.TextField(default="PROCESSOR")
    requested = fields.IntField()
    allocated = fields.IntField(default=0)
    shipped = fields.IntField(default=0)
    cancelled = fields.IntField(default=0)

    class Meta:
        table = "order_lines"


class PoolDemand(Model):
    """A line that still wants stock from its pool, with its coverage."""

    client_id = fields.BigIntField()
    line_id = fields.BigIntField(primary_key=True, generated=False)
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    order_id = fields.BigIntField()
    route = fields.TextField()
    priority = fields.IntField()
    ordered_at = fields.DatetimeField()
    open = fields.IntField()
    back_ordered = fields.IntField(default=0)
    back_ordered_since = fields.DatetimeField(null=True)
    cross_docked = fields.IntField(default=0)
    promised_at = fields.DatetimeField(null=True)
    promise_gap = fields.TextField(null=True)

    class Meta:
        table = "pool_demand"


class SharedSchedule(Model):
    """When the Order Processor runs for the distribution centers of this code, whosever they are (B2)."""

    distribution_center_code = fields.CharField(max_length=64, primary_key=True)
    cron = fields.TextField()
    times: Any = fields.JSONField(null=True)
    enabled = fields.BooleanField()

    class Meta:
        table = "shared_schedules"


class ProcessorSchedule(Model):
    """When the Order Processor runs for a distribution center."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    shared = fields.BooleanField(default=False)
    cron = fields.TextField()
    times: Any = fields.JSONField(null=True)
    enabled = fields.BooleanField(default=True)
    next_due_at = fields.DatetimeField(null=True)

    class Meta:
        table = "processor_schedules"


class ProcessorRun(Model):
    """One run of the Order Processor over one pool."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    schedule_id = fields.BigIntField(null=True)
    scheduled_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    status = fields.TextField(default="SCHEDULED")
    requested_by = fields.TextField()
    lease_holder = fields.TextField(null=True)
    lease_until = fields.DatetimeField(null=True)
    planned_at = fields.DatetimeField(null=True)
    shipment_policy: Any = fields.JSONField(null=True)
    planned_lines = fields.IntField(default=0)
    applied_rank = fields.IntField(default=0)
    orders_examined = fields.IntField(default=0)
    orders_committed = fields.IntField(default=0)
    orders_back_ordered = fields.IntField(default=0)
    orders_returned = fields.IntField(default=0)
    dispatches_created = fields.IntField(default=0)
    failure = fields.TextField(null=True)

    class Meta:
        table = "processor_runs"


class Dispatch(Model):
    """A release of allocated quantities of one order to be picked, packed and shipped."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.TextField(generated=True)  # generated by the database
    kind = fields.TextField()
    status = fields.TextField(default="CREATED")
    order_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    run_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    packed_at = fields.DatetimeField(null=True)
    shipped_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    cancel_reason = fields.TextField(null=True)
    requeued = fields.BooleanField(default=False)

    class Meta:
        table = "dispatches"


class DispatchLine(Model):
    """What a dispatch takes of an order line."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    dispatch_id = fields.BigIntField()
    order_line_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    quantity = fields.IntField()

    class Meta:
        table = "dispatch_lines"


class RunDecision(Model):
    """What a run decided for one line, and why (F1)."""

    client_id = fields.BigIntField()
    run_id = fields.BigIntField()
    rank = fields.IntField(primary_key=True, generated=False)
    order_rank = fields.IntField()
    order_id = fields.BigIntField()
    order_version = fields.IntField()
    line_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    wanted = fields.IntField()
    stock_seen = fields.IntField()
    given = fields.IntField()
    reason = fields.TextField()

    class Meta:
        table = "run_decisions"


class AuditEntry(Model):
    """Who did what, when (F11). Append-only."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    at = fields.DatetimeField()
    actor = fields.TextField()
    source = fields.TextField(null=True)
    action = fields.TextField()
    summary = fields.TextField()
    order_id = fields.BigIntField(null=True)
    before: Any = fields.JSONField(null=True)
    after: Any = fields.JSONField(null=True)

    class Meta:
        table = "audit_entries"


class IdempotencyKey(Model):
    """A mutation that was already answered, and its answer (F6)."""

    client_id = fields.BigIntField()
    key = fields.CharField(max_length=255, primary_key=True)
    operation = fields.TextField()
    payload_hash = fields.BinaryField()
    answer: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_keys"


class OutboxEvent(Model):
    """An event written by the transaction that caused it, not yet given a cursor (F5)."""

    id = fields.BigIntField(primary_key=True, generated=True)
    client_id = fields.BigIntField()
    topic = fields.TextField()
    at = fields.DatetimeField()
    cause = fields.TextField()
    subject_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField(null=True)
    sku_id = fields.BigIntField(null=True)
    data: Any = fields.JSONField(default=dict)

    class Meta:
        table = "event_outbox"


class LoggedEvent(Model):
    """An event with its cursor, from which subscriptions resume (F5)."""

    client_id = fields.BigIntField()
    seq = fields.BigIntField(primary_key=True, generated=False)
    topic = fields.TextField()
    at = fields.DatetimeField()
    cause = fields.TextField()
    subject_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField(null=True)
    sku_id = fields.BigIntField(null=True)
    data: Any = fields.JSONField()

    class Meta:
        table = "event_log"


class EventPosition(Model):
    """The last cursor given and the oldest that can still be resumed from."""

    only_row = fields.BooleanField(primary_key=True)
    last_seq = fields.BigIntField(default=0)
    expired_until = fields.BigIntField(default=0)

    class Meta:
        table = "event_position"


class AllocationPlan(Model):
    """A dry run of the Order Processor over one pool (F2)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    planned_at = fields.DatetimeField()
    requested_by = fields.TextField()
    generation = fields.BigIntField()
    hypotheses: Any = fields.JSONField(null=True)
    shipment_policy: Any = fields.JSONField()
    planned_lines = fields.IntField()
    orders_examined = fields.IntField()
    orders_committed = fields.IntField()
    orders_back_ordered = fields.IntField()
    orders_returned = fields.IntField()
    run_id = fields.BigIntField(null=True)

    class Meta:
        table = "allocation_plans"


class PlanDecision(Model):
    """What a plan gives one line, and why (F2)."""

    client_id = fields.BigIntField()
    plan_id = fields.BigIntField()
    rank = fields.IntField(primary_key=True, generated=False)
    order_rank = fields.IntField()
    order_id = fields.BigIntField()
    order_version = fields.IntField()
    line_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    wanted = fields.IntField()
    stock_seen = fields.IntField()
    given = fields.IntField()
    reason = fields.TextField()
    had = fields.IntField()
    otherwise = fields.IntField()

    class Meta:
        table = "plan_decisions"


class Backorder(Model):
    """The warehouse document of what of an order is still to be picked (E2)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.TextField(generated=True)  # generated by the database
    status = fields.TextField(default="OPEN")
    order_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "backorders"


class BackorderItem(Model):
    """Units of an order line on a Backorder; open is what is neither filled nor cancelled."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    backorder_id = fields.BigIntField()
    order_line_id = fields.BigIntField()
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    quantity = fields.IntField()
    filled = fields.IntField(default=0)
    cancelled = fields.IntField(default=0)

    class Meta:
        table = "backorder_items"


class BackorderFill(Model):
    """What a dispatch took of a Backorder's item."""

    client_id = fields.BigIntField()
    dispatch_id = fields.BigIntField()
    item_id = fields.BigIntField(primary_key=True, generated=False)
    quantity = fields.IntField()

    class Meta:
        table = "backorder_fills"


class BacklogSku(Model):
    """What was open of an order line when its order was set aside for split delivery."""

    client_id = fields.BigIntField()
    line_id = fields.BigIntField(primary_key=True, generated=False)
    order_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    quantity = fields.IntField()
    expected_on = fields.DateField(null=True)

    class Meta:
        table = "backlog_skus"


class BulkOperation(Model):
    """One action on many orders."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    action = fields.TextField()
    status = fields.TextField(default="PENDING")
    until = fields.DatetimeField(null=True)
    requested_by = fields.TextField()
    source = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    lease_holder = fields.TextField(null=True)
    lease_until = fields.DatetimeField(null=True)
    total = fields.IntField(default=0)
    succeeded = fields.IntField(default=0)
    skipped = fields.IntField(default=0)
    failed = fields.IntField(default=0)
    processed = fields.IntField(generated=True)  # generated by the database
    failure = fields.TextField(null=True)

    class Meta:
        table = "bulk_operations"


class BulkTarget(Model):
    """An order of a bulk operation, and what became of it."""

    client_id = fields.BigIntField()
    bulk_operation_id = fields.BigIntField()
    position = fields.IntField(primary_key=True, generated=False)
    order_id = fields.BigIntField()
    outcome = fields.TextField(null=True)
    code = fields.TextField(null=True)
    message = fields.TextField(null=True)

    class Meta:
        table = "bulk_targets"


class PurchaseOrder(Model):
    """What was ordered from a vendor, for a pool or, as a dropship, for an order's customer."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    number = fields.TextField()
    distribution_center_id = fields.BigIntField()
    vendor = fields.TextField(null=True)
    dropship_order_id = fields.BigIntField(null=True)
    ship_to: Any = fields.JSONField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "purchase_orders"


class PurchaseOrderLine(Model):
    """How many units of a SKU were ordered from a vendor, and what came of them."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    purchase_order_id = fields.BigIntField()
    line_number = fields.IntField()
    distribution_center_id = fields.BigIntField(null=True)
    dropship_order_id = fields.BigIntField(null=True)
    sku_id = fields.BigIntField()
    quantity = fields.IntField()
    received = fields.IntField(default=0)
    cancelled = fields.IntField(default=0)
    open = fields.IntField(generated=True)  # generated by the database
    expected_at = fields.DatetimeField(null=True)
    order_line_id = fields.BigIntField(null=True)

    class Meta:
        table = "purchase_order_lines"


class BackOrderCap(Model):
    """How many units of a SKU a pool's orders, or those of one store, may back-order at most (F7)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField()
    store_id = fields.BigIntField(null=True)
    units = fields.IntField()

    class Meta:
        table = "back_order_caps"


class HoldRule(Model):
    """Hold hours of orders with certain attributes (B3)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    distribution_center_id = fields.BigIntField(null=True)
    order_type = fields.TextField(null=True)
    shipping_agency = fields.TextField(null=True)
    service = fields.TextField(null=True)
    country = fields.TextField(null=True)
    hours = fields.IntField()
    specificity = fields.IntField(generated=True)  # generated by the database

    class Meta:
        table = "hold_rules"


class StoreConnection(Model):
    """How a store is connected to its marketplace, and how that has gone lately (C5)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    store_id = fields.BigIntField()
    kind = fields.TextField()
    address = fields.TextField(null=True)
    secret = fields.TextField(null=True)
    enabled = fields.BooleanField()
    interval_seconds = fields.IntField()
    next_due_at = fields.DatetimeField(null=True)
    cursor = fields.TextField(null=True)
    failures = fields.IntField(default=0)
    retry_at = fields.DatetimeField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(null=True)

    class Meta:
        table = "store_connections"


class Synchronization(Model):
    """One conversation with a store's marketplace (C5)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    store_id = fields.BigIntField()
    status = fields.TextField(default="PENDING")
    requested_by = fields.TextField()
    order_numbers: Any = fields.JSONField(null=True)
    message_id = fields.TextField(null=True)
    message = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    lease_holder = fields.TextField(null=True)
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    succeeded = fields.IntField(default=0)
    skipped = fields.IntField(default=0)
    failed = fields.IntField(default=0)
    failure = fields.TextField(null=True)

    class Meta:
        table = "synchronizations"


class SynchronizationRow(Model):
    """What became of one row of a synchronization (C5)."""

    client_id = fields.BigIntField()
    synchronization_id = fields.BigIntField()
    position = fields.IntField(primary_key=True, generated=False)
    kind = fields.TextField()
    subject = fields.TextField()
    outcome = fields.TextField()
    code = fields.TextField(null=True)
    message = fields.TextField(null=True)

    class Meta:
        table = "synchronization_rows"


class EmailTemplate(Model):
    """What an e-mail to customers says (D7)."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    name = fields.TextField()
    subject = fields.TextField()
    body = fields.TextField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "email_templates"


class EmailAssignment(Model):
    """Which template is sent when something happens to an order."""

    client_id = fields.BigIntField()
    event = fields.TextField()
    template_id = fields.BigIntField(primary_key=True, generated=False)

    class Meta:
        table = "email_assignments"


class EmailDelivery(Model):
    """One e-mail that was sent or is to be sent, or why it is not."""

    client_id = fields.BigIntField()
    id = fields.BigIntField(primary_key=True, generated=True)
    event = fields.TextField()
    status = fields.TextField(default="PENDING")
    order_id = fields.BigIntField()
    dispatch_id = fields.BigIntField(null=True)
    template_id = fields.BigIntField(null=True)
    transition = fields.BigIntField(generated=True)  # generated by the database
    previously_promised_at = fields.DatetimeField(null=True)
    recipient = fields.TextField(null=True)
    subject = fields.TextField(null=True)
    body = fields.TextField(null=True)
    attempts = fields.IntField(default=0)
    reason = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "email_deliveries"


class BackOrderClosing(Model):
    """A day that is over, and when the figures of its Backordering report were taken (B12)."""

    client_id = fields.BigIntField()
    day = fields.DateField(primary_key=True)
    taken_at = fields.DatetimeField()

    class Meta:
        table = "back_order_closings"


class BackOrderDay(Model):
    """What of a SKU was back-ordered in a pool when a day ended, and how its demand was met (B12)."""

    client_id = fields.BigIntField()
    day = fields.DateField()
    distribution_center_id = fields.BigIntField()
    sku_id = fields.BigIntField(primary_key=True, generated=False)
    back_ordered = fields.IntField()
    orders = fields.IntField()
    lines = fields.IntField()
    oldest_since = fields.DatetimeField(null=True)
    demanded = fields.IntField()
    filled_at_once = fields.IntField()
    incoming = fields.IntField()
    incoming_at = fields.DatetimeField(null=True)

    class Meta:
        table = "back_order_days"
