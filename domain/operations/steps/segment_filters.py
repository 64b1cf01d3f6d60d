"""Filters of segments: as people give them, checked, and with ids instead of codes and numbers (F3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from domain.operations.checks import MAX_PER_CALL, check_text
from domain.operations.command import Work
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.segments import SegmentFilter
from domain.store import orders, reference
from domain.store.reallocation_variants import StoredFilter

MOST_AGE_HOURS = 876_000
"""A hundred years, in hours."""


_LISTS = {
    "order_types": "orderTypes",
    "shipping_agencies": "shippingAgencies",
    "services": "services",
    "countries": "countries",
    "store_codes": "storeCodes",
    "sku_codes": "skuCodes",
    "order_numbers": "orderNumbers",
}


def check_filter(wanted: StoredFilter, *, path: tuple[str, ...]) -> None:
    """Raise INVALID_INPUT under `path` for bounds that nothing is within, empty or long lists, no texts."""
    ages = {"minAgeHours": wanted.min_age_hours, "maxAgeHours": wanted.max_age_hours}
    for field, age in ages.items():
        if age is not None and not 0 <= age <= MOST_AGE_HOURS:
            raise Refusal(
                ErrorCode.INVALID_INPUT, f"Ages are from 0 to {MOST_AGE_HOURS:,} hours.", path=(*path, field)
            )
    for field, low, high in (
        ("priorityTo", wanted.priority_from, wanted.priority_to),
        ("maxAgeHours", wanted.min_age_hours, wanted.max_age_hours),
    ):
        if low is not None and high is not None and low > high:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                "No order is within these bounds; the lower one is above the upper one.",
                path=(*path, field),
            )
    for name, field in _LISTS.items():
        values: tuple[str, ...] | None = getattr(wanted, name)
        if values is not None and not 1 <= len(values) <= MAX_PER_CALL:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"Name from 1 to {MAX_PER_CALL:,}, or leave the list out to ask for nothing.",
                path=(*path, field),
            )
        for place, value in enumerate(values or ()):
            check_text(value, what="value", path=(*path, field, str(place)), longest=255)


async def resolve_filters(
    work: Work, filters: Sequence[StoredFilter], *, strict: bool
) -> list[SegmentFilter]:
    """The filters with ids. With `strict`, NOT_FOUND for what is unknown; else no order has it."""
    codes = await reference.resolve(
        work.sql,
        client_id=work.client_id,
        stores={code for wanted in filters for code in wanted.store_codes or ()},
        skus={code for wanted in filters for code in wanted.sku_codes or ()},
    )
    numbers = await orders.existing_numbers(
        work.sql,
        client_id=work.client_id,
        numbers={number for wanted in filters for number in wanted.order_numbers or ()},
    )
    for place, wanted in enumerate(filters if strict else ()):
        path = ("input", "segments", str(place), "filter")
        _require(wanted.store_codes, codes.stores, "store with the code", (*path, "storeCodes"))
        _require(wanted.sku_codes, codes.skus, "SKU with the code", (*path, "skuCodes"))
        _require(wanted.order_numbers, numbers, "order with the number", (*path, "orderNumbers"))
    return [with_ids(wanted, codes.stores, codes.skus, numbers) for wanted in filters]


def _require(values: Sequence[str] | None, known: Collection[str], what: str, path: tuple[str, ...]) -> None:
    for place, value in enumerate(values or ()):
        if value not in known:
            raise Refusal(ErrorCode.NOT_FOUND, f"There is no {what} {value!r}.", path=(*path, str(place)))


def with_ids(
    wanted: StoredFilter, stores: Mapping[str, int], skus: Mapping[str, int], numbers: Mapping[str, int]
) -> SegmentFilter:
    """The filter with ids, of what is in the mappings; whatever is not, no order has."""

    def ids(values: Sequence[str] | None, known: Mapping[str, int]) -> frozenset[int] | None:
        return None if values is None else frozenset(known[value] for value in values if value in known)

    def texts(values: Sequence[str] | None) -> frozenset[str] | None:
        return None if values is None else frozenset(values)

    def age(hours: int | None) -> timedelta | None:
        return None if hours is None else timedelta(hours=hours)

    return SegmentFilter(
        wanted.priority_from,
        wanted.priority_to,
        age(wanted.min_age_hours),
        age(wanted.max_age_hours),
        texts(wanted.order_types),
        texts(wanted.shipping_agencies),
        texts(wanted.services),
        texts(wanted.countries),
        ids(wanted.store_codes, stores),
        ids(wanted.sku_codes, skus),
        ids(wanted.order_numbers, numbers),
    )
