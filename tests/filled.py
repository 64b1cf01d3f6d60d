"""A database as a busy client leaves it after a year: large tables, made in SQL in a few seconds.

    await fill(sql, client_id=shop.client_id, orders=20_000)

What is old is finished and what is open is new, as in real life: a list of open orders that is read
from the oldest on would pass all finished ones first. Each value of a column is either common or rare.
Foreign keys are not checked while it is made, but hold; quantities are plausible, not reconciled.
"""

from __future__ import annotations

from datetime import UTC, datetime

from domain.store import backlog_counts
from domain.store.database import Connection

UNTIL = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""When the newest order was made; the oldest one is a year older."""

CENTERS = 3
STORES = 20
SKUS = 1_000
LINES = 3
"""Of each order."""

# $1 is the client, $2 the number of orders, $3 UNTIL. `r` scatters a row's number over 0..99, and `age` runs
# from 0 (the oldest) to 1.
_NUMBERED = """
CREATE TEMP TABLE numbered AS
SELECT i, (i * 7919 % 10007) % 100 AS r, (i * 104729 % 10009) % 100 AS q, i::float8 / {orders} AS age,
       timestamptz '{until}' - make_interval(secs => ({orders} - i) * 31536000.0 / {orders}) AS at,
       1 + (i * 31 % 97) % {centers} AS center,
       CASE WHEN i % 10 > 0 THEN 1 + least(i * 37 % 41, i * 53 % 59) % {stores} END AS store
FROM generate_series(1::bigint, {orders}) AS i
"""

_STATEMENTS = (
    """
    INSERT INTO distribution_centers (client_id, id, code, name)
    SELECT {client}, i, 'DC' || i, 'Center ' || i FROM generate_series(1, {centers}) AS i
    """,
    "INSERT INTO stock_pools (client_id, distribution_center_id) "
    "SELECT {client}, i FROM generate_series(1, {centers}) AS i",
    """
    INSERT INTO stores (client_id, id, code, name)
    SELECT {client}, i, 'ST' || i, 'Store ' || i FROM generate_series(1, {stores}) AS i
    """,
    """
    INSERT INTO skus (client_id, id, code, name, barcode)
    SELECT {client}, i, 'SKU-' || lpad(i::text, 5, '0'), 'Thing number ' || i, (4000000000000 + i)::text
    FROM generate_series(1, {skus}) AS i
    """,
    """
    INSERT INTO stock_levels (client_id, distribution_center_id, sku_id, on_hand, allocated, protected)
    SELECT {client}, center, sku, sku % 50, least(sku % 50, sku % 7), CASE WHEN sku % 100 = 0 THEN 2
        ELSE 0 END
    FROM generate_series(1, {centers}) AS center, generate_series(1, {skus}) AS sku
    """,
    """
    INSERT INTO orders (client_id, id, number, distribution_center_id, store_id, status, delivery_status,
        queue_status, back_order_status, is_back_order, locked, priority, ordered_at, accepted_at,
        marketplace_status, marketplace_invoice_number, sales_order_code, invoice_code, shipping_agency,
        order_type, country, email, cancelled_by, packed)
    SELECT {client}, i, 'SO-' || lpad(i::text, 8, '0'), center, store,
           CASE WHEN age < 0.85 THEN CASE WHEN r < 95 THEN 'COMPLETED' WHEN r < 99 THEN 'CANCELLED'
               ELSE 'OC_REJECTED' END
                WHEN r < 60 THEN 'CREATE' WHEN r < 80 THEN 'OC_CONFIRMED' WHEN r < 97 THEN 'COMMIT'
                WHEN r < 99 THEN 'PARTIALLY_CANCELLED' ELSE 'CANCELLED' END,
           CASE WHEN age < 0.85 THEN CASE WHEN r < 20 THEN 'DELIVERED' ELSE 'NOT_DELIVERED' END
                WHEN r < 60 THEN 'NOT_DELIVERED' WHEN r < 70 THEN 'UNDELIVERED_SKU_CREATED'
                WHEN r < 75 THEN 'DELIVERY_NOTE_CREATED' WHEN r < 77 THEN 'PARTIALLY_DELIVERED'
                ELSE 'NOT_DELIVERED' END,
           CASE WHEN age < 0.85 THEN CASE WHEN r < 75 THEN 'PROCESSED' ELSE 'NOT_QUEUED' END
                WHEN r < 60 THEN 'QUEUED' WHEN r < 77 THEN 'NOT_QUEUED' WHEN r < 87 THEN 'PARTIALLY_PROCESSED'
                WHEN r < 97 THEN 'PROCESSED' ELSE 'NOT_QUEUED' END,
           CASE WHEN age < 0.85 OR q > 30 THEN 'NONE' WHEN q < 20 THEN 'PARTIAL' ELSE 'FULL' END,
           age >= 0.85 AND r BETWEEN 77 AND 86, age >= 0.85 AND r BETWEEN 60 AND 76,
           CASE WHEN q = 7 THEN 10 ELSE 0 END, at, at,
           CASE WHEN store IS NULL THEN NULL WHEN age < 0.85 THEN 'DELIVERED' WHEN q < 5 THEN 'CANCELLED'
                WHEN q < 50 THEN 'ACCEPTED' ELSE 'WAITING_FOR_PICKUP' END,
           CASE WHEN store IS NOT NULL THEN 'INV-' || lpad(i::text, 8, '0') END,
           CASE WHEN age < 0.85 OR q < 40 THEN 'SC' || i END, CASE
               WHEN age < 0.85 OR q < 35 THEN 'IC' || i END,
           'AGENCY' || i % 7, 'TYPE' || i % 3, 'DE', 'buyer' || i || '@example.com',
           CASE WHEN r >= 95 THEN 'CLIENT' END, age < 0.85
    FROM numbered
    """,
    """
    INSERT INTO order_lines (client_id, id, order_id, sku_id, line_number, route, requested, shipped,
        allocated)
    SELECT {client}, (i - 1) * {lines} + line, i, 1 + (i * 13 + line * 101) % {skus}, line,
           CASE WHEN age < 0.85 THEN 'PROCESSOR' WHEN r BETWEEN 60 AND 76 THEN 'SPLIT_DELIVERY'
                WHEN r = 99 THEN 'WAREHOUSE_PICK' ELSE 'PROCESSOR' END,
           1 + i % 5, CASE WHEN age < 0.85 THEN 1 + i % 5 ELSE 0 END,
           CASE WHEN age >= 0.85 AND r BETWEEN 87 AND 96 THEN 1 + i % 5 ELSE 0 END
    FROM numbered, generate_series(1, {lines}) AS line
    """,
    """
    INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id, route, priority,
        ordered_at, open, back_ordered, back_ordered_since)
    SELECT {client}, l.id, o.center, l.sku_id, o.i, l.route, CASE WHEN o.q = 7 THEN 10 ELSE 0 END, o.at,
           l.requested, CASE WHEN o.q > 30 THEN 0 ELSE 1 END, CASE WHEN o.q > 30 THEN NULL ELSE o.at END
    FROM numbered AS o JOIN order_lines AS l ON l.client_id = {client} AND l.order_id = o.i
    WHERE o.age >= 0.85 AND l.allocated = 0
    """,
    """
    INSERT INTO processor_schedules (client_id, id, distribution_center_id, cron, next_due_at)
    SELECT {client}, i, i, '0 * * * *', timestamptz '{until}' FROM generate_series(1, {centers}) AS i
    """,
    """
    INSERT INTO processor_runs (client_id, id, distribution_center_id, schedule_id, scheduled_at, status,
        requested_by)
    SELECT {client}, i, 1 + i % {centers}, 1 + i % {centers},
           timestamptz '{until}' - make_interval(mins => 20 * i::int), 'COMPLETED', 'schedule'
    FROM generate_series(1::bigint, {orders}) AS i
    """,
    """
    INSERT INTO dispatches (client_id, id, number, kind, status, order_id, distribution_center_id, created_at,
        packed_at,
        shipped_at, cancelled_at, cancel_reason)
    SELECT {client}, i, 'D' || i, CASE WHEN q < 90 THEN 'PROCESSOR' WHEN q < 95 THEN 'DELIVERY_NOTE'
        ELSE 'WAREHOUSE_PICK' END,
           CASE WHEN r = 50 THEN 'CANCELLED' WHEN age < 0.85 THEN 'SHIPPED' WHEN r < 50 THEN 'CREATED'
               ELSE 'PACKED' END,
           i, center, at, NULL, CASE WHEN age < 0.85 AND r <> 50 THEN at END, CASE WHEN r = 50 THEN at END,
           CASE WHEN r = 50 THEN 'DAMAGED' END
    FROM numbered
    """,
    """
    INSERT INTO dispatch_lines (client_id, id, dispatch_id, order_line_id, sku_id, quantity)
    SELECT {client}, l.id, l.order_id, l.id, l.sku_id,
        l.requested FROM order_lines AS l WHERE l.client_id = {client}
    """,
    """
    INSERT INTO stock_movements (client_id, distribution_center_id, sku_id, at, kind, on_hand_change,
        allocated_change, order_line_id)
    SELECT {client}, n.center, l.sku_id, n.at + kind.place * interval '1 hour', kind.name, kind.on_hand,
        kind.allocated, l.id
    FROM order_lines AS l JOIN numbered AS n ON n.i = l.order_id,
        (VALUES (0, 'RECEIPT', 1, 0), (1, 'ALLOCATE', 0, 1), (2, 'SHIP', -1, -1))
            AS kind (place, name, on_hand, allocated)
    WHERE l.client_id = {client}
    """,
    """
    INSERT INTO run_decisions (client_id, run_id, rank, order_rank, order_id, order_version, line_id, sku_id,
        wanted, stock_seen, given, reason)
    SELECT {client}, 1 + order_id % 100, id, order_id, order_id, 1, id, sku_id, requested, requested,
        requested, 'ALL_AVAILABLE'
    FROM order_lines WHERE client_id = {client}
    """,
    """
    INSERT INTO audit_entries (client_id, at, actor, source, action, summary, order_id)
    SELECT {client}, at, 'user' || i % 50, 'tests', 'loadSalesOrders', 'Loaded.', i FROM numbered
    """,
    """
    INSERT INTO backorders (client_id, id, number, status, order_id, distribution_center_id, created_at)
    SELECT {client}, i, 'B' || i,
           CASE WHEN age < 0.85 THEN CASE WHEN r < 90 THEN 'COMPLETED' ELSE 'CANCELLED' END
                             WHEN r < 60 THEN 'OPEN' ELSE 'PARTIALLY_FILLED' END, i, center, at
    FROM numbered
    """,
    """
    INSERT INTO backorder_items (client_id, id, backorder_id, order_line_id, distribution_center_id, sku_id,
        quantity, filled)
    SELECT {client}, l.id, o.i, l.id, o.center, l.sku_id, 2, CASE WHEN o.age < 0.85 THEN 2 ELSE 0 END
    FROM numbered AS o JOIN order_lines AS l ON l.client_id = {client} AND l.order_id = o.i
    """,
    """
    INSERT INTO backorder_fills (client_id, dispatch_id, item_id, quantity)
    SELECT {client}, order_id, id, 1 FROM order_lines WHERE client_id = {client} AND id % 3 = 0
    """,
    """
    INSERT INTO backlog_skus (client_id, line_id, order_id, sku_id, quantity, expected_on)
    SELECT {client}, id, order_id, sku_id, requested, NULL FROM order_lines WHERE client_id = {client}
    """,
    """
    INSERT INTO bulk_operations (client_id, id, action, status, requested_by, created_at, total)
    SELECT {client}, i, 'CONFIRM', 'COMPLETED', 'ada', at, 0 FROM numbered
    """,
    """
    INSERT INTO bulk_targets (client_id, bulk_operation_id, position, order_id, outcome, code)
    SELECT {client}, 1, i, i, CASE WHEN r < 99 THEN 'SUCCEEDED' ELSE 'SKIPPED' END, CASE
        WHEN r = 99 THEN 'ORDER_LOCKED' END
    FROM numbered
    """,
    """
    INSERT INTO purchase_orders (client_id, id, number, distribution_center_id, vendor, dropship_order_id,
        created_at)
    SELECT {client}, i, 'PO-' || lpad(i::text, 8, '0'), center, 'VENDOR' || i % 30,
           CASE WHEN r = 99 THEN i END, at FROM numbered
    """,
    """
    INSERT INTO purchase_order_lines (client_id, id, purchase_order_id, line_number, distribution_center_id,
        dropship_order_id, sku_id, quantity, received, expected_at, order_line_id)
    SELECT {client}, (o.i - 1) * {lines} + line, o.i, line, CASE WHEN o.r < 99 THEN o.center END,
           CASE WHEN o.r = 99 THEN o.i END, 1 + (o.i * 17 + line) % {skus}, 10, CASE
               WHEN o.age < 0.95 THEN 10 ELSE 0 END,
           o.at, CASE WHEN o.r >= 98 THEN (o.i - 1) * {lines} + line END
    FROM numbered AS o, generate_series(1, {lines}) AS line
    """,
    """
    INSERT INTO back_order_caps (client_id, id, distribution_center_id, sku_id, store_id, units)
    SELECT {client}, (sku - 1) * {stores} + store, 1 + sku % {centers}, sku, store, 100
    FROM generate_series(1, {skus}) AS sku, generate_series(1, {stores}) AS store
    """,
    """
    INSERT INTO store_connections (client_id, id, store_id, kind, secret, enabled, interval_seconds)
    SELECT {client}, i, i, 'PUSH', 'secret', true, 60 FROM generate_series(1, {stores}) AS i
    """,
    """
    INSERT INTO synchronizations (client_id, id, store_id, status, requested_by, created_at, finished_at)
    SELECT {client}, i, 1 + i % {stores}, 'COMPLETED', 'timer', at, at FROM numbered
    """,
    """
    INSERT INTO synchronization_rows (client_id, synchronization_id, position, kind, subject, outcome)
    SELECT {client}, i, 1, 'ORDER', 'SO-' || i, 'SUCCEEDED' FROM numbered
    """,
    """
    INSERT INTO email_templates (client_id, id, name, subject, body, updated_at)
    SELECT {client}, i, 'template ' || i, 'Subject', 'Body', timestamptz '{until}' FROM generate_series(1,
        10) AS i
    """,
    """
    INSERT INTO email_deliveries (client_id, id, event, status, order_id, transition, recipient, attempts,
        created_at, due_at,
        sent_at)
    SELECT {client}, i, CASE WHEN q < 60 THEN 'OUT_OF_STOCK' WHEN q < 98 THEN 'SHIPPED' ELSE 'DELAYED' END,
           CASE WHEN r = 50 THEN 'FAILED' WHEN age > 0.999 THEN 'PENDING' ELSE 'SENT' END, i, i,
               'buyer@example.com', 1,
           at, at, CASE WHEN r <> 50 AND age <= 0.999 THEN at END
    FROM numbered
    """,
    """
    INSERT INTO webhook_endpoints (client_id, id, name, url, events, enabled, secret, after_seq, created_at)
    SELECT {client}, i, 'Endpoint ' || i, 'https://erp.example/hooks', '{{ORDER_CHANGED}}', true, 'secret', 0,
           timestamptz '{until}'
    FROM generate_series(1, 10) AS i
    """,
    """
    INSERT INTO webhook_deliveries (client_id, id, endpoint_id, event, body, status, attempts, created_at,
        due_at, give_up_at, delivered_at)
    SELECT {client}, i, CASE WHEN q < 98 THEN 1 ELSE 9 END,
           CASE WHEN q < 60 THEN 'ORDER_CHANGED' WHEN q < 98 THEN 'STOCK_LEVEL_CHANGED' ELSE 'PING' END,
           '{{}}',
           CASE WHEN r = 50 THEN 'FAILED' WHEN age > 0.999 THEN 'PENDING' ELSE 'DELIVERED' END, 1,
           at, at, at, CASE WHEN r <> 50 AND age <= 0.999 THEN at END
    FROM numbered
    """,
    """
    INSERT INTO back_order_closings (client_id, day, taken_at)
    SELECT {client}, date '2026-03-01' - i, (date '2026-03-02' - i)::timestamp AT TIME ZONE 'UTC'
    FROM generate_series(0, 60) AS i
    """,
    """
    INSERT INTO back_order_days (client_id, day, distribution_center_id, sku_id, back_ordered, orders, lines,
        oldest_since, demanded, filled_at_once, incoming)
    SELECT {client}, date '2026-03-01' - i, 1 + sku % {centers}, sku, 1, 1, 1, timestamptz '{until}', 2, 1, 0
    FROM generate_series(0, 60) AS i, generate_series(1, {skus}) AS sku
    """,
)


async def fill(sql: Connection, *, client_id: int, orders: int) -> None:
    """Give a new client a year's orders, with three lines each, and as much of everything else."""
    values = {
        "client": client_id,
        "orders": orders,
        "until": UNTIL.isoformat(),
        "centers": CENTERS,
        "stores": STORES,
        "skus": SKUS,
        "lines": LINES,
    }
    async with sql.transaction():
        # Checking every reference would take longer than everything else.
        await sql.execute("SET LOCAL session_replication_role = replica")
        for statement in (_NUMBERED, *_STATEMENTS, "DROP TABLE numbered"):
            await sql.execute(statement.format(**values))
    # Nor was anybody told of the orders.
    await sql.execute("SELECT recount_backlog_orders()")
    async with sql.transaction():
        await backlog_counts.add_up(sql, limit=10**6)
    await sql.execute("ANALYZE")
