"""What outbound webhooks say: an event, with its subject as it is when the message is made.

Only what other systems know things by and decide on, never free texts: a message is small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from domain.rules.opaque import event_cursor, global_id
from domain.rules.vocabulary import WebhookEvent
from domain.rules.webhooks import message_type
from domain.store.database import Connection, Row, plan_for_rows
from domain.store.events import LoggedEvent, Topic
from domain.store.reads.reference import NODES
from domain.store.reads.select import fetch_by_ids
from domain.tracing import TRACE

LARGEST = 20_000
"""Bytes of a message, as Standard Webhooks recommends."""

EVENTS = {
    Topic.ORDER: WebhookEvent.ORDER_CHANGED,
    Topic.LINE: WebhookEvent.BACK_ORDER_LINE_CHANGED,
    Topic.PROMISE: WebhookEvent.PROMISE_CHANGED,
    Topic.STOCK: WebhookEvent.STOCK_LEVEL_CHANGED,
    Topic.PURCHASE_ORDER: WebhookEvent.PURCHASE_ORDER_CHANGED,
    Topic.RUN: WebhookEvent.PROCESSOR_RUN_CHANGED,
    Topic.SCHEDULE: WebhookEvent.PROCESSOR_SCHEDULE_CHANGED,
    Topic.BULK: WebhookEvent.BULK_OPERATION_CHANGED,
    Topic.SYNCHRONIZATION: WebhookEvent.SYNCHRONIZATION_CHANGED,
    Topic.CLIENT: WebhookEvent.SETTINGS_CHANGED,
}
"""What a webhook about an event with this topic is called."""

_ORDER = (
    *("number", "version", "status", "delivery_status", "queue_status", "back_order_status"),
    *("is_back_order", "marketplace_status", "marketplace_invoice_number", "promised_at", "delayed_until"),
)
_LINE = ("line_number", "requested", "allocated", "shipped", "cancelled", "open", "back_ordered_qty")
_RUN = (
    *("status", "scheduled_at", "started_at", "finished_at", "orders_examined", "orders_committed"),
    *("orders_back_ordered", "orders_returned", "dispatches_created"),
)
_BULK = ("action", "status", "total", "processed")
_LEVEL = ("on_hand", "allocated", "protected", "available")
_COUNTS = ("succeeded", "skipped", "failed")


@dataclass(frozen=True, slots=True)
class _Subject:
    """What an event is about: the type of its object, under which name, with which columns."""

    kind: str
    name: str
    columns: tuple[str, ...]


_SUBJECTS = {
    Topic.ORDER: _Subject("Order", "order", _ORDER),
    Topic.PROMISE: _Subject("Order", "order", _ORDER),
    Topic.LINE: _Subject("OrderLine", "line", (*_LINE, "order_id")),
    Topic.PURCHASE_ORDER: _Subject("PurchaseOrder", "purchaseOrder", ("number", "vendor", "open")),
    Topic.RUN: _Subject("ProcessorRun", "run", _RUN),
    Topic.SCHEDULE: _Subject("ProcessorSchedule", "schedule", ("enabled", "next_run_at", "all_clients")),
    Topic.BULK: _Subject("BulkOperation", "bulkOperation", (*_BULK, *_COUNTS)),
    Topic.SYNCHRONIZATION: _Subject("Synchronization", "synchronization", ("status", *_COUNTS)),
    Topic.CLIENT: _Subject("Client", "client", ("code", "name")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. Those with one `subject` are to arrive in their order; None: whenever they can."""

    event: WebhookEvent
    subject: str | None
    seq: int | None
    body: str


async def messages_of(sql: Connection, *, client_id: int, events: Sequence[LoggedEvent]) -> list[Message]:
    """The message of each event of one client, in their order; `sql` is a transaction."""
    # Statements that list rows by their ids are made to be planned so.
    await plan_for_rows(sql)
    known = await _known(sql, client_id, events)
    return [_message(event, known) for event in events]


def message(
    event: WebhookEvent,
    *,
    at: datetime,
    data: Mapping[str, Any],
    subject: str | None = None,
    seq: int | None = None,
) -> Message:
    """A message in the form that Standard Webhooks recommends: type, timestamp, data."""
    body = msgspec.json.encode({"type": message_type(event), "timestamp": at, "data": data}).decode()
    return Message(event=event, subject=subject, seq=seq, body=body)


@dataclass(slots=True)
class _Known:
    """Rows by (kind, id), and stock levels by (distribution center, SKU)."""

    rows: dict[tuple[str, int], Row]
    levels: dict[tuple[int, int], Row]

    async def load(
        self, sql: Connection, client_id: int, kind: str, ids: Iterable[int | None], columns: Sequence[str]
    ) -> None:
        """Get to know objects of a kind."""
        found = await fetch_by_ids(
            sql,
            NODES[kind],
            client_id=client_id,
            ids={number for number in ids if number is not None},
            key="id",
            names=("id", *columns),
        )
        self.rows |= {(kind, row["id"]): row for row in found}


async def _known(sql: Connection, client_id: int, events: Sequence[LoggedEvent]) -> _Known:
    known = _Known({}, {})
    wanted: defaultdict[_Subject, set[int]] = defaultdict(set)
    for event in events:
        if event.topic is not Topic.STOCK:
            wanted[_SUBJECTS[event.topic]].add(event.subject_id)
    for subject, ids in wanted.items():
        await known.load(sql, client_id, subject.kind, ids, subject.columns)
    lines = [row for (kind, _), row in known.rows.items() if kind == "OrderLine"]
    await known.load(sql, client_id, "Order", [row["order_id"] for row in lines], _ORDER)
    centers = [event.distribution_center_id for event in events]
    await known.load(sql, client_id, "DistributionCenter", centers, ("code",))
    await known.load(sql, client_id, "Sku", [_sku_id(event) for event in events], ("code",))
    stock = [event for event in events if event.topic is Topic.STOCK]
    levels = await sql.fetch(
        """
        SELECT level.distribution_center_id, level.sku_id, level.on_hand, level.allocated, level.protected,
               greatest(level.on_hand - level.allocated - level.protected, 0) AS available
        FROM unnest($2::bigint[], $3::bigint[]) AS place(distribution_center_id, sku_id)
        JOIN stock_levels AS level ON level.client_id = $1 AND level.sku_id = place.sku_id
            AND level.distribution_center_id = place.distribution_center_id
        """,
        client_id,
        [event.distribution_center_id for event in stock],
        [event.subject_id for event in stock],
    )
    known.levels |= {(row["distribution_center_id"], row["sku_id"]): row for row in levels}
    return known


def _sku_id(event: LoggedEvent) -> int | None:
    return event.subject_id if event.topic is Topic.STOCK else event.sku_id


def _message(event: LoggedEvent, known: _Known) -> Message:
    data: dict[str, Any] = {"cursor": event_cursor(event.seq), "cause": event.cause}
    if event.distribution_center_id is not None:
        data["distributionCenter"] = _code(known, "DistributionCenter", event.distribution_center_id)
    if (sku_id := _sku_id(event)) is not None:
        data["sku"] = _code(known, "Sku", sku_id)
    data |= {name: value for name, value in event.data.items() if name != TRACE}
    about = f"{event.topic}:{event.subject_id}"
    if event.topic is Topic.STOCK:
        center = event.distribution_center_id or 0
        level = known.levels.get((center, event.subject_id))
        data["level"] = None if level is None else _shown(level, _LEVEL)
        return _made(event, data, f"{about}:{center}")
    subject = _SUBJECTS[event.topic]
    row = known.rows.get((subject.kind, event.subject_id))
    columns = [column for column in subject.columns if not column.endswith("_id")]
    data[subject.name] = _object(subject.kind, event.subject_id, row, columns)
    if subject.kind == "Order":
        about = f"{Topic.ORDER}:{event.subject_id}"
    elif event.topic is Topic.LINE and row is not None:
        # One order's messages are in order, those about its lines among them.
        about = f"{Topic.ORDER}:{row['order_id']}"
        order = known.rows.get(("Order", row["order_id"]))
        data["order"] = _object("Order", row["order_id"], order, ("number",))
    made = _made(event, data, about)
    if len(made.body.encode()) <= LARGEST:
        return made
    # Whatever made it so large can be asked for.
    data[subject.name] = {"id": global_id(subject.kind, event.subject_id)}
    return _made(event, data, about)


def _made(event: LoggedEvent, data: Mapping[str, Any], subject: str) -> Message:
    return message(EVENTS[event.topic], at=event.at, data=data, subject=subject, seq=event.seq)


def _code(known: _Known, kind: str, number: int | None) -> str | None:
    row = None if number is None else known.rows.get((kind, number))
    return None if row is None else str(row["code"])


def _object(kind: str, number: int, row: Row | None, columns: Sequence[str]) -> dict[str, Any] | None:
    return None if row is None else {"id": global_id(kind, number), **_shown(row, columns)}


def _shown(row: Row, columns: Sequence[str]) -> dict[str, Any]:
    return {_camel(name): row[name] for name in columns}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
