"""Keeping promise dates true (F4): of lines whose coverage is recomputed, and of the orders they are in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from operator import itemgetter

from domain.operations.command import Work
from domain.rules.promising import IncomingLine, Promise, ShortLine, promise
from domain.rules.vocabulary import PromiseReason
from domain.store import coverage, order_summaries

NOTHING_TO_SAY = Promise(None, None)
"""Of a line that is covered, or for which nothing comes: both are seen from its back-ordered quantity."""


def promises_of(
    *, incoming: Sequence[IncomingLine], lines: Sequence[coverage.Line], back_ordered: Mapping[int, int]
) -> dict[int, Promise]:
    """What the lines, in rank order, are promised of what is still to come into the pool, by line id.

    `incoming` is all that is to come of their SKUs, and `lines` are all that it can reach. Lines that are not
    in the answer have NOTHING_TO_SAY.
    """
    coming = {one.sku_id for one in incoming}
    promises = promise(
        short=[
            ShortLine(line.line_id, line.sku_id, back_ordered[line.line_id])
            for line in lines
            if line.sku_id in coming and back_ordered[line.line_id]
        ],
        incoming=incoming,
    )
    return {
        line_id: NOTHING_TO_SAY if made.reason is PromiseReason.NO_INCOMING else made
        for line_id, made in promises.items()
    }


async def refresh_promises(
    work: Work, *, order_ids: Collection[int], created_order_ids: Set[int] = frozenset()
) -> None:
    """Derive the orders' promises from their lines', and tell whoever was told another date.

    The orders' pools are locked by the caller. Nobody was told anything of `created_order_ids` yet, nor is
    anybody told of an order that has nothing open any more.
    """
    if not order_ids:
        return
    rows = await order_summaries.refresh_promises(work.sql, client_id=work.client_id, order_ids=order_ids)
    for row in sorted(rows, key=itemgetter("id")):
        work.order_changed(
            order_id=row["id"],
            distribution_center_id=row["distribution_center_id"],
            previous_status=row["status"],
            previous_back_order_status=row["back_order_status"],
        )
        if row["waits"] and row["id"] not in created_order_ids:
            work.promise_changed(
                order_id=row["id"],
                distribution_center_id=row["distribution_center_id"],
                promised_at=row["promised_at"],
                previously_promised_at=row["previous"],
            )
