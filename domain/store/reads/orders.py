"""Orders and their lines, as they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.rules.described import Described
from domain.rules.vocabulary import (
    BackOrderStatus,
    DeliveryStatus,
    OrderCondition,
    OrderStatus,
    QueueStatus,
)
from domain.store.database import Database
from domain.store.reads.columns import Column, Reference, Table
from domain.store.reads.named import DISTRIBUTION_CENTERS, SKUS, STORES
from domain.store.reads.paging import KeyPart, Ordering
from domain.store.reads.select import Conditions, one_of
from domain.store.reference import printable

_PLAIN = [
    *("id", "number", "version", "distribution_center_id", "store_id"),
    *("status", "delivery_status", "queue_status", "back_order_status", "is_back_order", "condition"),
    "back_order_mark",
    *("locked", "priority", "ordered_at", "accepted_at", "delayed_until", "promised_at", "confirmed_at"),
    *("marketplace_status", "marketplace_invoice_number", "sales_order_code", "invoice_code"),
    *("shipping_agency", "email"),
]
_LINE = ("id", "order_id", "sku_id", "line_number", "route", "requested", "allocated", "shipped", "cancelled")

ORDERS = Table(
    source="orders AS o",
    client="o.client_id",
    columns={name: Column(f"o.{name}") for name in _PLAIN}
    | {
        "order_type": Column("o.order_type"),
        "service": Column("o.service"),
        "country": Column("o.country"),
        "hold_rule": Column("hold.id", ("hold",)),
        "hold_expires_at": Column(
            "o.accepted_at + make_interval(hours => coalesce(hold.hours, settings.hold_hours))",
            ("settings", "hold"),
        ),
    },
    joins={
        "settings": "JOIN client_settings AS settings ON settings.client_id = $1",
        "st": "LEFT JOIN stores AS st ON st.client_id = $1 AND st.id = o.store_id",
        # What rules/hold_rules decides for runs (B3), for whoever looks at the order.
        "hold": "LEFT JOIN LATERAL (SELECT rule.id, rule.hours FROM hold_rules AS rule"
        " WHERE rule.client_id = $1"
        " AND (rule.distribution_center_id IS NULL OR rule.distribution_center_id = o.distribution_center_id)"
        " AND (rule.order_type IS NULL OR rule.order_type = o.order_type)"
        " AND (rule.shipping_agency IS NULL OR rule.shipping_agency = o.shipping_agency)"
        " AND (rule.service IS NULL OR rule.service = o.service)"
        " AND (rule.country IS NULL OR rule.country = o.country)"
        " ORDER BY rule.specificity DESC LIMIT 1) AS hold ON true",
    },
    fields={"condition_name": ("condition",)},
    references={
        "distribution_center": Reference("distribution_center_id", DISTRIBUTION_CENTERS),
        "store": Reference("store_id", STORES),
    },
)

LINES = Table(
    source="order_lines AS l",
    client="l.client_id",
    columns={name: Column(f"l.{name}") for name in _LINE}
    | {
        "open": Column("l.requested - l.allocated - l.shipped - l.cancelled"),
        "fulfilled": Column("l.allocated + l.shipped"),
        "back_ordered_qty": Column("coalesce(demand.back_ordered, 0)", ("demand",)),
        "since": Column("demand.back_ordered_since", ("demand",)),
        "distribution_center_id": Column("o.distribution_center_id", ("o",)),
        "available": Column(
            "greatest(coalesce(level.on_hand - level.allocated - level.protected, 0), 0)", ("o", "level")
        ),
        "incoming": Column(
            "(SELECT least(coalesce(sum(coming.open), 0), 2147483647)::int"
            " FROM purchase_order_lines AS coming WHERE coming.client_id = $1"
            " AND coming.distribution_center_id = o.distribution_center_id"
            " AND coming.sku_id = l.sku_id AND coming.open > 0)",
            ("o",),
        ),
        "promised_at": Column("coalesce(demand.promised_at, vendor.expected_at)", ("demand", "vendor")),
        "promise_reason": Column(
            "CASE WHEN demand.promised_at IS NOT NULL OR vendor.expected_at IS NOT NULL THEN NULL"
            " WHEN vendor.id IS NOT NULL THEN 'INCOMING_UNDATED'"
            " WHEN demand.line_id IS NULL THEN 'NOTHING_OPEN'"
            " WHEN demand.back_ordered = 0 THEN 'IN_STOCK'"
            " ELSE coalesce(demand.promise_gap, 'NO_INCOMING') END",
            ("demand", "vendor"),
        ),
        "pin_reason": Column("pin.reason", ("pin",)),
        "pinned_by": Column("pin.pinned_by", ("pin",)),
        "pinned_at": Column("pin.pinned_at", ("pin",)),
        "short": Column(
            "l.requested - l.allocated - l.shipped - l.cancelled"
            " > greatest(coalesce(level.on_hand - level.allocated - level.protected, 0), 0)",
            ("o", "level"),
        ),
    },
    joins={
        "demand": "LEFT JOIN pool_demand AS demand ON demand.client_id = $1 AND demand.line_id = l.id",
        "vendor": "LEFT JOIN purchase_order_lines AS vendor ON vendor.client_id = $1 AND l.route = 'DROPSHIP'"
        " AND vendor.order_line_id = l.id AND vendor.dropship_order_id IS NOT NULL AND vendor.open > 0",
        "pin": "LEFT JOIN line_pins AS pin ON pin.client_id = $1 AND pin.line_id = l.id",
        "o": "JOIN orders AS o ON o.client_id = $1 AND o.id = l.order_id",
        "level": "LEFT JOIN stock_levels AS level ON level.client_id = $1"
        " AND level.distribution_center_id = o.distribution_center_id AND level.sku_id = l.sku_id",
    },
    fields={"pin": ("pin_reason", "pinned_by", "pinned_at")},
    references={"order": Reference("order_id", ORDERS), "sku": Reference("sku_id", SKUS)},
)

BY_LINE_NUMBER = Ordering(
    "line", (KeyPart("line_number", "l.line_number", "int"), KeyPart("id", "l.id", "bigint"))
)


class OrderSort(Described):
    """How a list of orders is sorted."""

    RANK = "RANK", "As they are served: priority, then order time, then id."
    ORDERED_AT = "ORDERED_AT", "The latest order first."
    NUMBER = "NUMBER", "By number, as text."


_ID = KeyPart("id", "o.id", "bigint")

ORDERINGS = {
    OrderSort.RANK: Ordering(
        "rank",
        (
            KeyPart("priority", "o.priority", "int", descending=True),
            KeyPart("ordered_at", "o.ordered_at", "timestamptz"),
            _ID,
        ),
    ),
    OrderSort.ORDERED_AT: Ordering(
        "ordered",
        (
            KeyPart("ordered_at", "o.ordered_at", "timestamptz", descending=True),
            KeyPart("id", "o.id", "bigint", descending=True),
        ),
    ),
    OrderSort.NUMBER: Ordering("number", (KeyPart("number", "o.number", "text"),)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders; conditions are combined with AND, the values of one with OR."""

    ids: Sequence[int] | None = None
    numbers: Sequence[str] | None = None
    search: str | None = None
    invoice_number: str | None = None
    status: Sequence[str] | None = None
    delivery_status: Sequence[str] | None = None
    queue_status: Sequence[str] | None = None
    back_order_status: Sequence[str] | None = None
    condition: Sequence[str] | None = None
    distribution_center: int | None = None
    store: int | None = None
    locked: bool | None = None
    ordered_from: datetime | None = None
    ordered_until: datetime | None = None


# What is looked up, whatever the order of the list.
_LOOKED_UP = {"ids": "o.id = ANY({}::bigint[])", "numbers": "o.number = ANY({}::text[])"}
_VALUES = {
    "distribution_center": "o.distribution_center_id = {}",
    "store": "o.store_id = {}",
    "ordered_from": "o.ordered_at >= {}",
    "ordered_until": "o.ordered_at < {}",
}
# Those of them by which a list is followed that is sorted so.
_FOLLOWED: Mapping[OrderSort, frozenset[str]] = {
    OrderSort.RANK: frozenset({"distribution_center", "ordered_from", "ordered_until"}),
    OrderSort.ORDERED_AT: frozenset({"store", "ordered_from", "ordered_until"}),
    OrderSort.NUMBER: frozenset(),
}
_WORDS: Mapping[str, type[Described]] = {
    "status": OrderStatus,
    "delivery_status": DeliveryStatus,
    "queue_status": QueueStatus,
    "back_order_status": BackOrderStatus,
    "condition": OrderCondition,
}
_ENDED = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.OC_REJECTED})

# What follows from a filter is said beside it, so that an index of a part of the orders can be used: nobody
# who looks for what is under way reads through what has ended.
_IMPLIED: Sequence[tuple[str, frozenset[Described], str]] = (
    ("status", frozenset(set(OrderStatus) - _ENDED), "o.ended_as IS NULL"),
    ("queue_status", frozenset({QueueStatus.PARTIALLY_PROCESSED}), "o.partly_processed"),
    (
        "queue_status",
        frozenset({QueueStatus.QUEUED, QueueStatus.PARTIALLY_PROCESSED}),
        "o.ended_as IS NULL",
    ),
    (
        "back_order_status",
        frozenset({BackOrderStatus.PARTIAL, BackOrderStatus.FULL}),
        "o.ended_as IS NULL",
    ),
    (
        "delivery_status",
        frozenset({DeliveryStatus.DELIVERY_NOTE_CREATED, DeliveryStatus.PARTIALLY_DELIVERED}),
        "o.ended_as IS NULL",
    ),
)

# Orders are locked as long as they have Backlog SKUs (A3). An index over what locks an order would be
# written, with all others, whenever one is set aside.
_WITH_BACKLOG_SKUS = "o.id IN (SELECT item.order_id FROM backlog_skus AS item WHERE item.client_id = $1)"
_SET_ASIDE = frozenset({DeliveryStatus.UNDELIVERED_SKU_CREATED, DeliveryStatus.DELIVERY_NOTE_CREATED})


_MANY_FOUND = 2_000
"""So many orders are looked up by their ids, and then sorted, for a page of those that a search finds."""


async def search_finds_many(database: Database, *, client_id: int, order_filter: OrderFilter) -> bool:
    """Whether many orders begin with what the filter searches for, as all do with `SO-`."""
    if order_filter.search is None or not printable([order_filter.search]):
        return False
    async with database.connection(client_id) as sql:
        many: bool = await sql.fetchval(
            "SELECT is_common_beginning($1, $2)", order_filter.search, _MANY_FOUND
        )
        return many


def order_conditions(
    client_id: int,
    order_filter: OrderFilter,
    *,
    sort: OrderSort = OrderSort.RANK,
    finds_many: bool = False,
) -> Conditions:
    """The filter as SQL conditions on `orders AS o`, for a list that is sorted so.

    When the search `finds_many`, rows are tried as they come in the order of the list: a page is full soon.
    """
    conditions = Conditions.of_client(client_id)
    for name, clause in _LOOKED_UP.items():
        value = getattr(order_filter, name)
        if value is not None:
            conditions.add(clause, printable(value) if name == "numbers" else value)
    for name, kind in _WORDS.items():
        value = getattr(order_filter, name)
        if value is not None:
            _add_words(conditions, name, frozenset(map(kind, value)), sort)
    followed = _FOLLOWED[sort]
    if conditions.clauses and sort is OrderSort.RANK:
        # Of several indexes only one can be.
        followed -= {"distribution_center"}
    for name, clause in _VALUES.items():
        value = getattr(order_filter, name)
        if value is not None and name in followed:
            conditions.add(clause, value)
        elif value is not None:
            conditions.scatter(clause.format(conditions.place(value)))
    if order_filter.locked is True:
        conditions.scatter("o.locked", of_all=f"o.locked AND {_WITH_BACKLOG_SKUS}")
    if order_filter.locked is False:
        conditions.clauses.append("NOT o.locked")
    if order_filter.search is not None:
        _add_search(conditions, order_filter.search, finds_many=finds_many)
    if order_filter.invoice_number is not None:
        add_invoice_number(conditions, order_filter.invoice_number)
    return conditions


def add_invoice_number(conditions: Conditions, number: str) -> None:
    """AND the order has this invoice code, or marketplace invoice number."""
    if not printable([number]):
        conditions.clauses.append("false")
        return
    conditions.add("o.id IN (SELECT orders_invoiced_as({}))", number)


def _begins_so(column: str) -> str:
    # As orders_beginning_with has it.
    return (
        f'lower({column}) COLLATE "C" >= lower({{0}}) COLLATE "C"'
        f' AND lower({column}) COLLATE "C" < (lower({{0}}) || chr(1114111)) COLLATE "C"'
    )


_BEGINS_SO = f"({_begins_so('o.number')} OR {_begins_so('o.marketplace_invoice_number')})"


def _add_words(conditions: Conditions, name: str, words: frozenset[Described], sort: OrderSort) -> None:
    ended = name == "status" and bool(words) and words <= _ENDED
    clause = one_of("o.ended_as" if ended else f"o.{name}", sorted(words))
    implied = [implied for implying, of, implied in _IMPLIED if name == implying and words and words <= of]
    everything = " AND ".join([clause, *implied])
    if name == "delivery_status" and words and words <= _SET_ASIDE:
        conditions.scatter(clause, of_all=f"{everything} AND {_WITH_BACKLOG_SKUS}")
        conditions.clauses += implied if sort is OrderSort.RANK else ()
    elif name == "condition" and len(words) > 1 and sort is OrderSort.RANK:
        # Each is in order, but not all of them together.
        conditions.scatter(clause)
    elif sort is OrderSort.NUMBER and (implied or ended or name == "condition"):
        conditions.scatter(clause, of_all=everything)
    else:
        conditions.clauses += [clause, *implied]


def _add_search(conditions: Conditions, text: str, *, finds_many: bool) -> None:
    """Orders whose number or marketplace invoice number begins with the text, whatever its case."""
    if not printable([text]):
        conditions.clauses.append("false")
        return
    conditions.add(_BEGINS_SO if finds_many else "o.id IN (SELECT orders_beginning_with({}))", text)
