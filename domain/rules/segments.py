"""Segments: which orders of a pool a reallocation treats alike, and who of them comes first (F3).

An order belongs to the first segment whose filter it passes, and to none when it passes no filter. Orders,
not lines, are put into segments, because hold, shipment policy and the whole-order rules (B4-B8) are about
orders: a line could not keep what its segment promises while its order has to give everything back.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from domain.rules.rank import rank_key
from domain.rules.vocabulary import ConfirmationStrategy, SegmentSort

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SegmentFilter(NamedTuple):
    """What an order must be like: every condition that is not None holds, and of a set any member.

    Ages are those of the order time. `sku_ids` asks for at least one line of one of them.
    """

    priority_from: int | None = None
    priority_to: int | None = None
    min_age: timedelta | None = None
    max_age: timedelta | None = None
    order_types: frozenset[str] | None = None
    shipping_agencies: frozenset[str] | None = None
    services: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    store_ids: frozenset[int] | None = None
    sku_ids: frozenset[int] | None = None
    order_ids: frozenset[int] | None = None


class Segment(NamedTuple):
    """A segment at its position (from 1), what it does to its orders, and which of them come first."""

    position: int
    strategy: ConfirmationStrategy
    sort: SegmentSort
    filter: SegmentFilter


class OrderTraits(NamedTuple):
    """What segments ask of an order. `sku_ids` and `units` are of the lines that can be reallocated."""

    order_id: int
    priority: int
    ordered_at: datetime
    order_type: str | None
    shipping_agency: str | None
    service: str | None
    country: str | None
    store_id: int | None
    sku_ids: frozenset[int]
    units: int


SortKey = tuple[int | timedelta, tuple[int, datetime, int]]


def segment_of(order: OrderTraits, *, segments: Iterable[Segment], now: datetime) -> Segment | None:
    """The first of the segments, which come by position, that the order passes into; None when none."""
    return next((segment for segment in segments if passes(order, segment.filter, now=now)), None)


def passes(order: OrderTraits, wanted: SegmentFilter, *, now: datetime) -> bool:
    """Whether the order has everything that the filter asks for. The bounds themselves are inside."""
    age = now - order.ordered_at
    return (
        (wanted.priority_from is None or order.priority >= wanted.priority_from)
        and (wanted.priority_to is None or order.priority <= wanted.priority_to)
        and (wanted.min_age is None or age >= wanted.min_age)
        and (wanted.max_age is None or age <= wanted.max_age)
        and (wanted.order_types is None or order.order_type in wanted.order_types)
        and (wanted.shipping_agencies is None or order.shipping_agency in wanted.shipping_agencies)
        and (wanted.services is None or order.service in wanted.services)
        and (wanted.countries is None or order.country in wanted.countries)
        and (wanted.store_ids is None or order.store_id in wanted.store_ids)
        and (wanted.sku_ids is None or not wanted.sku_ids.isdisjoint(order.sku_ids))
        and (wanted.order_ids is None or order.order_id in wanted.order_ids)
    )


def sort_key(order: OrderTraits, sort: SegmentSort) -> SortKey:
    """A key that sorts the orders of a segment; among equals, and for RANK, the rank key decides."""
    rank = rank_key(priority=order.priority, ordered_at=order.ordered_at, order_id=order.order_id)
    if sort is SegmentSort.OLDEST_FIRST:
        return (order.ordered_at - _EPOCH, rank)
    if sort is SegmentSort.NEWEST_FIRST:
        return (_EPOCH - order.ordered_at, rank)
    if sort is SegmentSort.SMALLEST_FIRST:
        return (order.units, rank)
    if sort is SegmentSort.LARGEST_FIRST:
        return (-order.units, rank)
    return (0, rank)


def unreachable(segments: Sequence[Segment]) -> int | None:
    """The position of the first segment that no order can reach, since one before it takes every order."""
    for earlier, later in pairwise(segments):
        if earlier.filter == SegmentFilter():
            return later.position
    return None
