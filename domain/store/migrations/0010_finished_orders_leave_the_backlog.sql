-- An order whose rest was cancelled after all else had been shipped is finished, and not on the dashboard (C1);
-- it is PARTIALLY_CANCELLED as long as it exists (B9). The next migration counts those that are there already.

CREATE OR REPLACE FUNCTION on_backlog(status text, delivery_status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT status NOT IN ('OC_REJECTED', 'COMPLETED')
        AND NOT (status = 'PARTIALLY_CANCELLED' AND delivery_status = 'DELIVERED')
$$;
COMMENT ON FUNCTION on_backlog IS 'Whether an order is accepted and not finished, or cancelled (C1).';

CREATE OR REPLACE FUNCTION count_new_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO backlog_order_changes (client_id, distribution_center_id, store_id, hour, condition, orders)
    SELECT client_id, distribution_center_id, store_id, date_trunc('hour', ordered_at, 'UTC'), condition, count(*)
    FROM added
    WHERE on_backlog(status, delivery_status)
    GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_changed_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO backlog_order_changes (client_id, distribution_center_id, store_id, hour, condition, orders)
    SELECT client_id, distribution_center_id, store_id, date_trunc('hour', ordered_at, 'UTC'), condition, orders
    FROM (VALUES
        (OLD.client_id, OLD.distribution_center_id, OLD.store_id, OLD.ordered_at, OLD.condition,
         on_backlog(OLD.status, OLD.delivery_status), -1),
        (NEW.client_id, NEW.distribution_center_id, NEW.store_id, NEW.ordered_at, NEW.condition,
         on_backlog(NEW.status, NEW.delivery_status), 1)
    ) AS version (client_id, distribution_center_id, store_id, ordered_at, condition, counts, orders)
    WHERE client_id IS NOT NULL AND counts;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER counted_when_changed AFTER UPDATE ON orders FOR EACH ROW
    WHEN ((OLD.condition, on_backlog(OLD.status, OLD.delivery_status), OLD.ordered_at,
           OLD.distribution_center_id, OLD.store_id)
        IS DISTINCT FROM (NEW.condition, on_backlog(NEW.status, NEW.delivery_status), NEW.ordered_at,
                          NEW.distribution_center_id, NEW.store_id))
    EXECUTE FUNCTION count_changed_order();

CREATE OR REPLACE FUNCTION recount_backlog_orders() RETURNS bigint LANGUAGE sql AS $$
    WITH noted AS (
        INSERT INTO backlog_order_changes
            (client_id, distribution_center_id, store_id, hour, condition, orders)
        SELECT client_id, distribution_center_id, nullif(store_id, 0), hour, condition, sum(orders)
        FROM (
            SELECT client_id, distribution_center_id, coalesce(store_id, 0) AS store_id,
                   date_trunc('hour', ordered_at, 'UTC') AS hour, condition, count(*) AS orders
            FROM orders WHERE on_backlog(status, delivery_status)
            GROUP BY 1, 2, 3, 4, 5
            UNION ALL
            SELECT client_id, distribution_center_id, coalesce(store_id, 0), hour, condition, -orders
            FROM backlog_order_changes
            UNION ALL
            SELECT client_id, distribution_center_id, store_id, hour, condition, -orders
            FROM backlog_order_counts WHERE distribution_center_id <> 0 AND store_id <> 0
            UNION ALL
            -- Of orders without a store: what any store and none have, less what each has.
            SELECT client_id, distribution_center_id, 0, hour, condition,
                   CASE store_id WHEN 0 THEN -orders ELSE orders END
            FROM backlog_order_counts WHERE distribution_center_id <> 0
        ) AS both_ways
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(orders) <> 0
        RETURNING 1
    )
    SELECT count(*) FROM noted;
$$;
