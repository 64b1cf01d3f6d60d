"""Answers already given, by client and idempotency key (F6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.store.database import Connection


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an earlier mutation with this key was, and what it answered (JSON)."""

    operation: str
    payload_hash: bytes
    answer: bytes


async def claim(
    sql: Connection, *, client_id: int, key: str, operation: str, payload_hash: bytes, now: datetime
) -> StoredAnswer | None:
    """Take the key for this transaction, or return what was answered under it before.

    Waits while another transaction holds the same key, so of two simultaneous requests one does
    the work and the other gets its answer.
    """
    claimed = await sql.fetchval(
        """
        INSERT INTO idempotency_keys (client_id, key, operation, payload_hash, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (client_id, key) DO NOTHING
        RETURNING true
        """,
        client_id,
        key,
        operation,
        payload_hash,
        now,
    )
    if claimed:
        return None
    row = await sql.fetchrow(
        "SELECT operation, payload_hash, answer FROM idempotency_keys WHERE client_id = $1 AND key = $2",
        client_id,
        key,
    )
    if row is None:
        # The holder of the key rolled back between the two statements: the key is free again.
        return await claim(
            sql, client_id=client_id, key=key, operation=operation, payload_hash=payload_hash, now=now
        )
    await _make_sure(sql)
    return StoredAnswer(row["operation"], row["payload_hash"], row["answer"].encode())


async def _make_sure(sql: Connection) -> None:
    """Let this transaction commit only when what it has seen is as safe as if it had been written by it.

    A commit that waited for a standby when its server crashed is there after the restart, without having been
    confirmed. Something written after it can be confirmed only with it; a message in the log will do.
    """
    await sql.execute("SELECT pg_logical_emit_message(true, 'backfill', '')")
