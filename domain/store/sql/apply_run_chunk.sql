-- Applies the line ranks ($4, $5] of run $2: one dispatch per order that was given anything, with its
-- lines, ledger entries, levels, quantities, open demand and order status. $3 is the time of applying.
-- The pool and the orders are locked; decisions that no longer hold were voided before (given = 0).
-- One row comes back per order that got a dispatch.
WITH decision AS (
    SELECT order_id, line_id, sku_id, given
    FROM run_decisions
    WHERE client_id = $1 AND run_id = $2 AND rank > $4 AND rank <= $5 AND given > 0
), served AS (
    SELECT o.id, o.number, o.distribution_center_id, o.status, o.back_order_status
    FROM orders AS o
    WHERE o.client_id = $1 AND o.id IN (SELECT order_id FROM decision)
), dispatch AS (
    INSERT INTO dispatches (client_id, kind, order_id, distribution_center_id, run_id, created_at)
    SELECT $1, 'PROCESSOR', id, distribution_center_id, $2, $3 FROM served ORDER BY id
    RETURNING id, order_id, number, distribution_center_id
), dispatch_line AS (
    INSERT INTO dispatch_lines (client_id, dispatch_id, order_line_id, sku_id, quantity)
    SELECT $1, dispatch.id, line_id, sku_id, given
    FROM decision JOIN dispatch USING (order_id)
), movement AS (
    INSERT INTO stock_movements (client_id, distribution_center_id, sku_id, at, kind, on_hand_change,
                                 allocated_change, dispatch_id, order_line_id)
    SELECT $1, dispatch.distribution_center_id, sku_id, $3, 'ALLOCATE', 0, given, dispatch.id, line_id
    FROM decision JOIN dispatch USING (order_id)
), level AS (
    UPDATE stock_levels AS level SET allocated = level.allocated + taken.given
    FROM (SELECT sku_id, sum(given)::int AS given FROM decision GROUP BY sku_id) AS taken,
         processor_runs AS run
    WHERE run.client_id = $1 AND run.id = $2
      AND level.client_id = $1 AND level.distribution_center_id = run.distribution_center_id
      AND level.sku_id = taken.sku_id
), line AS (
    UPDATE order_lines AS line SET allocated = line.allocated + decision.given
    FROM decision WHERE line.client_id = $1 AND line.id = decision.line_id
    RETURNING line.id, line.requested - line.allocated - line.shipped - line.cancelled AS open
), met AS (
    DELETE FROM pool_demand AS demand USING line
    WHERE demand.client_id = $1 AND demand.line_id = line.id AND line.open = 0
), waiting AS (
    -- The rest of a back order waits as back-order lines from now on (B6, B10).
    UPDATE pool_demand AS demand
    SET open = demand.open - coalesce(decision.given, 0),
        back_ordered = least(demand.back_ordered, demand.open - coalesce(decision.given, 0)),
        back_ordered_since = CASE WHEN demand.route = 'PROCESSOR' THEN coalesce(demand.back_ordered_since, $3)
                                  ELSE demand.back_ordered_since END
    FROM served
    JOIN order_lines AS ol ON ol.client_id = $1 AND ol.order_id = served.id
    LEFT JOIN decision ON decision.line_id = ol.id
    WHERE demand.client_id = $1 AND demand.line_id = ol.id AND demand.open > coalesce(decision.given, 0)
), remaining AS (
    -- What the order still wants of this pool once its dispatch is made.
    SELECT served.id AS order_id,
           coalesce(sum(demand.open - coalesce(decision.given, 0)), 0) AS open,
           coalesce(sum(demand.open - coalesce(decision.given, 0))
               FILTER (WHERE demand.route = 'PROCESSOR'), 0) AS queued
    FROM served
    JOIN order_lines AS ol ON ol.client_id = $1 AND ol.order_id = served.id
    LEFT JOIN pool_demand AS demand ON demand.client_id = $1 AND demand.line_id = ol.id
    LEFT JOIN decision ON decision.line_id = ol.id
    GROUP BY served.id
), changed AS (
    UPDATE orders AS o
    SET status = 'COMMIT',
        queue_status = CASE WHEN remaining.queued = 0 THEN 'PROCESSED' ELSE 'PARTIALLY_PROCESSED' END,
        is_back_order = o.is_back_order OR remaining.queued > 0,
        back_order_status = CASE WHEN remaining.open = 0 THEN 'NONE' ELSE o.back_order_status END,
        packed = false,
        version = o.version + 1
    FROM remaining
    WHERE o.client_id = $1 AND o.id = remaining.order_id
    RETURNING o.id, o.queue_status
)
SELECT served.id AS order_id, served.number, served.distribution_center_id,
       served.status AS previous_status, served.back_order_status AS previous_back_order_status,
       changed.queue_status, dispatch.number AS dispatch_number
FROM served JOIN changed ON changed.id = served.id JOIN dispatch ON dispatch.order_id = served.id
ORDER BY served.id
