"""Carrying out what a run has planned: a chunk of orders at a time, under the pool's lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from domain.operations.command import Work
from domain.operations.steps.releasing import Release, release
from domain.rules.cross_dock import OwnLine, OwnUnits, keep, offer, take_back, used_by_others
from domain.rules.vocabulary import AllocationReason, DispatchKind, QueueStatus
from domain.store import cross_docks, locks, runs, stock
from domain.store.database import Row

CHUNK_LINES = 10_000
"""Lines carried out at once: a bound on memory and, in a run, on how long the pool is locked."""


Told = Callable[[int], Awaitable[None]]
"""Is told, part by part, how many lines of something large are done."""


async def apply_chunk(
    work: Work, *, run_id: int, distribution_center_id: int, planned_lines: int, after: int, size: int
) -> runs.Progress | None:
    """Make the dispatches of about `size` lines after the rank `after`; None when there is none left.

    The pool is locked by the caller, who records the progress. Orders that are not as they were planned,
    and those whose stock somebody has taken since, are passed over and their decisions voided.
    """
    pool = distribution_center_id
    if after >= planned_lines:
        return None
    until = await runs.chunk_end(work.sql, client_id=work.client_id, run_id=run_id, after=after, size=size)
    ranks = {"client_id": work.client_id, "run_id": run_id, "after": after, "until": until}
    planned = await runs.given_lines(work.sql, **ranks)
    current = await locks.lock_orders(
        work.sql, client_id=work.client_id, order_ids={decision["order_id"] for decision in planned}
    )
    available = await stock.available(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=pool,
        sku_ids={decision["sku_id"] for decision in planned},
    )
    own = await cross_docks.kept(
        work.sql, client_id=work.client_id, distribution_center_id=pool, sku_ids=available
    )
    chunk = _check(planned, current, available, own)
    await runs.void(work.sql, **ranks, order_ids=chunk.changed, reason=AllocationReason.CHANGED_DURING_RUN)
    await runs.void(work.sql, **ranks, order_ids=chunk.upset, reason=AllocationReason.STOCK_TAKEN_DURING_RUN)
    outcomes = await release(
        work,
        kind=DispatchKind.PROCESSOR,
        distribution_center_id=pool,
        releases=chunk.holding,
        before=current,
        run_id=run_id,
    )
    if chunk.own_left:
        await cross_docks.reduce(work.sql, client_id=work.client_id, units=chunk.own_left)
    back_ordered = sum(
        outcome.queue_status is QueueStatus.PARTIALLY_PROCESSED for outcome in outcomes.values()
    )
    return runs.Progress(
        applied_rank=until,
        committed=len(outcomes) - back_ordered,
        back_ordered=back_ordered,
        voided=len(chunk.changed) + len(chunk.upset),
    )


@dataclass(slots=True)
class _Chunk:
    """What a chunk's plan gives, sorted by what still holds under the pool's lock."""

    holding: list[Release]
    changed: list[int]
    """Orders that changed since the plan was made."""
    upset: list[int]
    """Orders whose stock somebody else has taken since."""
    own_left: dict[int, int]
    """What is left of own units (by line id) that other lines of the order have used up (D6)."""


def _check(
    planned: Sequence[Row], current: Sequence[Row], available: Mapping[int, int], own: Sequence[Row]
) -> _Chunk:
    """Keep, in rank order, every order that is as it was planned and whose stock is still there for it."""
    versions = {order["id"]: order["planned_version"] for order in current}
    left = dict(available)
    kept = keep(own=[OwnUnits(row["order_id"], row["sku_id"], row["units"]) for row in own], left=left)
    own_lines: defaultdict[int, list[OwnLine]] = defaultdict(list)
    for row in own:
        own_lines[row["order_id"]].append(OwnLine(row["line_id"], row["sku_id"], row["units"]))
    chunk = _Chunk([], [], [], {})
    for order_id, group in groupby(planned, key=lambda decision: int(decision["order_id"])):
        decisions = list(group)
        if versions[order_id] != decisions[0]["order_version"]:
            chunk.changed.append(order_id)
            continue
        wanted: dict[int, int] = {}
        for decision in decisions:
            sku_id = decision["sku_id"]
            wanted[sku_id] = wanted.get(sku_id, 0) + decision["given"]
        mine = kept.get(order_id)
        if mine is not None:
            offer(kept=mine, left=left)
        if any(quantity > left.get(sku_id, 0) for sku_id, quantity in wanted.items()):
            chunk.upset.append(order_id)
            wanted.clear()
        else:
            chunk.holding += [
                Release(order_id, decision["line_id"], decision["sku_id"], decision["given"])
                for decision in decisions
            ]
            if mine is not None:
                chunk.own_left |= used_by_others(
                    own=own_lines[order_id],
                    given={decision["line_id"]: decision["given"] for decision in decisions},
                    skus={decision["line_id"]: decision["sku_id"] for decision in decisions},
                )
        for sku_id, quantity in wanted.items():
            left[sku_id] -= quantity
        if mine is not None:
            take_back(kept=mine, given=wanted, left=left)
    return chunk
