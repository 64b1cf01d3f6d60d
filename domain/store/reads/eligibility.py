"""The facts that eligibility is decided from (`rules.eligibility`), read for orders and for selections.

A preview asks for the distinct combinations of facts that a selection has, with their counts, and leaves
the decision on each to the rule: so the rule is written once, and half a million orders are counted in
one statement.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.eligibility import LOOKS_AT, Facts
from domain.rules.vocabulary import BulkAction, OrderStatus
from domain.store.backlog_skus import SERVED, served_of
from domain.store.database import Connection, Database, Row
from domain.store.orders import DISPATCH_MADE
from domain.store.queues import AWAITS_CONFIRMATION
from domain.store.reads.columns import Column, Table
from domain.store.reads.orders import ORDERINGS, OrderFilter, OrderSort, order_conditions
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page

_MADE = f"""EXISTS (
    SELECT FROM dispatches AS d WHERE d.client_id = $1 AND d.order_id = o.id{{kind}} AND {DISPATCH_MADE})"""
_DEMAND = """EXISTS (
    SELECT FROM pool_demand AS demand
    WHERE demand.client_id = $1 AND demand.order_id = o.id AND {condition})"""
_LINE = """EXISTS (
    SELECT FROM order_lines AS line WHERE line.client_id = $1 AND line.order_id = o.id AND {condition})"""

_OPEN = "line.requested > line.allocated + line.shipped + line.cancelled"

_EXPRESSIONS: Mapping[str, str] = {
    "status": "o.status",
    "locked": "o.locked",
    "awaits_confirmation": AWAITS_CONFIRMATION,
    "dispatch_made": _MADE.format(kind=""),
    "on_delivery_note": _MADE.format(kind=" AND d.kind = 'DELIVERY_NOTE'"),
    "dispatched": _LINE.format(condition="line.allocated + line.shipped > 0"),
    "open": _LINE.format(condition=_OPEN),
    "elsewhere": _LINE.format(condition=f"line.route IN ('DROPSHIP', 'WAREHOUSE_PICK') AND {_OPEN}"),
    "open_on_processor": _DEMAND.format(condition="demand.route = 'PROCESSOR'"),
    "back_ordered": _DEMAND.format(condition="demand.route = 'PROCESSOR' AND demand.back_ordered > 0"),
    "remaining": _DEMAND.format(condition="demand.route = 'SPLIT_DELIVERY'"),
    "askable": """EXISTS (
    SELECT FROM store_connections AS connection
    WHERE connection.client_id = $1 AND connection.store_id = o.store_id
      AND connection.enabled AND connection.kind <> 'PUSH')""",
    "revert_allowed": "(SELECT allow_backlog_sku_revert FROM client_settings WHERE client_id = $1)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which orders (A4): those named by `ids`, or all under `order_filter` but the `exceptions`."""

    ids: Sequence[int] | None = None
    order_filter: OrderFilter | None = None
    exceptions: Sequence[int] = ()

    def conditions(self, client_id: int) -> Conditions:
        """The selection as SQL conditions on `orders AS o`."""
        conditions = order_conditions(client_id, self.order_filter or OrderFilter())
        if self.ids is not None:
            conditions.add("o.id = ANY({}::bigint[])", list(self.ids))
        if self.exceptions:
            conditions.add(
                "NOT EXISTS (SELECT FROM unnest({}::bigint[]) AS exception(id) WHERE exception.id = o.id)",
                list(self.exceptions),
            )
        return conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An action to be done to the orders of a selection; `until` belongs to DELAY.

    With `whenever` the time is not known yet, and no order counts as delayed until then already.
    """

    action: BulkAction
    selection: Selection
    until: datetime | None = None
    whenever: bool = False

    def expressions(self, conditions: Conditions) -> dict[str, str]:
        """The SQL of each fact the action looks at, for orders under `conditions`, which may be added to."""
        expressions: dict[str, str] = {}
        for name in LOOKS_AT[self.action]:
            if name == "deliverable":
                served = self._served(conditions)
                expressions[name] = f"o.id IN (SELECT order_id FROM ({served}) AS served)"  # noqa: S608
            elif name == "delayed_alike" and self.whenever:
                expressions[name] = "false"
            elif name == "delayed_alike":
                conditions.parameters.append(self.until)
                place = f"${len(conditions.parameters)}::timestamptz"
                expressions[name] = f"o.delayed_until IS NOT DISTINCT FROM {place}"
            else:
                expressions[name] = _EXPRESSIONS[name]
        return expressions

    def _served(self, conditions: Conditions) -> str:
        """The SQL of what can be delivered of the selection's Backlog SKUs, all its orders served by rank."""
        chosen = self.selection.ids
        if chosen is None or self.selection.order_filter is not None:
            among = f"IN (SELECT o.id FROM orders AS o WHERE o.client_id = $1{conditions.text()})"  # noqa: S608
            return SERVED.format(among=among, levels="")
        left_out = set(self.selection.exceptions)
        conditions.parameters.append([order_id for order_id in chosen if order_id not in left_out])
        return served_of(f"${len(conditions.parameters)}::bigint[]")


async def facts_of_orders(
    sql: Connection,
    *,
    client_id: int,
    action: BulkAction,
    order_ids: Collection[int],
    until: datetime | None = None,
) -> dict[int, Facts]:
    """The facts about each order that the action looks at, by order id. The orders are locked."""
    question = Question(action=action, selection=Selection(ids=list(order_ids)), until=until)
    conditions = question.selection.conditions(client_id)
    facts = ", ".join(f"{text} AS {name}" for name, text in question.expressions(conditions).items())
    rows = await sql.fetch(
        f"SELECT o.id, {facts} FROM orders AS o WHERE o.client_id = $1{conditions.text()}",  # noqa: S608
        *conditions.parameters,
    )
    return {row["id"]: _facts(LOOKS_AT[action], row) for row in rows}


def facts_of_figures(order: Row, figures: Row) -> Facts:
    """The facts that a locked order's row shows, and its figures (`store.orders.figures`): of its units and
    dispatches."""
    return Facts(
        status=OrderStatus(order["status"]),
        locked=order["locked"],
        dispatch_made=figures["dispatch_made"],
        open_on_processor=figures["open_on_processor"] > 0,
    )


async def settled_facts(sql: Connection, *, client_id: int, order_ids: Collection[int]) -> dict[int, Facts]:
    """All facts about each order but those that depend on other orders or on what is asked for."""
    facts = ", ".join(f"{text} AS {name}" for name, text in _EXPRESSIONS.items())
    rows = await sql.fetch(
        f"SELECT o.id, {facts} FROM orders AS o WHERE o.client_id = $1 AND o.id = ANY($2::bigint[])",  # noqa: S608
        client_id,
        list(order_ids),
    )
    return {row["id"]: _facts(tuple(_EXPRESSIONS), row) for row in rows}


async def count_by_facts(database: Database, *, client_id: int, question: Question) -> dict[Facts, int]:
    """How many orders of the selection have each combination of facts that occurs in it."""
    conditions = question.selection.conditions(client_id)
    facts = ", ".join(f"{text} AS {name}" for name, text in question.expressions(conditions).items())
    places = ", ".join(str(place) for place, _ in enumerate(LOOKS_AT[question.action], start=1))
    async with database.connection(client_id) as sql:
        rows = await sql.fetch(
            f"SELECT {facts}, count(*) AS orders FROM orders AS o "  # noqa: S608
            f"WHERE o.client_id = $1{conditions.text()} GROUP BY {places}",
            *conditions.parameters,
        )
    return {_facts(LOOKS_AT[question.action], row): row["orders"] for row in rows}


async def targets_page(
    database: Database,
    *,
    client_id: int,
    question: Question,
    among: Mapping[Facts, int],
    request: PageRequest,
) -> Page[tuple[int, Facts]]:
    """A page of the selection in rank key order: the id and facts of each order with facts `among` these.

    They come from `count_by_facts`, which has counted the orders already.
    """
    conditions = question.selection.conditions(client_id)
    expressions = question.expressions(conditions)
    _add_facts(conditions, question.action, expressions, among)
    table = Table(
        source="orders AS o",
        client="o.client_id",
        columns={"id": Column("o.id")} | {name: Column(text) for name, text in expressions.items()},
    )
    page = await fetch_page(
        database,
        table,
        conditions=conditions,
        names=list(table.columns),
        ordering=ORDERINGS[OrderSort.RANK],
        request=request,
    )

    async def count() -> int:
        return sum(among.values())

    return Page(
        nodes=[(row["id"], _facts(LOOKS_AT[question.action], row)) for row in page.nodes],
        cursors=page.cursors,
        has_next_page=page.has_next_page,
        has_previous_page=page.has_previous_page,
        count=count,
    )


def _add_facts(
    conditions: Conditions, action: BulkAction, expressions: Mapping[str, str], among: Collection[Facts]
) -> None:
    places = []
    for name in LOOKS_AT[action]:
        conditions.parameters.append([getattr(facts, name) for facts in among])
        places.append(f"${len(conditions.parameters)}::{'text' if name == 'status' else 'bool'}[]")
    found, wanted = ", ".join(expressions.values()), ", ".join(places)
    conditions.clauses.append(f"({found}) IN (SELECT * FROM unnest({wanted}))")  # noqa: S608


def _facts(names: Sequence[str], row: Row) -> Facts:
    looked_at = {name: row[name] for name in names}
    return Facts(**looked_at | {"status": OrderStatus(row["status"])})
