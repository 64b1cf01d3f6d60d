"""What must be true when everything is over and healed, whatever happened meanwhile.

Each check says what it misses, in words; an empty answer is a good one. They look from the outside: at the
database, read only, and at what was promised over the API.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from domain.store.database import Connection
from tests.faults.driver.known import Known, Tenant
from tests.faults.driver.looking import LEDGER_DIFFERS, NOT_ALLOCATED_TO_LINES
from tests.faults.driver.subscribers import Subscriber

_MOST_TOLD = 5

_LINES = """
SELECT o.number, sku.code, sum(line.requested)::int AS units
FROM orders AS o
JOIN order_lines AS line ON line.client_id = o.client_id AND line.order_id = o.id
JOIN skus AS sku ON sku.client_id = line.client_id AND sku.id = line.sku_id
WHERE o.client_id = $1 GROUP BY 1, 2
"""
_CREATIONS = """
SELECT o.number, count(e.seq) AS times
FROM orders AS o
LEFT JOIN event_log AS e ON e.client_id = o.client_id AND e.topic = 'ORDER' AND e.subject_id = o.id
    AND e.cause = 'loadSalesOrders' AND NOT e.data ?| ARRAY['previousStatus', 'previousBackOrderStatus']
WHERE o.client_id = $1 GROUP BY 1 HAVING count(e.seq) <> 1
"""
_KEYS = "SELECT key, operation FROM idempotency_keys WHERE client_id = $1 AND answer IS NOT NULL"
_NOT_CANCELLED = """
SELECT o.number FROM orders AS o
JOIN order_lines AS line ON line.client_id = o.client_id AND line.order_id = o.id
WHERE o.client_id = $1 AND o.number = ANY($2) GROUP BY 1 HAVING sum(line.cancelled) = 0
"""
_NOT_SHIPPED = (
    "SELECT number FROM dispatches WHERE client_id = $1 AND number = ANY($2) AND status <> 'SHIPPED'"
)
_RECEIVED = """
SELECT coalesce(sum(level.on_hand), 0)::int FROM stock_levels AS level
JOIN skus AS sku ON sku.client_id = level.client_id AND sku.id = level.sku_id
WHERE level.client_id = $1 AND sku.code = $2
"""
_BROKEN_RUNS = "SELECT id, status, failure FROM processor_runs WHERE status NOT IN ('COMPLETED', 'SKIPPED')"
_RUNS_TWICE = """
SELECT distribution_center_id, scheduled_at FROM processor_runs WHERE requested_by = 'schedule'
GROUP BY client_id, distribution_center_id, scheduled_at HAVING count(*) > 1
"""
_OVERLAPPING_RUNS = """
SELECT id FROM (
    SELECT id, planned_at, lag(finished_at) OVER (
        PARTITION BY client_id, distribution_center_id ORDER BY planned_at) AS before
    FROM processor_runs WHERE status = 'COMPLETED' AND planned_at IS NOT NULL
) AS spans WHERE planned_at < before
"""
_BROKEN_BULK = """
SELECT id, status, total, processed FROM bulk_operations WHERE status <> 'COMPLETED' OR processed <> total
"""
_LOG_HAS_HOLES = "SELECT max(seq) - min(seq) + 1 - count(*) FROM event_log"
_EVENTS = """
SELECT seq, subject_id FROM event_log WHERE client_id = $1 AND topic = $2 AND seq > $3 ORDER BY seq
"""


async def losses(sql: Connection, known: Known, subscribers: Sequence[Subscriber]) -> list[str]:
    """Everything that was lost, doubled or oversold; the database is at rest."""
    found = [*known.problems]
    for tenant in known.tenants:
        found += await _orders(sql, tenant)
        found += await _acknowledged(sql, tenant)
    found += await _books(sql)
    found += await _work(sql)
    for subscriber in subscribers:
        found += await _delivered(sql, subscriber)
    return found


async def _orders(sql: Connection, tenant: Tenant) -> list[str]:
    """Every order that was acknowledged is there once, as it was sent, and no other."""
    kept: dict[str, Counter[str]] = {}
    for row in await sql.fetch(_LINES, tenant.client_id):
        kept.setdefault(row["number"], Counter())[row["code"]] = row["units"]
    return [
        *_told(f"{tenant.code}: orders are lost", tenant.orders.keys() - kept.keys()),
        *_told(f"{tenant.code}: orders nobody was told of", kept.keys() - tenant.orders.keys()),
        *_told(
            f"{tenant.code}: orders have other lines",
            (
                number
                for number in tenant.orders.keys() & kept.keys()
                if tenant.orders[number] != kept[number]
            ),
        ),
        *_told(
            f"{tenant.code}: orders were not created exactly once",
            (f"{row['number']} ({row['times']})" for row in await sql.fetch(_CREATIONS, tenant.client_id)),
        ),
    ]


async def _acknowledged(sql: Connection, tenant: Tenant) -> list[str]:
    """Every acknowledged mutation is there, under its key and in its effects."""
    kept = {row["key"]: row["operation"] for row in await sql.fetch(_KEYS, tenant.client_id)}
    uncancelled = await sql.fetch(_NOT_CANCELLED, tenant.client_id, list(tenant.cancelled))
    unshipped = await sql.fetch(_NOT_SHIPPED, tenant.client_id, list(tenant.shipped))
    found = [
        *_told(f"{tenant.code}: acknowledged mutations are lost", tenant.keys.keys() - kept.keys()),
        *_told(f"{tenant.code}: cancellations are lost", (row["number"] for row in uncancelled)),
        *_told(f"{tenant.code}: shipments are lost", (row["number"] for row in unshipped)),
    ]
    for code, units in tenant.received.items():
        if (there := await sql.fetchval(_RECEIVED, tenant.client_id, code)) != units:
            found.append(f"{tenant.code}: {units} units of {code} were received, and {there} are there")
    return found


async def _books(sql: Connection) -> list[str]:
    found = []
    if levels := await sql.fetchval(LEDGER_DIFFERS):
        found.append(f"the ledger is not the levels: {levels} levels")
    if levels := await sql.fetchval(NOT_ALLOCATED_TO_LINES):
        found.append(f"what is allocated is not allocated to order lines: {levels} levels")
    return found


async def _work(sql: Connection) -> list[str]:
    """Everything that was begun has ended, once, and nothing of one pool at the same time."""
    holes = await sql.fetchval(_LOG_HAS_HOLES)
    return [
        *_told("runs did not complete", (str(dict(row)) for row in await sql.fetch(_BROKEN_RUNS))),
        *_told("runs were made twice", (str(dict(row)) for row in await sql.fetch(_RUNS_TWICE))),
        *_told("runs overlapped", (str(row["id"]) for row in await sql.fetch(_OVERLAPPING_RUNS))),
        *_told("bulk operations did not complete", (str(dict(row)) for row in await sql.fetch(_BROKEN_BULK))),
        *([f"the event log has {holes} holes"] if holes else []),
    ]


async def _delivered(sql: Connection, subscriber: Subscriber) -> list[str]:
    """The subscriber has every event of its feed, each subject's in their order."""
    who = f"{type(subscriber).__name__} of {subscriber.tenant.code} on {subscriber.feed.topic}"
    rows = await sql.fetch(_EVENTS, subscriber.tenant.client_id, subscriber.feed.topic, subscriber.begin)
    subjects = {row["seq"]: row["subject_id"] for row in rows}
    first_seen = list(dict.fromkeys(subscriber.seen))
    latest: dict[int, int] = {}
    disordered = []
    for seq in first_seen:
        subject = subjects.get(seq)
        if subject is not None:
            if seq < latest.get(subject, 0):
                disordered.append(seq)
            latest[subject] = seq
    return [
        *_told(f"{who}: events are lost", subjects.keys() - set(first_seen)),
        *_told(f"{who}: events of somebody else", set(first_seen) - subjects.keys()),
        *_told(f"{who}: events are out of order", disordered),
    ]


def _told(problem: str, examples: Iterable[object]) -> list[str]:
    found = sorted(map(str, examples))
    if not found:
        return []
    more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return [f"{problem}: {', '.join(found[:_MOST_TOLD])}{more}"]
