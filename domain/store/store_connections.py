"""How stores are connected to their marketplaces, and how that has gone lately (C5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from domain.store.database import Connection, Row
from domain.store.reference import printable


async def stores(sql: Connection, *, client_id: int, store_ids: Collection[int]) -> list[Row]:
    """Those of the stores that the client has: id, code, and kind and enabled of the connection, or nulls."""
    return await sql.fetch(
        """
        SELECT store.id, store.code, connection.kind, connection.enabled
        FROM stores AS store LEFT JOIN store_connections AS connection
            ON connection.client_id = $1 AND connection.store_id = store.id
        WHERE store.client_id = $1 AND store.id = ANY($2::bigint[]) ORDER BY store.id
        """,
        client_id,
        list(store_ids),
    )


async def lock(sql: Connection, *, client_id: int, store_id: int) -> Row | None:
    """The store's connection, locked until the transaction ends; None when it has none."""
    return await sql.fetchrow(
        "SELECT * FROM store_connections WHERE client_id = $1 AND store_id = $2 FOR NO KEY UPDATE",
        client_id,
        store_id,
    )


async def put(
    sql: Connection,
    *,
    client_id: int,
    store_id: int,
    kind: str,
    address: str | None,
    secret: str | None,
    enabled: bool,
    interval_seconds: int,
    next_due_at: datetime | None,
    keep_cursor: bool,
    version: int,
) -> int:
    """Create or replace the store's connection, with nothing held against it any more; its id."""
    connection_id: int = await sql.fetchval(
        """
        INSERT INTO store_connections AS connection
            (client_id, store_id, kind, address, secret, enabled, interval_seconds, next_due_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10)
        ON CONFLICT (client_id, store_id) DO UPDATE
        SET kind = excluded.kind, address = excluded.address, secret = excluded.secret,
            enabled = excluded.enabled, interval_seconds = excluded.interval_seconds,
            next_due_at = excluded.next_due_at, failures = 0, retry_at = NULL, last_error = NULL,
            cursor = CASE WHEN $9 THEN connection.cursor END, version = excluded.version
        RETURNING id
        """,
        client_id,
        store_id,
        kind,
        address,
        secret,
        enabled,
        interval_seconds,
        next_due_at,
        keep_cursor,
        version,
    )
    return connection_id


async def delete(sql: Connection, *, client_id: int, store_id: int) -> None:
    """Forget how the store is connected, and its secret."""
    await sql.execute(
        "DELETE FROM store_connections WHERE client_id = $1 AND store_id = $2", client_id, store_id
    )


async def take_due(sql: Connection, *, now: datetime, limit: int) -> list[Row]:
    """Connections of every client that are due, locked; those another worker is looking at are left to it.

    A marketplace that failed is due when it may be asked again.
    """
    return await sql.fetch(
        """
        SELECT client_id, store_id, interval_seconds FROM store_connections
        WHERE next_due_at <= $1 AND (retry_at IS NULL OR retry_at <= $1)
        ORDER BY next_due_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
        """,
        now,
        limit,
    )


async def advance(sql: Connection, *, client_id: int, store_id: int, next_due_at: datetime) -> None:
    """Set when the store is due again."""
    await sql.execute(
        "UPDATE store_connections SET next_due_at = $3 WHERE client_id = $1 AND store_id = $2",
        client_id,
        store_id,
        next_due_at,
    )


async def marketplace(sql: Connection, *, client_id: int, store_id: int) -> Row | None:
    """What it takes to ask the store's marketplace, whether or not there is a connection any more.

    The row has store_code, client_code, and the columns of the connection or nulls.
    """
    return await sql.fetchrow(
        """
        SELECT store.code AS store_code, client.code AS client_code, connection.kind, connection.address,
               connection.secret, connection.cursor, connection.enabled
        FROM stores AS store JOIN clients AS client ON client.id = store.client_id
        LEFT JOIN store_connections AS connection
            ON connection.client_id = $1 AND connection.store_id = store.id
        WHERE store.client_id = $1 AND store.id = $2
        """,
        client_id,
        store_id,
    )


async def senders(sql: Connection, *, store_code: str) -> list[Row]:
    """Whoever may push messages for a store with this code, of any client: client_id, store_id, secret."""
    return await sql.fetch(
        """
        SELECT connection.client_id, connection.store_id, connection.secret
        FROM stores AS store JOIN store_connections AS connection
            ON connection.client_id = store.client_id AND connection.store_id = store.id
        WHERE store.code = ANY($1::text[]) AND connection.enabled AND connection.secret IS NOT NULL
        """,
        printable([store_code]),
    )


async def succeeded(
    sql: Connection, *, client_id: int, store_id: int, address: str, at: datetime, cursor: str | None
) -> None:
    """The marketplace at this address answered: close its circuit; a cursor of None leaves the one there is.

    Nothing of that is held for another one that the store was connected to meanwhile.
    """
    await sql.execute(
        """
        UPDATE store_connections
        SET failures = 0, retry_at = NULL, last_error = NULL, last_success_at = $3,
            cursor = coalesce($4, cursor)
        WHERE client_id = $1 AND store_id = $2 AND address = $5
        """,
        client_id,
        store_id,
        at,
        cursor,
        address,
    )


async def received(sql: Connection, *, client_id: int, store_id: int, at: datetime) -> None:
    """A pushed message was applied, which says nothing of whether the marketplace can be asked."""
    await sql.execute(
        "UPDATE store_connections SET last_success_at = $3 WHERE client_id = $1 AND store_id = $2",
        client_id,
        store_id,
        at,
    )


async def failed(
    sql: Connection,
    *,
    client_id: int,
    store_id: int,
    address: str,
    failures: int,
    retry_at: datetime | None,
    error: str,
) -> None:
    """The marketplace at this address, if the store is still connected to it, did not answer.

    Note for how often in a row, and when it may be asked again.
    """
    await sql.execute(
        """
        UPDATE store_connections SET failures = $3, retry_at = $4, last_error = $5
        WHERE client_id = $1 AND store_id = $2 AND address = $6
        """,
        client_id,
        store_id,
        failures,
        retry_at,
        error,
        address,
    )
