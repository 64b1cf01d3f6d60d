"""Reference data of a client: distribution centers, stores, SKUs and settings, found by code or id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True)
class Codes:
    """Ids of distribution centers, stores and SKUs by code, as far as they exist."""

    distribution_centers: dict[str, int]
    stores: dict[str, int]
    skus: dict[str, int]


async def resolve(
    sql: Connection,
    *,
    client_id: int,
    distribution_centers: Collection[str] = (),
    stores: Collection[str] = (),
    skus: Collection[str] = (),
) -> Codes:
    """Look up codes of the client; unknown ones are missing from the answer."""
    rows = await sql.fetch(
        """
        SELECT 'dc' AS kind, code, id FROM distribution_centers
        WHERE client_id = $1 AND code = ANY($2::text[])
        UNION ALL
        SELECT 'store', code, id FROM stores WHERE client_id = $1 AND code = ANY($3::text[])
        UNION ALL
        SELECT 'sku', code, id FROM skus WHERE client_id = $1 AND code = ANY($4::text[])
        """,
        client_id,
        list(distribution_centers),
        list(stores),
        list(skus),
    )
    found: dict[str, dict[str, int]] = {"dc": {}, "store": {}, "sku": {}}
    for row in rows:
        found[row["kind"]][row["code"]] = row["id"]
    return Codes(found["dc"], found["store"], found["sku"])


async def settings_of(sql: Connection, *, client_id: int) -> Row:
    """The client's settings, with defaults where nothing was ever set."""
    row = await sql.fetchrow("SELECT * FROM client_settings WHERE client_id = $1", client_id)
    if row is None:
        raise LookupError(f"client {client_id} has no settings")
    return row


async def change_settings(sql: Connection, *, client_id: int, columns: Mapping[str, object]) -> None:
    """Set the named columns of the client's settings."""
    if not columns:
        return
    # The names are struct fields of the operation, never text from outside.
    assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=2))
    await sql.execute(
        f"UPDATE client_settings SET {assignments}, version = version + 1 WHERE client_id = $1",  # noqa: S608
        client_id,
        *columns.values(),
    )


async def pools(sql: Connection, *, client_id: int) -> list[int]:
    """The distribution center ids of every pool of the client."""
    rows = await sql.fetch(
        "SELECT distribution_center_id FROM stock_pools WHERE client_id = $1 ORDER BY 1", client_id
    )
    return [row["distribution_center_id"] for row in rows]


async def distribution_center(sql: Connection, *, client_id: int, distribution_center_id: int) -> Row | None:
    """The distribution center, or None when the client has none with this id."""
    return await sql.fetchrow(
        "SELECT id, code, name, kind FROM distribution_centers WHERE client_id = $1 AND id = $2",
        client_id,
        distribution_center_id,
    )


async def upsert_distribution_centers(
    sql: Connection, *, client_id: int, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Create or rename distribution centers (code, name, kind), each with its pool."""
    await sql.execute(
        """
        WITH upserted AS (
            INSERT INTO distribution_centers (client_id, code, name, kind)
            SELECT $1, d.code, d.name, d.kind
            FROM unnest($2::text[], $3::text[], $4::text[]) AS d(code, name, kind)
            ON CONFLICT (client_id, code) DO UPDATE SET name = excluded.name, kind = excluded.kind
            RETURNING id
        )
        INSERT INTO stock_pools (client_id, distribution_center_id) SELECT $1, id FROM upserted
        ON CONFLICT DO NOTHING
        """,
        client_id,
        [row["code"] for row in rows],
        [row["name"] for row in rows],
        [row["kind"] for row in rows],
    )


async def upsert_stores(sql: Connection, *, client_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Create or rename stores (code, name)."""
    await sql.execute(
        """
        INSERT INTO stores (client_id, code, name)
        SELECT $1, s.code, s.name FROM unnest($2::text[], $3::text[]) AS s(code, name)
        ON CONFLICT (client_id, code) DO UPDATE SET name = excluded.name
        """,
        client_id,
        [row["code"] for row in rows],
        [row["name"] for row in rows],
    )


async def upsert_skus(sql: Connection, *, client_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Create or change SKUs (code, name, barcode), then point them at their replacement_code."""
    await sql.execute(
        """
        INSERT INTO skus (client_id, code, name, barcode)
        SELECT $1, s.code, s.name, s.barcode
        FROM unnest($2::text[], $3::text[], $4::text[]) AS s(code, name, barcode)
        ON CONFLICT (client_id, code) DO UPDATE SET name = excluded.name, barcode = excluded.barcode
        """,
        client_id,
        [row["code"] for row in rows],
        [row["name"] for row in rows],
        [row["barcode"] for row in rows],
    )
    await sql.execute(
        """
        UPDATE skus AS sku SET replacement_id = replacement.id
        FROM unnest($2::text[], $3::text[]) AS wanted(code, replacement_code)
        LEFT JOIN skus AS replacement
            ON replacement.client_id = $1 AND replacement.code = wanted.replacement_code
        WHERE sku.client_id = $1 AND sku.code = wanted.code
          AND sku.replacement_id IS DISTINCT FROM replacement.id
        """,
        client_id,
        [row["code"] for row in rows],
        [row["replacement_code"] for row in rows],
    )


async def barcode_holders(sql: Connection, *, client_id: int, barcodes: Collection[str]) -> dict[str, str]:
    """The SKU code that holds each of the barcodes, where one does."""
    rows = await sql.fetch(
        "SELECT barcode, code FROM skus WHERE client_id = $1 AND barcode = ANY($2::text[])",
        client_id,
        list(barcodes),
    )
    return {row["barcode"]: row["code"] for row in rows}


async def replacement_group(
    sql: Connection, *, client_id: int, sku_ids: Collection[int]
) -> dict[int, int | None]:
    """Every SKU connected to the given ones by replacement, in either direction, with its replacement.

    Their coverage depends on one another while replacements are considered (D2).
    """
    rows = await sql.fetch(
        """
        WITH RECURSIVE connected(id) AS (
            SELECT unnest($2::bigint[])
            UNION
            SELECT other.id FROM connected
            JOIN skus AS sku ON sku.client_id = $1 AND sku.id = connected.id
            JOIN skus AS other ON other.client_id = $1
                AND (other.id = sku.replacement_id OR other.replacement_id = sku.id)
        )
        SELECT sku.id, sku.replacement_id FROM connected
        JOIN skus AS sku ON sku.client_id = $1 AND sku.id = connected.id
        """,
        client_id,
        list(sku_ids),
    )
    return {row["id"]: row["replacement_id"] for row in rows}
