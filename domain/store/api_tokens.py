"""API tokens: who holds one is known by the SHA-256 of its text, which is all that is kept of it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta

import asyncpg

from domain.store.database import Connection, Row

_NOTED_AGAIN_AFTER = timedelta(minutes=5)
"""How exactly it is known when a token was used last: requests need not write for more than that."""


async def insert(
    sql: Connection,
    *,
    client_id: int,
    token_hash: bytes,
    role: str,
    label: str,
    now: datetime,
    expires_at: datetime | None,
) -> int:
    """A new token; its id."""
    token_id: int = await sql.fetchval(
        """
        INSERT INTO api_tokens (client_id, hash, role, label, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
        """,
        client_id,
        token_hash,
        role,
        label,
        now,
        expires_at,
    )
    return token_id


async def count_valid(sql: Connection, *, client_id: int, now: datetime) -> int:
    """How many of the client's tokens work; nobody adds one until the transaction ends."""
    await sql.execute("SELECT FROM client_settings WHERE client_id = $1 FOR NO KEY UPDATE", client_id)
    count: int = await sql.fetchval(
        """
        SELECT count(*) FROM api_tokens
        WHERE client_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
        """,
        client_id,
        now,
    )
    return count


async def revoke(sql: Connection, *, client_id: int, token_id: int, now: datetime) -> Row | None:
    """End a token's validity; its label and when it was revoked before. None: there is no such token."""
    return await sql.fetchrow(
        """
        WITH before AS (
            SELECT id, label, revoked_at FROM api_tokens WHERE client_id = $1 AND id = $2
            FOR NO KEY UPDATE
        ), revoked AS (
            UPDATE api_tokens SET revoked_at = $3 FROM before
            WHERE api_tokens.client_id = $1 AND api_tokens.id = before.id AND before.revoked_at IS NULL
        )
        SELECT label, revoked_at FROM before
        """,
        client_id,
        token_id,
        now,
    )


async def of_client(sql: Connection, *, client_id: int) -> list[Row]:
    """The client's tokens, oldest first, those no longer valid too."""
    return await sql.fetch(
        """
        SELECT id, role, label, created_at, last_used_at, expires_at, revoked_at FROM api_tokens
        WHERE client_id = $1 ORDER BY id
        """,
        client_id,
    )


async def with_hash(sql: Connection, *, token_hash: bytes) -> Row | None:
    """The token of any client with this hash, valid or not."""
    return await sql.fetchrow(
        """
        SELECT client_id, id, role, label, last_used_at, expires_at, revoked_at FROM api_tokens
        WHERE hash = $1
        """,
        token_hash,
    )


async def note_use(sql: Connection, token: Row, *, now: datetime) -> None:
    """Keep that the token of `with_hash` was used now, unless that was noted a moment ago.

    It waits for nobody: while somebody changes the token, the next use will do, and neither the disk nor a
    standby is waited for: a crash may take it back. Nor does it keep anybody from reading while nothing can
    be written.
    """
    noted: datetime | None = token["last_used_at"]
    if noted is not None and now - noted < _NOTED_AGAIN_AFTER:
        return
    with suppress(asyncpg.ReadOnlySQLTransactionError):
        await sql.execute(
            """
            UPDATE api_tokens AS token SET last_used_at = greatest(token.last_used_at, $3)
            FROM (
                SELECT id, set_config('synchronous_commit', 'off', true) FROM api_tokens
                WHERE client_id = $1 AND id = $2 FOR NO KEY UPDATE SKIP LOCKED
            ) AS free
            WHERE token.client_id = $1 AND token.id = free.id
            """,
            token["client_id"],
            token["id"],
            now,
        )


async def valid(sql: Connection, *, token_ids: Collection[int], now: datetime) -> set[int]:
    """Those of the tokens, of any clients, that are neither expired nor revoked."""
    rows = await sql.fetch(
        """
        SELECT id FROM api_tokens
        WHERE id = ANY($1::bigint[]) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
        """,
        list(token_ids),
        now,
    )
    return {row["id"] for row in rows}
