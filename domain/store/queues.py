"""The Order Processor's queue of a pool, as a run reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from domain.store.database import Connection, Row
from domain.store.parts import in_parts

_QUEUE = """
SELECT o.id AS order_id, o.version - o.news AS planned_version, o.priority, o.ordered_at, o.accepted_at,
       o.delayed_until, o.order_type, o.shipping_agency, o.service, o.country,
       CASE WHEN o.queue_status = 'PARTIALLY_PROCESSED' THEN (
           SELECT count(*) FROM dispatches AS made
           WHERE made.client_id = $1 AND made.order_id = o.id
             AND made.kind = 'PROCESSOR' AND made.status <> 'CANCELLED'
       ) ELSE 0 END AS dispatches_made,
       demand.line_id, demand.sku_id, demand.open
FROM pool_demand AS demand
JOIN orders AS o ON o.client_id = $1 AND o.id = demand.order_id
WHERE demand.client_id = $1 AND demand.distribution_center_id = $2 AND demand.route = 'PROCESSOR'
  AND o.queue_status IN ('QUEUED', 'PARTIALLY_PROCESSED')
  AND (o.confirmed_at IS NOT NULL OR NOT $3)
ORDER BY o.priority DESC, o.ordered_at, o.id, demand.line_id
"""

AWAITS_CONFIRMATION = """(
    o.confirmed_at IS NULL AND o.queue_status IN ('QUEUED', 'PARTIALLY_PROCESSED')
    AND (SELECT require_order_confirmation FROM client_settings WHERE client_id = $1))"""
"""Whether the processor passes over what is queued of `orders AS o`, of the client $1, until confirmed."""

PART_LINES = 10_000
"""Lines of the queue in memory at once."""


def queue(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    confirmed_only: bool,
    size: int = PART_LINES,
) -> AsyncIterator[list[Row]]:
    """The pool's queued lines on the route PROCESSOR, in rank key order, in parts of about `size` lines.

    One row per line with what planning needs: order_id, planned_version (see locks.py), priority,
    ordered_at, accepted_at, delayed_until, order_type, shipping_agency, service, country, dispatches_made,
    line_id, sku_id, open. An order's lines are all in one part. `sql` is a transaction that sees one
    snapshot.
    """
    return in_parts(
        sql, _QUEUE, client_id, distribution_center_id, confirmed_only, whole="order_id", size=size
    )
