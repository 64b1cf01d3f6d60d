"""The Backordering report, as it is read (B12)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta

from domain.store.back_order_days import COLUMNS, FIGURES
from domain.store.database import Connection, Row
from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.named import DISTRIBUTION_CENTERS, SKUS
from domain.store.reads.paging import KeyPart, Ordering
from domain.store.reads.select import Conditions

_KEPT = f"""
    SELECT kept.client_id, kept.day, closing.taken_at, {", ".join(f"kept.{name}" for name in COLUMNS)}
    FROM back_order_days AS kept
    JOIN back_order_closings AS closing ON closing.client_id = kept.client_id AND closing.day = kept.day"""  # noqa: S608
# $2 and $3 are the start and the end of the day that goes on, $4 is now.
_TODAY = f"""
    SELECT $1::bigint, ($2::timestamptz AT TIME ZONE 'UTC')::date, $4::timestamptz, today.*
    FROM ({FIGURES}) AS today"""  # noqa: S608

_BATCH = 1000


def _table(source: str) -> Table:
    return Table(
        source=f"({source}) AS r",
        client="r.client_id",
        columns={name: Column(f"r.{name}") for name in ("day", "taken_at", *COLUMNS)}
        | {
            "oldest_age_hours": Column(
                "floor(extract(epoch FROM r.taken_at - r.oldest_since) / 3600)::int",
            ),
            "share_filled_at_once": Column("r.filled_at_once::float8 / nullif(r.demanded, 0)"),
            "distribution_center_code": Column("dc.code", ("dc",)),
            "sku_code": Column("sku.code", ("sku",)),
            "sku_name": Column("sku.name", ("sku",)),
        },
        joins={
            "dc": "JOIN distribution_centers AS dc ON dc.client_id = $1 AND dc.id = r.distribution_center_id",
            "sku": "JOIN skus AS sku ON sku.client_id = $1 AND sku.id = r.sku_id",
        },
        references={
            "distribution_center": Reference("distribution_center_id", DISTRIBUTION_CENTERS),
            "sku": Reference("sku_id", SKUS),
        },
    )


_PAST = _table(_KEPT)
_PAST_AND_TODAY = _table(f"{_KEPT}\n    UNION ALL{_TODAY}")

BY_DAY = Ordering(
    "back order day",
    (
        KeyPart("day", "r.day", "date"),
        KeyPart("distribution_center_id", "r.distribution_center_id", "bigint"),
        KeyPart("sku_id", "r.sku_id", "bigint"),
    ),
)


_MOST = 2**31 - 1
_TOTALS = f"""
SELECT day, max(taken_at) AS taken_at, least(sum(back_ordered), {_MOST})::int AS back_ordered,
    least(sum(lines), {_MOST})::int AS lines, least(sum(demanded), {_MOST})::int AS demanded,
    least(sum(filled_at_once), {_MOST})::int AS filled_at_once,
    sum(filled_at_once)::float8 / nullif(sum(demanded), 0)::float8 AS share_filled_at_once,
    max(oldest_age_hours) AS oldest_age_hours
FROM (%s) AS reported GROUP BY day ORDER BY day"""  # noqa: S608
_SUMMED = ("day", "taken_at", "back_ordered", "lines", "demanded", "filled_at_once", "oldest_age_hours")


def report(*, client_id: int, first: date, last: date, now: datetime) -> tuple[Table, Conditions]:
    """The rows of the client's report from the first day to the last; those of today as they are now."""
    conditions = Conditions.of_client(client_id)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    table = _PAST
    if first <= today.date() <= last:
        table = _PAST_AND_TODAY
        conditions.parameters += [today, today + timedelta(days=1), now]
    conditions.add("r.day >= {}", first)
    conditions.add("r.day <= {}", last)
    return table, conditions


async def totals(sql: Connection, table: Table, conditions: Conditions) -> list[Row]:
    """A row per day, with the sums of its rows."""
    return await sql.fetch(_TOTALS % (table.select(_SUMMED) + conditions.text()), *conditions.parameters)


async def worst(
    sql: Connection, table: Table, conditions: Conditions, *, names: Sequence[str], limit: int
) -> list[Row]:
    """The rows with the most back-ordered units, at most `limit`."""
    return await sql.fetch(
        table.select(names) + conditions.text() + " AND r.back_ordered > 0\n"
        f"ORDER BY r.back_ordered DESC, r.sku_id, r.distribution_center_id LIMIT {limit:d}",
        *conditions.parameters,
    )


async def every_row(
    sql: Connection, table: Table, conditions: Conditions, *, names: Sequence[str]
) -> AsyncIterator[list[Row]]:
    """All rows in order, a batch at a time, from a cursor of the server in one snapshot."""
    statement = table.select(names) + conditions.text() + f"\nORDER BY {BY_DAY.clause(backwards=False)}"
    async with sql.transaction(readonly=True):
        cursor = await sql.cursor(statement, *conditions.parameters)
        while batch := await cursor.fetch(_BATCH):
            yield batch
