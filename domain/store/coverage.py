"""How far stock and what is incoming cover a pool's open lines: what that rests on, and what comes of it.

All lines but those that are `coverage_due` are covered as they were left, and that has a shape: in rank key
order, the lines of a SKU that get something, of stock or of what is incoming, come first, and behind the
first that gets nothing nobody gets anything, but for the few that are out of line because something was
received or ordered for them alone. So whoever recomputes coverage need not read what waits behind.

Nor need those be read one by one that were covered and still are: PostgreSQL passes them over, and tells
how many units they take.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from domain.rules.promising import IncomingLine
from domain.store.arrays import moments, numbers, texts
from domain.store.database import Connection, Row
from domain.store.order_summaries import BACK_ORDER_STATUS, VENDORS_LINES

_FIRST_PAGE = 8


class Line(NamedTuple):
    """An open line with its rank columns, its units, and how it is covered until now."""

    line_id: int
    order_id: int
    sku_id: int
    priority: int
    ordered_at: datetime
    open: int
    back_ordered: int
    cross_docked: int
    promised_at: datetime | None
    promise_gap: str | None
    coverage_due: bool


_SKU = Line._fields.index("sku_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What coverage of some SKUs rests on: the client's settings, the kind of the pool, units, and lines.

    `singled_out` are lines whose coverage can change whatever their rank, and `first` the first of each SKU.
    """

    settings: Row
    kind: str
    available: dict[int, int]
    incoming: list[IncomingLine]
    singled_out: list[Line]
    first: list[Line]


@dataclass(frozen=True, slots=True)
class Reached:
    """Open lines whose coverage or promise can differ from what is recorded, in rank key order.

    `passed` are the units by SKU that lines between them take, which are covered as they were.
    """

    lines: list[Line]
    passed: dict[int, int]


async def read(
    sql: Connection, *, client_id: int, distribution_center_id: int, sku_ids: Collection[int]
) -> Basis:
    """What coverage of the SKUs rests on in the pool, which the caller has locked, in one statement."""
    row = await sql.fetchrow(_READ, client_id, distribution_center_id, numbers(sku_ids), _FIRST_PAGE)
    if row is None:
        raise LookupError(f"client {client_id} has no settings")
    return Basis(
        settings=row,
        kind=row["kind"],
        available=dict(row["available"]),
        incoming=[IncomingLine(*_values(IncomingLine._fields, one)) for one in row["incoming"]],
        singled_out=[Line(*_values(Line._fields, one)) for one in row["singled_out"]],
        first=[Line(*_values(Line._fields, one)) for one in row["first"]],
    )


def _values(columns: Sequence[str], record: tuple[Any, ...]) -> list[Any]:
    """What a record of these columns holds."""
    return [
        datetime.fromisoformat(value) if column in _TIMES and value is not None else value
        for column, value in zip(columns, record, strict=True)
    ]


_TIMES = frozenset({"expected_at", "ordered_at", "promised_at"})


def _record(columns: Sequence[str], *, of: str) -> str:
    """A record of the table's columns. In one all is binary, and connections read times as text only."""
    return f"ROW({', '.join(f'{of}.{column}' + '::text' * (column in _TIMES) for column in columns)})"


async def reached(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    reach: Mapping[int, int],
    apart: Mapping[int, int],
    basis: Basis,
) -> Reached:
    """Every open line whose coverage or promise can differ from what is recorded.

    `reach` are the SKUs of the `basis` and, of each, all units that its lines could get: what is available,
    of a replacement too, and what is incoming. Lines behind have nothing and get nothing. `apart` are those
    of the SKUs whose stock is shared out by rank alone and serves no other SKU's lines, with what is
    available: of these, lines are passed over that are covered and were.
    """
    found = {line.line_id: line for line in basis.singled_out}
    passed = dict.fromkeys(apart, 0)
    seen = page = _FIRST_PAGE
    left = _take(basis.first, dict(reach), dict.fromkeys(reach, 0), page, found)
    while left:
        page *= _FIRST_PAGE
        rows = await sql.fetch(
            _PAGE,
            client_id,
            distribution_center_id,
            numbers(left),
            # What is still available behind all that was read, and what could be had there.
            numbers(apart.get(sku_id, 0) - reach[sku_id] + units for sku_id, units in left.items()),
            numbers(left.values()),
            seen,
            page,
        )
        read = dict.fromkeys(left, 0)
        lines = []
        for *line, passed_lines, passed_units, passed_in_line in rows:
            if passed_lines is None:
                lines.append(Line(*line))
                continue
            sku_id = line[_SKU]
            read[sku_id] = passed_lines
            left[sku_id] -= passed_units
            passed[sku_id] += passed_in_line
        left = _take(lines, left, read, page, found)
        seen += page
    return Reached(sorted(found.values(), key=_rank), passed)


def _take(
    lines: Iterable[Line], left: dict[int, int], read: dict[int, int], page: int, found: dict[int, Line]
) -> dict[int, int]:
    """Add the lines that are in reach to `found`; what is left of each SKU whose next page is to be read.

    Of a SKU's page so many lines are `read` already.
    """
    left = dict(left)
    for line in lines:
        sku_id = line.sku_id
        if sku_id not in left:
            continue
        if left[sku_id] <= 0 and line.back_ordered == line.open and line.line_id not in found:
            del left[sku_id]
            continue
        found[line.line_id] = line
        left[sku_id] -= line.open
        read[sku_id] += 1
    return {sku_id: units for sku_id, units in left.items() if read[sku_id] == page}


def _rank(line: Line) -> tuple[int, datetime, int, int]:
    return -line.priority, line.ordered_at, line.order_id, line.line_id


@dataclass(frozen=True, slots=True)
class Change:
    """A line whose back-ordered quantity is to become `back_ordered`, and what it is promised (F4)."""

    line_id: int
    order_id: int
    back_ordered: int
    promised_at: datetime | None
    promise_gap: str | None


async def write(
    sql: Connection,
    *,
    client_id: int,
    at: datetime,
    changes: Sequence[Change],
    unmarked: Collection[int] = (),
) -> list[Row]:
    """Store the lines' coverage, which is computed then, and derive from it what their orders say (D1, F4).

    A line keeps the time since when it is back-ordered. Orders of `unmarked` keep their backOrderStatus. The
    orders that say something else now, with id, distribution_center_id, status, previous (backOrderStatus),
    promised_at, previously_promised_at, and waits: whether anything is open.
    """
    if not changes:
        return []
    return await sql.fetch(
        _WRITE,
        client_id,
        at,
        numbers(change.line_id for change in changes),
        numbers(change.back_ordered for change in changes),
        moments(change.promised_at for change in changes),
        texts(change.promise_gap for change in changes),
        numbers({change.order_id for change in changes}),
        numbers(unmarked),
    )


_COLUMNS = ", ".join(Line._fields)
_RANKED = "priority DESC, ordered_at, order_id, line_id"
_POOL = "client_id = $1 AND distribution_center_id = $2"

_OUT_OF_LINE = "(coverage_due OR cross_docked > 0 OR promised_at IS NOT NULL OR promise_gap IS NOT NULL)"
"""Of a line: its coverage can change whatever its rank."""

# As long as all units up to a line are available, all lines up to it are covered whole: where that is what
# is recorded of it, a line is passed over. Those out of line are read anyway: their units are not passed.
_PAGE = f"""
WITH page AS (
    SELECT next.*, units <= asked.available AND short = 0 AS passed,
           units - open < asked.reach OR back_ordered < open OR out_of_line AS in_reach
    FROM unnest($3::text::bigint[], $4::text::bigint[], $5::text::bigint[]) AS asked(id, available, reach)
    CROSS JOIN LATERAL (
        SELECT line.*, sum(open) OVER ranked AS units,
               count(*) FILTER (WHERE back_ordered > 0 AND NOT out_of_line) OVER ranked AS short
        FROM (
            SELECT {_COLUMNS}, {_OUT_OF_LINE} AS out_of_line
            FROM pool_demand WHERE {_POOL} AND sku_id = asked.id
            ORDER BY {_RANKED} OFFSET $6 LIMIT $7
        ) AS line
        WINDOW ranked AS (ORDER BY {_RANKED} ROWS UNBOUNDED PRECEDING)
    ) AS next
)
SELECT {_COLUMNS}, NULL::bigint AS lines, NULL::bigint AS units, NULL::bigint AS units_in_line
FROM page WHERE in_reach AND NOT passed
UNION ALL
SELECT {", ".join(column if column == "sku_id" else "NULL" for column in Line._fields)},
       count(*), sum(open), coalesce(sum(open) FILTER (WHERE NOT out_of_line), 0)
FROM page WHERE passed GROUP BY sku_id
ORDER BY sku_id, {_RANKED}
"""  # noqa: S608 - our own words

_READ = f"""
SELECT settings.*,
       (SELECT kind FROM distribution_centers WHERE client_id = $1 AND id = $2) AS kind,
       ARRAY(
           SELECT ROW(sku_id, greatest(on_hand - allocated - protected, 0)) FROM stock_levels
           WHERE {_POOL} AND sku_id = ANY($3::text::bigint[])
       ) AS available,
       ARRAY(
           SELECT {_record(IncomingLine._fields, of="incoming")} FROM purchase_order_lines AS incoming
           WHERE {_POOL} AND sku_id = ANY($3::text::bigint[]) AND open > 0
       ) AS incoming,
       ARRAY(
           SELECT {_record(Line._fields, of="line")} FROM pool_demand AS line
           WHERE {_POOL} AND sku_id = ANY($3::text::bigint[])
             AND {_OUT_OF_LINE}
           UNION ALL
           SELECT {_record(Line._fields, of="line")} FROM pool_demand AS line
           WHERE {_POOL} AND line_id = ANY(ARRAY(
               SELECT order_line_id FROM purchase_order_lines
               WHERE {_POOL} AND sku_id = ANY($3::text::bigint[]) AND open > 0 AND order_line_id IS NOT NULL
           ))
       ) AS singled_out,
       ARRAY(
           SELECT {_record(Line._fields, of="next")} FROM unnest($3::text::bigint[]) AS asked(sku_id)
           CROSS JOIN LATERAL (
               SELECT {_COLUMNS} FROM pool_demand WHERE {_POOL} AND sku_id = asked.sku_id
               ORDER BY {_RANKED} LIMIT $4
           ) AS next
           ORDER BY next.sku_id, next.priority DESC, next.ordered_at, next.order_id, next.line_id
       ) AS first
FROM client_settings AS settings WHERE settings.client_id = $1
"""  # noqa: S608 - our own words

# All parts of the statement see the lines as they were, so what an order says is derived from those that
# change and those that don't.
_WRITE = f"""
WITH change AS (
    SELECT * FROM unnest($3::text::bigint[], $4::text::int[], $5::text::timestamptz[], $6::text::text[])
        AS change(line_id, back_ordered, promised_at, promise_gap)
), written AS (
    UPDATE pool_demand AS line
    SET back_ordered = change.back_ordered, promised_at = change.promised_at,
        promise_gap = change.promise_gap, coverage_due = false,
        back_ordered_since = CASE
            WHEN change.back_ordered > 0 OR (o.is_back_order AND line.route = 'PROCESSOR')
            THEN coalesce(line.back_ordered_since, $2)
        END
    FROM change, orders AS o
    WHERE line.client_id = $1 AND line.line_id = ANY($3::text::bigint[]) AND line.line_id = change.line_id
      AND o.client_id = $1 AND o.id = ANY($7::text::bigint[]) AND o.id = line.order_id
), line AS (
    SELECT line.order_id, line.open,
           CASE WHEN change.line_id IS NULL THEN line.back_ordered ELSE change.back_ordered END AS short,
           CASE WHEN change.line_id IS NULL THEN line.promised_at ELSE change.promised_at END AS promised_at
    FROM pool_demand AS line LEFT JOIN change ON change.line_id = line.line_id
    WHERE line.client_id = $1 AND line.order_id = ANY($7::text::bigint[])
), demand AS (
    SELECT order_id, sum(open) AS open, sum(short) AS short FROM line GROUP BY order_id
), told AS (
    SELECT order_id, CASE WHEN bool_and(settled) THEN max(promised_at) END AS promised_at
    FROM (
        SELECT order_id, short = 0 OR promised_at IS NOT NULL AS settled, promised_at FROM line
        UNION ALL
        {VENDORS_LINES.format(orders="$7::text::bigint[]")}
    ) AS part
    GROUP BY order_id
), derived AS (
    SELECT old.id, old.back_order_status AS previous, old.promised_at AS previously_promised_at,
           CASE WHEN old.id = ANY($8::text::bigint[]) THEN old.back_order_status
                ELSE {BACK_ORDER_STATUS.format(order="old", demand="demand")} END AS back_order_status,
           told.promised_at, told.order_id IS NOT NULL AS waits
    FROM orders AS old
    LEFT JOIN demand ON demand.order_id = old.id
    LEFT JOIN told ON told.order_id = old.id
    WHERE old.client_id = $1 AND old.id = ANY($7::text::bigint[])
)
UPDATE orders AS o SET back_order_status = derived.back_order_status, promised_at = derived.promised_at
FROM derived
WHERE o.client_id = $1 AND o.id = ANY($7::text::bigint[]) AND o.id = derived.id
  AND (derived.back_order_status <> derived.previous
       OR derived.promised_at IS DISTINCT FROM derived.previously_promised_at)
RETURNING o.id, o.distribution_center_id, o.status, derived.previous, o.promised_at,
          derived.previously_promised_at, derived.waits
"""  # noqa: S608 - our own words
