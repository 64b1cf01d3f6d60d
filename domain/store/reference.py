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
    """Look up codes of the client; unknown ones, and those no code can be, are missing from the answer."""
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
        printable(distribution_centers),
        printable(stores),
        printable(skus),
    )
    found: dict[str, dict[str, int]] = {"dc": {}, "store": {}, "sku": {}}
    for row in rows:
        found[row["kind"]][row["code"]] = row["id"]
    return Codes(found["dc"], found["store"], found["sku"])


_DESCRIBED = {
    "distribution center": """
        SELECT code, name, kind FROM distribution_centers
        WHERE client_id = $1 AND code = ANY($2::text[]) ORDER BY code
        """,
    "store": """
        SELECT code, name FROM stores WHERE client_id = $1 AND code = ANY($2::text[]) ORDER BY code
        """,
    "SKU": """
        SELECT sku.code, sku.name, sku.barcode,
               (SELECT other.code FROM skus AS other
                WHERE other.client_id = $1 AND other.id = sku.replacement_id) AS replacement
        FROM skus AS sku
        WHERE sku.client_id = $1 AND sku.code = ANY($2::text[]) ORDER BY sku.code
        """,
}


async def described(
    sql: Connection, *, client_id: int, what: str, codes: Collection[str]
) -> dict[str, dict[str, Any]]:
    """What the audit trail tells of distribution centers, stores or SKUs (`what`), by code."""
    rows = await sql.fetch(_DESCRIBED[what], client_id, list(codes))
    return {row["code"]: dict(row) for row in rows}


def printable(texts: Collection[str]) -> list[str]:
    """The texts that could be codes or numbers; PostgreSQL can't even be asked for some of the others."""
    return [text for text in texts if text.isprintable()]


async def settings_of(sql: Connection, *, client_id: int) -> Row:
    """The client's settings, with defaults where nothing was ever set."""
    row = await sql.fetchrow("SELECT * FROM client_settings WHERE client_id = $1", client_id)
    if row is None:
        raise LookupError(f"client {client_id} has no settings")
    return row


async def lock_settings(sql: Connection, *, client_id: int) -> Row:
    """The client's settings, locked until the transaction ends; pools are locked before them."""
    row = await sql.fetchrow(
        "SELECT * FROM client_settings WHERE client_id = $1 FOR NO KEY UPDATE", client_id
    )
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


async def next_edit(sql: Connection, *, client_id: int) -> int:
    """The number of an edit of what the client has set up; others wait with theirs until it is over."""
    number: int = await sql.fetchval(
        "UPDATE client_settings SET edits = edits + 1 WHERE client_id = $1 RETURNING edits", client_id
    )
    return number


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


async def dropship_centers(sql: Connection, *, client_id: int) -> list[int]:
    """The ids of the client's distribution centers of the kind DROPSHIP."""
    rows = await sql.fetch(
        "SELECT id FROM distribution_centers WHERE client_id = $1 AND kind = 'DROPSHIP' ORDER BY id",
        client_id,
    )
    return [row["id"] for row in rows]


async def upsert_distribution_centers(
    sql: Connection, *, client_id: int, rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Create or change distribution centers (code, name, kind), each with its pool.

    The ids of those that were of another kind before.
    """
    changed = await sql.fetch(
        """
        WITH old AS (
            SELECT id, kind FROM distribution_centers WHERE client_id = $1 AND code = ANY($2::text[])
        ), upserted AS (
            INSERT INTO distribution_centers (client_id, code, name, kind)
            SELECT $1, d.code, d.name, d.kind
            FROM unnest($2::text[], $3::text[], $4::text[]) AS d(code, name, kind)
            ON CONFLICT (client_id, code) DO UPDATE SET name = excluded.name, kind = excluded.kind
            RETURNING id, kind
        ), pool AS (
            INSERT INTO stock_pools (client_id, distribution_center_id) SELECT $1, id FROM upserted
            ON CONFLICT DO NOTHING
        )
        SELECT id FROM upserted JOIN old USING (id) WHERE old.kind <> upserted.kind
        """,
        client_id,
        [row["code"] for row in rows],
        [row["name"] for row in rows],
        [row["kind"] for row in rows],
    )
    return [row["id"] for row in changed]


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


async def upsert_skus(sql: Connection, *, client_id: int, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Create or change SKUs (code, name, barcode), then point them at their replacement_code.

    The ids of the SKUs of which that changed, and of those they pointed at before and point at now.
    """
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
    changed = await sql.fetch(
        """
        UPDATE skus AS sku SET replacement_id = replacement.id
        FROM unnest($2::text[], $3::text[]) AS wanted(code, replacement_code)
        JOIN skus AS old ON old.client_id = $1 AND old.code = ANY($2::text[]) AND old.code = wanted.code
        LEFT JOIN skus AS replacement
            ON replacement.client_id = $1 AND replacement.code = ANY($3::text[])
            AND replacement.code = wanted.replacement_code
        WHERE sku.client_id = $1 AND sku.code = ANY($2::text[]) AND sku.id = old.id
          AND old.replacement_id IS DISTINCT FROM replacement.id
        RETURNING sku.id, sku.replacement_id AS now, old.replacement_id AS before
        """,
        client_id,
        [row["code"] for row in rows],
        [row["replacement_code"] for row in rows],
    )
    return {sku_id for row in changed for sku_id in row.values() if sku_id is not None}


async def sku_code(sql: Connection, *, client_id: int, sku_id: int) -> str:
    """The code of a SKU that the client has."""
    code: str = await sql.fetchval(
        "SELECT code FROM skus WHERE client_id = $1 AND id = $2", client_id, sku_id
    )
    return code


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
    group: dict[int, int | None] = {}
    asked: set[int] = set()
    asking = set(sku_ids)
    while asking:
        rows = await sql.fetch(
            """
            SELECT id, replacement_id FROM skus
            WHERE client_id = $1 AND (id = ANY($2::bigint[]) OR replacement_id = ANY($2::bigint[]))
            """,
            client_id,
            list(asking),
        )
        group |= {row["id"]: row["replacement_id"] for row in rows}
        asked |= asking
        asking = {sku_id for pair in group.items() for sku_id in pair if sku_id is not None} - asked
    return group
