"""The open demand of pools: what still wants stock, in rank key order, and how far stock covers it.

Lines come and go in `lines` and here. Whatever changes how much a line wants, or when its turn is, marks it
`coverage_due` until `write_coverage`. All other lines are covered as they were left, and that has a shape:
in rank key order, the lines of a SKU that get something, of stock or of what is incoming, come first, and
behind the first that gets nothing nobody gets anything, but for the few that are out of line because
something was received or ordered for them alone. So whoever recomputes coverage need not read what waits
behind (`in_reach`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.coverage import Standing
from domain.store.database import Connection, Row

_FIRST_PAGE = 8
_COLUMNS = """line_id, order_id, sku_id, priority, ordered_at, open, back_ordered, cross_docked,
              promised_at, promise_gap, coverage_due"""


async def again(sql: Connection, *, client_id: int, lines: Sequence[Row]) -> None:
    """Put lines (rows with id, order_id, sku_id, route, open) into the demand, where they are not."""
    if not lines:
        return
    await sql.execute(
        """
        INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id, route,
                                 priority, ordered_at, open)
        SELECT $1, line.id, o.distribution_center_id, line.sku_id, o.id, line.route, o.priority,
               o.ordered_at, line.open
        FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::int[])
            AS line(id, order_id, sku_id, route, open)
        JOIN orders AS o ON o.client_id = $1 AND o.id = ANY($3::bigint[]) AND o.id = line.order_id
        """,
        client_id,
        [line["id"] for line in lines],
        [line["order_id"] for line in lines],
        [line["sku_id"] for line in lines],
        [line["route"] for line in lines],
        [line["open"] for line in lines],
    )


async def withdraw(sql: Connection, *, client_id: int, order_ids: Sequence[int]) -> list[Row]:
    """Take the orders' lines out of the demand, until they are put in `again`: nobody is to serve them.

    What they were: line_id, order_id, sku_id and back_ordered.
    """
    return await sql.fetch(
        """
        DELETE FROM pool_demand WHERE client_id = $1 AND order_id = ANY($2::bigint[])
        RETURNING line_id, order_id, sku_id, back_ordered
        """,
        client_id,
        list(order_ids),
    )


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """A line whose back-ordered quantity is to become `back_ordered`, and what it is promised (F4)."""

    line_id: int
    order_id: int
    back_ordered: int
    promised_at: datetime | None
    promise_gap: str | None


async def in_reach(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    reach: Mapping[int, int],
    line_ids: Collection[int] = (),
) -> list[Row]:
    """Every open line whose coverage or promise can differ from what is recorded, in rank key order.

    `reach` are the SKUs to look at and, of each, all units that its lines could get: what is available, of
    a replacement too, and what is incoming. `line_ids` are lines for which something is incoming. Lines that
    are not in the answer have nothing and get nothing. The pool is locked by the caller.
    """
    found = {
        row["line_id"]: row
        for row in await sql.fetch(
            f"""
            SELECT {_COLUMNS} FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
              AND (coverage_due OR cross_docked > 0 OR promised_at IS NOT NULL OR promise_gap IS NOT NULL)
            UNION ALL
            SELECT {_COLUMNS} FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND line_id = ANY($4::bigint[])
            """,  # noqa: S608 - the columns above
            client_id,
            distribution_center_id,
            list(reach),
            list(line_ids),
        )
    }
    left, seen, page = dict(reach), 0, _FIRST_PAGE
    while left:
        rows = await sql.fetch(
            f"""
            SELECT next.* FROM unnest($3::bigint[]) AS asked(sku_id)
            CROSS JOIN LATERAL (
                SELECT {_COLUMNS} FROM pool_demand
                WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = asked.sku_id
                ORDER BY priority DESC, ordered_at, order_id, line_id OFFSET $4 LIMIT $5
            ) AS next
            ORDER BY sku_id, priority DESC, ordered_at, order_id, line_id
            """,  # noqa: S608 - the columns above
            client_id,
            distribution_center_id,
            list(left),
            seen,
            page,
        )
        left = _take(rows, left, page, found)
        seen, page = seen + page, page * _FIRST_PAGE
    return sorted(found.values(), key=_rank)


def _take(rows: Sequence[Row], left: dict[int, int], page: int, found: dict[int, Row]) -> dict[int, int]:
    """Add the rows that are in reach to `found`; what is left of each SKU whose next page is to be read."""
    left = dict(left)
    read = dict.fromkeys(left, 0)
    for row in rows:
        sku_id = row["sku_id"]
        if sku_id not in left:
            continue
        if left[sku_id] <= 0 and row["back_ordered"] == row["open"] and row["line_id"] not in found:
            del left[sku_id]
            continue
        found[row["line_id"]] = row
        left[sku_id] -= row["open"]
        read[sku_id] += 1
    return {sku_id: units for sku_id, units in left.items() if read[sku_id] == page}


def _rank(row: Row) -> tuple[int, datetime, int, int]:
    return -row["priority"], row["ordered_at"], row["order_id"], row["line_id"]


async def standing(
    sql: Connection, *, client_id: int, distribution_center_id: int, available: Mapping[int, int]
) -> dict[int, Standing]:
    """How the demand of the SKUs in `available` (units by SKU id) stands before new lines come, by SKU id.

    SKUs of which something is incoming, or of which coverage is due, are left out. The pool is locked by
    the caller.
    """
    rows = await sql.fetch(
        """
        SELECT asked.sku_id, short.priority AS short_priority, short.ordered_at AS short_ordered_at,
               last.priority AS last_priority, last.ordered_at AS last_ordered_at,
               CASE WHEN short.ordered_at IS NULL AND last.ordered_at IS NOT NULL THEN (
                   SELECT sum(open) FROM pool_demand
                   WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = asked.sku_id
               ) ELSE 0 END AS covered
        FROM unnest($3::bigint[]) AS asked(sku_id)
        LEFT JOIN LATERAL (
            SELECT priority, ordered_at FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = asked.sku_id
              AND back_ordered > 0
            ORDER BY priority DESC, ordered_at, order_id, line_id LIMIT 1
        ) AS short ON true
        LEFT JOIN LATERAL (
            SELECT priority, ordered_at FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = asked.sku_id
            ORDER BY priority, ordered_at DESC, order_id DESC, line_id DESC LIMIT 1
        ) AS last ON true
        WHERE asked.sku_id <> ALL(ARRAY(
            SELECT sku_id FROM pool_demand
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[])
              AND coverage_due
            UNION
            SELECT sku_id FROM purchase_order_lines
            WHERE client_id = $1 AND distribution_center_id = $2 AND sku_id = ANY($3::bigint[]) AND open > 0
        ))
        """,
        client_id,
        distribution_center_id,
        list(available),
    )
    return {
        row["sku_id"]: Standing(
            left=available[row["sku_id"]] - row["covered"],
            first_short=_position(row["short_priority"], row["short_ordered_at"]),
            last=_position(row["last_priority"], row["last_ordered_at"]),
        )
        for row in rows
    }


def _position(priority: int | None, ordered_at: datetime | None) -> tuple[int, datetime] | None:
    return None if priority is None or ordered_at is None else (-priority, ordered_at)


async def wanted_skus(sql: Connection, *, client_id: int, distribution_center_id: int) -> list[int]:
    """The SKUs of which the pool has open demand."""
    rows = await sql.fetch(
        """
        SELECT DISTINCT sku_id FROM pool_demand
        WHERE client_id = $1 AND distribution_center_id = $2 ORDER BY sku_id
        """,
        client_id,
        distribution_center_id,
    )
    return [row["sku_id"] for row in rows]


async def forget_coverage(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int] | None
) -> list[Row]:
    """Have the coverage of the pool's open lines computed anew, of these SKUs or of all: order_id, sku_id."""
    return await sql.fetch(
        """
        UPDATE pool_demand SET coverage_due = true
        WHERE client_id = $1 AND distribution_center_id = $2
          AND ($3::bigint[] IS NULL OR sku_id = ANY($3::bigint[]))
        RETURNING order_id, sku_id
        """,
        client_id,
        distribution_center_id,
        None if sku_ids is None else list(sku_ids),
    )


async def write_coverage(
    sql: Connection, *, client_id: int, at: datetime, changes: Sequence[CoverageChange]
) -> None:
    """Store new back-ordered quantities and promises: coverage of these lines is computed.

    A line keeps the time since when it is back-ordered.
    """
    await sql.execute(
        """
        UPDATE pool_demand AS line
        SET back_ordered = change.back_ordered, promised_at = change.promised_at,
            promise_gap = change.promise_gap, coverage_due = false,
            back_ordered_since = CASE
                WHEN change.back_ordered > 0 OR (o.is_back_order AND line.route = 'PROCESSOR')
                THEN coalesce(line.back_ordered_since, $4)
            END
        FROM unnest($2::bigint[], $3::int[], $6::timestamptz[], $7::text[])
                AS change(line_id, back_ordered, promised_at, promise_gap),
             orders AS o
        WHERE line.client_id = $1 AND line.line_id = ANY($2::bigint[]) AND line.line_id = change.line_id
          AND o.client_id = $1 AND o.id = ANY($5::bigint[]) AND o.id = line.order_id
        """,
        client_id,
        [change.line_id for change in changes],
        [change.back_ordered for change in changes],
        at,
        list({change.order_id for change in changes}),
        [change.promised_at for change in changes],
        [change.promise_gap for change in changes],
    )


async def refresh_since(sql: Connection, *, client_id: int, order_ids: Sequence[int], at: datetime) -> None:
    """Since when the orders' lines are back-order lines: short ones, and all of a back order (B10)."""
    await sql.execute(
        """
        UPDATE pool_demand AS line
        SET back_ordered_since = CASE
            WHEN line.back_ordered > 0 OR (o.is_back_order AND line.route = 'PROCESSOR')
            THEN coalesce(line.back_ordered_since, $3)
        END
        FROM orders AS o
        WHERE line.client_id = $1 AND line.order_id = ANY($2::bigint[])
          AND o.client_id = $1 AND o.id = ANY($2::bigint[]) AND o.id = line.order_id
        """,
        client_id,
        list(order_ids),
        at,
    )
