"""Counting stock, and what is heard of after a count and happened before it (F8, F10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from domain.operations.checks import MAX_QUANTITY, WrongRows
from domain.operations.command import Work
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.moving import move_stock
from domain.rules import counts
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import stock


class Counted(NamedTuple):
    """What was counted of a SKU, in units, and the count's place in the request."""

    place: int
    units: int


async def count_pool(
    work: Work, distribution_center_id: int, counted: Mapping[int, Counted], wrong: WrongRows
) -> None:
    """Set what is on hand of SKUs (by id) in the pool, which the caller has locked, from a count.

    A count of a moment that is past (`work.happened_at`) tells of then: what came and left since is added.
    Refuses, or sets apart, what stands at its place in `input`: INSUFFICIENT_STOCK when less would be on hand
    than dispatches hold, INVALID_INPUT when more than a level holds, and NOTHING_TO_DO for a SKU that was
    counted again since.
    """
    pool = {"client_id": work.client_id, "distribution_center_id": distribution_center_id}
    await stock.ensure_levels(work.sql, **pool, sku_ids=counted)
    levels = await stock.levels(work.sql, **pool, sku_ids=counted)
    then = work.happened_at
    since: Mapping[int, int] = {}
    if then is not None:
        since = await stock.moved_since(work.sql, **pool, sku_ids=counted, since=then)
    movements = []
    stands = []
    for sku_id, (index, units) in counted.items():
        level, moved = levels[sku_id], since.get(sku_id, 0)
        on_hand = units + moved
        with wrong.at(index):
            path = ("input", str(index), "onHand")
            _check_latest(then, level["counted_at"], path=path)
            _check(on_hand, units, moved, level["allocated"], path=path)
            stands.append(sku_id)
        if index in wrong.refusals:
            continue
        if difference := on_hand - level["on_hand"]:
            place = {"distribution_center": distribution_center_id, "sku": sku_id}
            after: dict[str, object] = {**place, "on_hand": on_hand}
            if then is not None:
                after |= {"counted": units, "counted_at": then, "moved_since": moved}
            movements.append(
                stock.Movement(
                    sku_id=sku_id, kind="COUNT", on_hand=difference, note=_note(then, units, moved)
                )
            )
            work.audit(
                "STOCK_COUNTED",
                f"{units} units of SKU {sku_id} were counted in distribution center "
                f"{distribution_center_id}.",
                before={**place, "on_hand": level["on_hand"]},
                after=after,
            )
    await stock.set_counted(work.sql, **pool, sku_ids=stands, at=then or work.now)
    await move_stock(work, distribution_center_id=distribution_center_id, movements=movements)
    await refresh_coverage(
        work,
        distribution_center_id=distribution_center_id,
        sku_ids={movement.sku_id for movement in movements},
    )


async def leave_out_what_was_counted(
    work: Work, *, distribution_center_id: int, moved: Mapping[int, int]
) -> set[int]:
    """Take back from the levels what just moved (units by SKU id) and was in a later count already.

    The pool is locked by the caller, who computes coverage of the SKUs in the answer anew.
    """
    if work.happened_at is None:
        return set()
    levels = await stock.levels(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        sku_ids=moved,
    )
    movements = [
        stock.Movement(
            sku_id=sku_id,
            kind="COUNT",
            on_hand=-units,
            note="was there when the SKU was counted later"
            if units > 0
            else "had left when the SKU was counted later",
        )
        for sku_id, units in moved.items()
        if counts.is_counted(happened_at=work.happened_at, latest=levels[sku_id]["counted_at"])
    ]
    await move_stock(work, distribution_center_id=distribution_center_id, movements=movements)
    for movement in movements:
        level = levels[movement.sku_id]
        place = {"distribution_center": distribution_center_id, "sku": movement.sku_id}
        work.audit(
            "STOCK_COUNTED",
            f"What moved of SKU {movement.sku_id} in distribution center {distribution_center_id} "
            "had been counted already.",
            before={**place, "on_hand": level["on_hand"]},
            after={
                **place,
                "on_hand": level["on_hand"] + movement.on_hand,
                "counted_at": level["counted_at"],
                "happened_at": work.happened_at,
            },
        )
    return {movement.sku_id for movement in movements}


def _note(then: datetime | None, units: int, moved: int) -> str | None:
    if then is None:
        return None
    more, less = ("came", "left") if moved >= 0 else ("left", "came")
    return f"{units} counted, and {abs(moved)} more {more} than {less} since"


def _check_latest(then: datetime | None, latest: datetime | None, *, path: tuple[str, ...]) -> None:
    if then is not None and latest is not None and counts.is_outdated(counted_at=then, latest=latest):
        raise Refusal(
            ErrorCode.NOTHING_TO_DO,
            f"It was counted again at {latest.isoformat()}, later; that count stands.",
            path=path,
        )


def _check(on_hand: int, units: int, moved: int, allocated: int, *, path: tuple[str, ...]) -> None:
    if on_hand < allocated:
        left = f"and {-moved} more left than came since, which leaves {on_hand}"
        raise Refusal(
            ErrorCode.INSUFFICIENT_STOCK,
            f"Dispatches hold {allocated} units, so {units} on hand can't be right; cancel dispatches first."
            if not moved
            else f"{units} units were counted, {left}, but dispatches hold {allocated}; "
            "count again, or cancel dispatches first.",
            path=path,
            details={"wanted": allocated, "available": on_hand},
        )
    if on_hand > MAX_QUANTITY:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"More than {MAX_QUANTITY:,} units of a SKU would be on hand; check the quantity.",
            path=path,
        )
