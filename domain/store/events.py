"""Events: what happened, for subscribers, kept until they have had time to resume (F5).

A transaction that changes something writes its events with it (`write`), so an event exists exactly
when its cause is committed. Writers do not number them: ids drawn from a sequence commit out of order,
and a reader that has seen 7 could never know that 6 is still to come. The relay, the only mover,
numbers what is committed (`event_log.py`).

A run may commit thousands of events at once, so they are written, moved and read by the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from domain.store.arrays import moments, numbers, texts
from domain.store.database import Connection
from domain.tracing import TRACE, traceparent

CHANNEL = "event_outbox"
"""The NOTIFY channel on which a commit with events wakes the relay."""

STREAM = "backfill:events"
"""Where the relay publishes batches of events and each API process reads them."""

EventData: TypeAlias = Mapping[str, str | int | None]


class Topic(StrEnum):
    """What an event is about."""

    ORDER = "ORDER"
    LINE = "LINE"
    RUN = "RUN"
    BULK = "BULK"
    PROMISE = "PROMISE"
    STOCK = "STOCK"
    PURCHASE_ORDER = "PURCHASE_ORDER"
    SCHEDULE = "SCHEDULE"
    CLIENT = "CLIENT"
    SYNCHRONIZATION = "SYNCHRONIZATION"


class Event(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One change of one order or its promise, of one order line, run, stock level or whatever has a topic.

    `subject_id` is the id of what changed; of a stock level, that of its SKU. An event carries no state of
    its subject, which is read when the event is delivered; `data` holds only what cannot be read any more,
    such as the previous status, and in a traced transaction what continues its trace.
    """

    client_id: int
    topic: Topic
    at: datetime
    cause: str
    subject_id: int
    distribution_center_id: int | None = None
    sku_id: int | None = None
    data: EventData = {}


class LoggedEvent(Event, frozen=True, kw_only=True, array_like=True):
    """An event the relay has numbered: `seq` grows by one per event, in the order readers can see them."""

    seq: int


async def write(sql: Connection, events: Sequence[Event]) -> None:
    """Record `events`, in this order, in the transaction open on `sql`; its commit wakes the relay (F5).

    Lock what the events are about first: two transactions that change one order then get their outbox
    ids in the order of their commits.
    """
    if not events:
        return
    await sql.execute(_WRITE, *columns(events), CHANNEL)


def columns(events: Sequence[Event]) -> tuple[str, ...]:
    """The eight parameters of `insert`."""
    trace = traceparent()
    traced: EventData = {TRACE: trace} if trace else {}
    return (
        numbers(event.client_id for event in events),
        texts(event.topic for event in events),
        moments(event.at for event in events),
        texts(event.cause for event in events),
        numbers(event.subject_id for event in events),
        numbers(event.distribution_center_id for event in events),
        numbers(event.sku_id for event in events),
        texts(
            msgspec.json.encode({**event.data, **traced} if traced else event.data).decode()
            for event in events
        ),
    )


def insert(*, first_parameter: int) -> str:
    """The statement that puts the events of `columns` into the outbox, in their order."""
    parameters = ", ".join(f"${first_parameter + place}::{kind}" for place, kind in enumerate(_TYPES))
    return f"""
INSERT INTO event_outbox (client_id, topic, at, cause, subject_id, distribution_center_id, sku_id, data)
SELECT client_id, topic, at, cause, subject_id, distribution_center_id, sku_id, data::jsonb
FROM unnest({parameters}) WITH ORDINALITY
     AS event (client_id, topic, at, cause, subject_id, distribution_center_id, sku_id, data, place)
ORDER BY place
"""  # noqa: S608 - our own words


def encode_batch(events: Sequence[LoggedEvent]) -> bytes:
    """`events` as one compact message for another process; `decode_batch` reads it."""
    return _BATCH_ENCODER.encode(events)


def decode_batch(message: bytes) -> list[LoggedEvent]:
    """The events of a message of `encode_batch`. Raises msgspec.DecodeError when it is none."""
    return _BATCH_DECODER.decode(message)


_BATCH_ENCODER = msgspec.msgpack.Encoder()
_BATCH_DECODER = msgspec.msgpack.Decoder(list[LoggedEvent])

_IDS, _TEXTS = "text::bigint[]", "text::text[]"
_TYPES = (_IDS, _TEXTS, "text::timestamptz[]", _TEXTS, _IDS, _IDS, _IDS, _TEXTS)
_WRITE = f"WITH written AS ({insert(first_parameter=1)}) SELECT pg_notify($9, '')"
