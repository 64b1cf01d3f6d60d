"""Reallocation variants: named lists of segments, each with its strategy (F3)."""

from __future__ import annotations

import msgspec

from domain.operations.checks import check_text
from domain.operations.command import Command, Work, perform
from domain.operations.steps.segment_filters import check_filter, resolve_filters, with_ids
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.segments import Segment, unreachable
from domain.rules.vocabulary import ConfirmationStrategy, SegmentSort, UnmetWin
from domain.store import reallocation_variants
from domain.store.database import Row
from domain.store.reallocation_variants import NewSegment, StoredFilter

MOST_SEGMENTS = 100


class SegmentInput(msgspec.Struct, frozen=True, kw_only=True):
    """A segment of a variant."""

    name: str
    strategy: ConfirmationStrategy
    sort: SegmentSort = SegmentSort.RANK
    filter: StoredFilter = StoredFilter()


class VariantInput(msgspec.Struct, frozen=True, kw_only=True):
    """A variant; an order belongs to the first segment that takes it."""

    name: str
    unmet_win: UnmetWin = UnmetWin.STOP
    segments: tuple[SegmentInput, ...]


class VariantSet(msgspec.Struct, frozen=True):
    """The variant that was created or changed."""

    variant_id: int


class VariantDeleted(msgspec.Struct, frozen=True):
    """The variant that is no more."""

    variant_id: int


async def set_reallocation_variant(
    command: Command, *, variant: VariantInput, expected_version: int | None = None
) -> VariantSet:
    """Create the variant, or replace what the one of this name says; plans of the old one are stale then.

    Raises INVALID_INPUT for names, bounds or lists that make no sense and for a segment that no order can
    reach, NOT_FOUND for unknown codes and numbers, NOTHING_TO_DO when it says so already, and
    VERSION_CONFLICT.
    """

    async def body(work: Work) -> VariantSet:
        _check(variant)
        await resolve_filters(work, [segment.filter for segment in variant.segments], strict=True)
        return VariantSet(await _put(work, variant, expected_version))

    return await perform(
        command,
        operation="setReallocationVariant",
        payload=[variant, expected_version],
        answer=VariantSet,
        body=body,
    )


async def delete_reallocation_variant(command: Command, *, variant_id: int) -> VariantDeleted:
    """Delete the variant; plans made by it stay, and are stale. Raises NOT_FOUND."""

    async def body(work: Work) -> VariantDeleted:
        row = await reallocation_variants.get(work.sql, client_id=work.client_id, variant_id=variant_id)
        if row is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such reallocation variant.", path=("id",))
        await reallocation_variants.delete(work.sql, client_id=work.client_id, variant_id=variant_id)
        work.settings_changed()
        work.audit(
            "REALLOCATION_VARIANT_DELETED",
            f"Reallocation variant {row['name']} was deleted.",
            before={"variant": variant_id, "name": row["name"]},
        )
        return VariantDeleted(variant_id)

    return await perform(
        command,
        operation="deleteReallocationVariant",
        payload=variant_id,
        answer=VariantDeleted,
        body=body,
    )


async def segments_of(work: Work, *, variant_id: int) -> list[Segment]:
    """The variant's segments by position, with ids instead of codes and numbers."""
    rows = await reallocation_variants.segments_of(work.sql, client_id=work.client_id, variant_id=variant_id)
    stored = [msgspec.json.decode(row["takes"], type=StoredFilter) for row in rows]
    return [
        Segment(row["position"], ConfirmationStrategy(row["strategy"]), SegmentSort(row["sort"]), resolved)
        for row, resolved in zip(rows, await resolve_filters(work, stored, strict=False), strict=True)
    ]


async def _put(work: Work, variant: VariantInput, expected_version: int | None) -> int:
    row = await reallocation_variants.lock(work.sql, client_id=work.client_id, name=variant.name)
    current = 0 if row is None else row["version"]
    if expected_version is not None and expected_version != current:
        raise Refusal(
            ErrorCode.VERSION_CONFLICT,
            f"The variant is at version {current} by now, not {expected_version}; read it again first.",
            path=("expectedVersion",),
            details={"currentVersion": current},
        )
    before = None if row is None else await _as_it_is(work, row)
    if before == variant:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "The variant says so already.", path=("input",))
    if row is None:
        variant_id = await reallocation_variants.create(
            work.sql, client_id=work.client_id, name=variant.name, unmet_win=variant.unmet_win, at=work.now
        )
    else:
        variant_id = row["id"]
        await reallocation_variants.change(
            work.sql,
            client_id=work.client_id,
            variant_id=variant_id,
            unmet_win=variant.unmet_win,
            at=work.now,
        )
    await reallocation_variants.replace_segments(
        work.sql,
        client_id=work.client_id,
        variant_id=variant_id,
        segments=[
            NewSegment(
                name=segment.name,
                strategy=segment.strategy,
                sort=segment.sort,
                takes=msgspec.json.encode(segment.filter).decode(),
            )
            for segment in variant.segments
        ],
    )
    work.settings_changed()
    work.audit(
        "REALLOCATION_VARIANT_SET",
        f"Reallocation variant {variant.name} was {'created' if row is None else 'changed'}.",
        before=None if before is None else msgspec.to_builtins(before),
        after=msgspec.to_builtins(variant),
    )
    return variant_id


async def _as_it_is(work: Work, row: Row) -> VariantInput:
    segments = await reallocation_variants.segments_of(
        work.sql, client_id=work.client_id, variant_id=row["id"]
    )
    return VariantInput(
        name=row["name"],
        unmet_win=UnmetWin(row["unmet_win"]),
        segments=tuple(
            SegmentInput(
                name=segment["name"],
                strategy=ConfirmationStrategy(segment["strategy"]),
                sort=SegmentSort(segment["sort"]),
                filter=msgspec.json.decode(segment["takes"], type=StoredFilter),
            )
            for segment in segments
        ),
    )


def _check(variant: VariantInput) -> None:
    check_text(variant.name, what="name", path=("input", "name"))
    if not 1 <= len(variant.segments) <= MOST_SEGMENTS:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"A variant has from 1 to {MOST_SEGMENTS} segments.",
            path=("input", "segments"),
        )
    for place, segment in enumerate(variant.segments):
        path = ("input", "segments", str(place))
        check_text(segment.name, what="name", path=(*path, "name"))
        check_filter(segment.filter, path=(*path, "filter"))
    lost = unreachable(
        [
            Segment(place, segment.strategy, segment.sort, with_ids(segment.filter, {}, {}, {}))
            for place, segment in enumerate(variant.segments)
        ]
    )
    if lost is not None:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "No order can reach this segment: the one before it takes every order. Put it further up.",
            path=("input", "segments", str(lost)),
        )
