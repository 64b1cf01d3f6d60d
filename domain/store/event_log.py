"""The event log: numbered events, and the position up to which it is complete (F5).

`seq` is contiguous over all clients, and everything up to `event_position.last_seq` is in the log or
expired from it. So whoever has seen everything up to a seq can prove what it lacks: the next event it
is handed must be seq + 1, and if it isn't, the missing ones are read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from domain.store.database import Connection
from domain.store.events import EventData, LoggedEvent, Topic

# A connection that is cut off while it is used may also fail in asyncpg's own state machine.
DATABASE_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What anything here raises while the database is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far the log reaches: up to `last_seq`, without what is at or before `expired_until`."""

    last_seq: int
    expired_until: int

    def resumable(self, after: int) -> bool:
        """Whether everything after the seq `after` is still there, and `after` was ever given out."""
        return self.expired_until <= after <= self.last_seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """Which events somebody wants: those of one client and topic, narrowed by what is not None."""

    client_id: int
    topic: Topic
    subject_ids: frozenset[int] | None = None
    distribution_center_id: int | None = None
    sku_id: int | None = None

    def includes(self, event: LoggedEvent) -> bool:
        """Whether `event` is wanted; the same test as `read_wanted` makes in SQL."""
        return (
            event.client_id == self.client_id
            and event.topic is self.topic
            and (self.subject_ids is None or event.subject_id in self.subject_ids)
            and (
                self.distribution_center_id is None
                or event.distribution_center_id == self.distribution_center_id
            )
            and (self.sku_id is None or event.sku_id == self.sku_id)
        )


async def position(sql: Connection) -> Position:
    """How far the log reaches now."""
    (row,) = await sql.fetch("SELECT last_seq, expired_until FROM event_position")
    return Position(last_seq=row["last_seq"], expired_until=row["expired_until"])


async def read(sql: Connection, *, after: int, limit: int) -> list[LoggedEvent]:
    """The first `limit` events after the seq `after`, of all clients: for the relay and the feed only."""
    return logged(await sql.fetch(_READ, after, limit))


async def read_wanted(
    sql: Connection, *, interest: Interest, after: int, until: int, limit: int
) -> list[LoggedEvent]:
    """The first `limit` events that `interest` includes with after < seq <= until."""
    rows = await sql.fetch(
        _READ_WANTED,
        interest.client_id,
        after,
        until,
        interest.topic.value,
        interest.subject_ids,
        interest.distribution_center_id,
        interest.sku_id,
        limit,
    )
    return logged(rows)


async def read_of_client(
    sql: Connection,
    *,
    client_id: int,
    topics: Sequence[Topic],
    distribution_center_id: int | None,
    after: int,
    until: int,
    limit: int,
) -> list[LoggedEvent]:
    """The first `limit` events of the client about these topics with after < seq <= until.

    With a distribution center only what concerns it, or none.
    """
    rows = await sql.fetch(
        _READ_OF_CLIENT,
        client_id,
        after,
        until,
        [topic.value for topic in topics],
        distribution_center_id,
        limit,
    )
    return logged(rows)


async def expire(sql: Connection, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` of the oldest events, all older than `before`; how many were deleted.

    Deletes a prefix of the log and records its end, in the transaction open on `sql`.
    """
    deleted: int = await sql.fetchval(_EXPIRE, before, limit)
    return deleted


def logged(rows: Sequence[asyncpg.Record]) -> list[LoggedEvent]:
    """Rows of event_log as events."""
    return [
        LoggedEvent(
            client_id=row["client_id"],
            topic=Topic(row["topic"]),
            at=row["at"],
            cause=row["cause"],
            subject_id=row["subject_id"],
            distribution_center_id=row["distribution_center_id"],
            sku_id=row["sku_id"],
            data=_DATA_DECODER.decode(row["data"]),
            seq=row["seq"],
        )
        for row in rows
    ]


_DATA_DECODER = msgspec.json.Decoder(EventData)

_READ = """
SELECT client_id, seq, topic, at, cause, subject_id, distribution_center_id, sku_id, data
FROM event_log WHERE seq > $1 ORDER BY seq LIMIT $2
"""

_READ_WANTED = """
SELECT client_id, seq, topic, at, cause, subject_id, distribution_center_id, sku_id, data
FROM event_log
WHERE client_id = $1 AND seq > $2 AND seq <= $3 AND topic = $4
  AND ($5::bigint[] IS NULL OR subject_id = ANY($5))
  AND ($6::bigint IS NULL OR distribution_center_id = $6)
  AND ($7::bigint IS NULL OR sku_id = $7)
ORDER BY seq LIMIT $8
"""

_READ_OF_CLIENT = """
SELECT client_id, seq, topic, at, cause, subject_id, distribution_center_id, sku_id, data
FROM event_log
WHERE client_id = $1 AND seq > $2 AND seq <= $3 AND topic = ANY($4::text[])
  AND ($5::bigint IS NULL OR distribution_center_id IS NULL OR distribution_center_id = $5)
ORDER BY seq LIMIT $6
"""

# Times of events are those of their transactions and do not grow strictly with seq: the scan stops at
# the first young event, so that what remains is always a whole suffix.
_EXPIRE = """
WITH oldest AS (
    SELECT seq, at < $1 AS old FROM event_log ORDER BY seq LIMIT $2
), cut AS (
    SELECT max(seq) AS seq FROM oldest
    WHERE seq < coalesce((SELECT min(seq) FROM oldest WHERE NOT old), 9223372036854775807)
), marked AS (
    UPDATE event_position SET expired_until = cut.seq FROM cut WHERE cut.seq IS NOT NULL
), deleted AS (
    DELETE FROM event_log
    WHERE seq BETWEEN (SELECT min(seq) FROM oldest) AND (SELECT seq FROM cut)
    RETURNING 1
)
SELECT count(*) FROM deleted
"""
