"""What templates of e-mails are rendered with, as it is at this moment (D7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.rules.email_templates import MOST_LINES, Dispatch, DispatchedLine, Line, Order, Values
from domain.rules.vocabulary import EmailEvent
from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an e-mail is about."""

    client_id: int
    order_id: int
    dispatch_id: int | None = None
    previously_promised_at: datetime | None = None


async def values_of(sql: Connection, *, subjects: Sequence[Subject]) -> list[Values]:
    """The values of each e-mail, in their order; the orders may be of any clients.

    An order that its client does not have is left out.
    """
    clients = [subject.client_id for subject in subjects]
    order_ids = [subject.order_id for subject in subjects]
    orders = {(row["client_id"], row["id"]): row for row in await sql.fetch(_ORDERS, clients, order_ids)}
    lines = _grouped(await sql.fetch(_LINES, clients, order_ids, MOST_LINES), "order_id")
    shipped = _grouped(
        await sql.fetch(_DISPATCHES, clients, [subject.dispatch_id for subject in subjects], MOST_LINES),
        "dispatch_id",
    )
    return [
        _values(
            subject,
            orders[subject.client_id, subject.order_id],
            lines[subject.client_id, subject.order_id],
            shipped[subject.client_id, subject.dispatch_id],
        )
        for subject in subjects
        if (subject.client_id, subject.order_id) in orders
    ]


async def newest_order(sql: Connection, *, client_id: int, event: EmailEvent) -> int | None:
    """The client's newest order to which this has happened, to preview a template with."""
    order_id: int | None = await sql.fetchval(
        f"""
        SELECT id FROM orders AS o WHERE client_id = $1 AND {_HAPPENED_TO[event]}
        ORDER BY ordered_at DESC, id DESC LIMIT 1
        """,  # noqa: S608 - our own conditions
        client_id,
    )
    return order_id


async def newest_dispatch(sql: Connection, *, client_id: int, order_id: int) -> int | None:
    """The order's dispatch that was shipped last."""
    dispatch_id: int | None = await sql.fetchval(
        """
        SELECT id FROM dispatches WHERE client_id = $1 AND order_id = $2 AND status = 'SHIPPED'
        ORDER BY shipped_at DESC, id DESC LIMIT 1
        """,
        client_id,
        order_id,
    )
    return dispatch_id


def _grouped(rows: Sequence[Row], key: str) -> defaultdict[tuple[int, int | None], list[Row]]:
    groups: defaultdict[tuple[int, int | None], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["client_id"], row[key]].append(row)
    return groups


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    try:
        return at.astimezone(zone)
    except OverflowError:
        # The last moments of the calendar, by which people mean "never", are no time east of Greenwich.
        return at


def _values(subject: Subject, order: Row, lines: Sequence[Row], shipped: Sequence[Row]) -> Values:
    zone = ZoneInfo(order["time_zone"])

    def local(at: datetime | None) -> datetime | None:
        return None if at is None else _local(at, zone)

    return Values(
        client=order["client"],
        order=Order(
            number=order["number"],
            status=order["status"],
            store=order["store"],
            ordered_at=_local(order["ordered_at"], zone),
            delayed_until=local(order["delayed_until"]),
            promised_at=local(order["promised_at"]),
            lines=tuple(
                Line(
                    sku=line["sku"],
                    name=line["name"],
                    requested=line["requested"],
                    shipped=line["shipped"],
                    cancelled=line["cancelled"],
                    open=line["open"],
                    back_ordered=line["back_ordered"],
                    promised_at=local(line["promised_at"]),
                )
                for line in lines
            ),
        ),
        dispatch=Dispatch(
            number=shipped[0]["number"] if shipped else None,
            lines=tuple(
                DispatchedLine(sku=line["sku"], name=line["name"], quantity=line["quantity"])
                for line in shipped
            ),
        ),
        previously_promised_at=local(subject.previously_promised_at),
    )


_ORDERS = """
SELECT o.client_id, o.id, o.number, o.status, o.ordered_at, o.delayed_until, o.promised_at,
       client.name AS client, store.name AS store, settings.time_zone
FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::bigint[])) AS wanted(client_id, id)
JOIN orders AS o ON o.client_id = wanted.client_id AND o.id = wanted.id
JOIN clients AS client ON client.id = o.client_id
JOIN client_settings AS settings ON settings.client_id = o.client_id
LEFT JOIN stores AS store ON store.client_id = o.client_id AND store.id = o.store_id
"""

_LINES = """
SELECT line.*, sku.code AS sku, sku.name
FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::bigint[])) AS wanted(client_id, id),
LATERAL (
    SELECT line.client_id, line.order_id, line.sku_id, line.requested, line.shipped, line.cancelled,
           line.requested - line.allocated - line.shipped - line.cancelled AS open,
           coalesce(demand.back_ordered, 0) AS back_ordered, demand.promised_at
    FROM order_lines AS line
    LEFT JOIN pool_demand AS demand ON demand.client_id = line.client_id AND demand.line_id = line.id
    WHERE line.client_id = wanted.client_id AND line.order_id = wanted.id
    ORDER BY line.line_number LIMIT $3
) AS line
JOIN skus AS sku ON sku.client_id = line.client_id AND sku.id = line.sku_id
"""

_DISPATCHES = """
SELECT wanted.client_id, wanted.id AS dispatch_id, dispatch.number, line.quantity, sku.code AS sku, sku.name
FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::bigint[])) AS wanted(client_id, id)
JOIN dispatches AS dispatch ON dispatch.client_id = wanted.client_id AND dispatch.id = wanted.id,
LATERAL (
    SELECT * FROM dispatch_lines
    WHERE client_id = wanted.client_id AND dispatch_id = wanted.id ORDER BY id LIMIT $3
) AS line
JOIN skus AS sku ON sku.client_id = line.client_id AND sku.id = line.sku_id
"""

_HAPPENED_TO = {
    EmailEvent.OUT_OF_STOCK: "back_order_status <> 'NONE'",
    EmailEvent.DELAYED: "delayed_until IS NOT NULL",
    EmailEvent.CANCELLED: "status IN ('CANCELLED', 'PARTIALLY_CANCELLED')",
    EmailEvent.SHIPPED: "EXISTS (SELECT 1 FROM dispatches AS d WHERE d.client_id = $1 AND d.order_id = o.id"
    " AND d.status = 'SHIPPED')",
    EmailEvent.PROMISE_CHANGED: "promised_at IS NOT NULL",
}
