"""Reallocation variants and their segments (F3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from domain.store.database import Connection, Row


class StoredFilter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which orders a segment takes, as it is given and stored; conditions that are None are none."""

    priority_from: int | None = None
    priority_to: int | None = None
    min_age_hours: int | None = None
    max_age_hours: int | None = None
    order_types: tuple[str, ...] | None = None
    shipping_agencies: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None
    store_codes: tuple[str, ...] | None = None
    sku_codes: tuple[str, ...] | None = None
    order_numbers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSegment:
    """A segment to store; `takes` is its filter as JSON."""

    name: str
    strategy: str
    sort: str
    takes: str


async def lock(sql: Connection, *, client_id: int, name: str) -> Row | None:
    """The variant of this name, locked until the transaction ends, or None."""
    return await sql.fetchrow(
        "SELECT * FROM reallocation_variants WHERE client_id = $1 AND name = $2 FOR NO KEY UPDATE",
        client_id,
        name,
    )


async def get(sql: Connection, *, client_id: int, variant_id: int) -> Row | None:
    """The variant's row, or None."""
    return await sql.fetchrow(
        "SELECT * FROM reallocation_variants WHERE client_id = $1 AND id = $2", client_id, variant_id
    )


async def create(sql: Connection, *, client_id: int, name: str, unmet_win: str, at: datetime) -> int:
    """A variant without segments; its id. Raises asyncpg.UniqueViolationError when the name is taken."""
    variant_id: int = await sql.fetchval(
        """
        INSERT INTO reallocation_variants (client_id, name, unmet_win, updated_at) VALUES ($1, $2, $3, $4)
        RETURNING id
        """,
        client_id,
        name,
        unmet_win,
        at,
    )
    return variant_id


async def change(sql: Connection, *, client_id: int, variant_id: int, unmet_win: str, at: datetime) -> None:
    """Change what becomes of unmet winners, and move the variant's version on."""
    await sql.execute(
        """
        UPDATE reallocation_variants SET unmet_win = $3, updated_at = $4, version = version + 1
        WHERE client_id = $1 AND id = $2
        """,
        client_id,
        variant_id,
        unmet_win,
        at,
    )


async def segments_of(sql: Connection, *, client_id: int, variant_id: int) -> list[Row]:
    """The variant's segments by position: position, name, strategy, sort and takes (its filter as JSON)."""
    return await sql.fetch(
        """
        SELECT position, name, strategy, sort, takes FROM reallocation_segments
        WHERE client_id = $1 AND variant_id = $2 ORDER BY position
        """,
        client_id,
        variant_id,
    )


async def replace_segments(
    sql: Connection, *, client_id: int, variant_id: int, segments: Sequence[NewSegment]
) -> None:
    """Give the variant these segments, in this order, instead of those it has."""
    await sql.execute(
        "DELETE FROM reallocation_segments WHERE client_id = $1 AND variant_id = $2", client_id, variant_id
    )
    await sql.execute(
        """
        INSERT INTO reallocation_segments (client_id, variant_id, position, name, strategy, sort, takes)
        SELECT $1, $2, given.position, given.name, given.strategy, given.sort, given.takes::jsonb
        FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
            AS given(name, strategy, sort, takes, position)
        """,
        client_id,
        variant_id,
        [segment.name for segment in segments],
        [segment.strategy for segment in segments],
        [segment.sort for segment in segments],
        [segment.takes for segment in segments],
    )


async def delete(sql: Connection, *, client_id: int, variant_id: int) -> None:
    """Delete the variant with its segments; its plans stay."""
    await sql.execute(
        "DELETE FROM reallocation_variants WHERE client_id = $1 AND id = $2", client_id, variant_id
    )
