"""New orders, checked, enter the queue: created, covered as far as stock goes, and told of (B1, D3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from domain.operations.command import Work
from domain.operations.steps.coverage import foresee_coverage, refresh_coverage
from domain.rules.coverage import OpenLine, back_order_status
from domain.rules.vocabulary import BackOrderStatus
from domain.store import lines, orders


class WantedLine(NamedTuple):
    """A line that was checked, its SKU resolved to the client's own id; `quantity` in units."""

    sku_id: int
    quantity: int


class Accepted(NamedTuple):
    """An order that was checked, the place in the input where it came from, and its lines."""

    place: int
    order: orders.NewOrder
    lines: Sequence[WantedLine]


async def queue_orders(work: Work, accepted: Sequence[Accepted]) -> dict[str, int]:
    """Create the orders, covered as far as stock goes (D3), and say so; their ids by number.

    What most new lines lack can be told before they are there, and then each row is written once.
    """
    foreseen = await _foresee(work, accepted)
    ids = await orders.insert(
        work.sql,
        client_id=work.client_id,
        accepted_at=work.now,
        orders=[new.order for new in accepted],
        back_order_statuses=[seen.status for seen in foreseen],
    )
    landed = [
        (ids[new.order.number], new, seen)
        for new, seen in zip(accepted, foreseen, strict=True)
        if new.order.number in ids
    ]
    created = [order_id for order_id, _, _ in landed]
    # Was stock foreseen for orders that are not there, or in another order than that of their ids?
    holds = len(created) == len(accepted) and created == sorted(created)
    wanting = await lines.insert(
        work.sql,
        client_id=work.client_id,
        at=work.now,
        lines=[
            lines.NewLine(order_id, number, line.sku_id, line.quantity, back_ordered if holds else None)
            for order_id, new, seen in landed
            for number, (line, back_ordered) in enumerate(
                zip(new.lines, seen.back_ordered, strict=True), start=1
            )
        ],
        orders=[
            lines.Queued(order_id, new.order.distribution_center_id, new.order.priority, new.order.ordered_at)
            for order_id, new, _ in landed
        ],
    )
    for order_id, new, _ in landed:
        _announce(work, order_id, new.order)
    unforeseen: defaultdict[int, set[int]] = defaultdict(set)
    for line in wanting:
        if line["coverage_due"]:
            unforeseen[line["distribution_center_id"]].add(line["sku_id"])
        elif line["back_ordered"]:
            work.line_changed(
                line_id=line["id"],
                distribution_center_id=line["distribution_center_id"],
                sku_id=line["sku_id"],
                back_ordered=line["back_ordered"],
                previous_back_ordered=0,
            )
    for distribution_center_id, sku_ids in sorted(unforeseen.items()):
        await refresh_coverage(
            work,
            distribution_center_id=distribution_center_id,
            sku_ids=sku_ids,
            created_order_ids=set(created),
        )
    return ids


class _Foreseen(NamedTuple):
    """What each line of an order will lack, None where that is to be computed, and the status that makes."""

    back_ordered: Sequence[int | None]
    status: BackOrderStatus


async def _foresee(work: Work, accepted: Sequence[Accepted]) -> list[_Foreseen]:
    by_pool: defaultdict[int, list[OpenLine]] = defaultdict(list)
    numbers = count()
    numbered = [[next(numbers) for _ in new.lines] for new in accepted]
    for place, (new, line_ids) in enumerate(zip(accepted, numbered, strict=True)):
        order = new.order
        by_pool[order.distribution_center_id] += [
            OpenLine(line_id, place, line.sku_id, order.priority, order.ordered_at, line.quantity)
            for line_id, line in zip(line_ids, new.lines, strict=True)
        ]
    lacking: dict[int, int] = {}
    marks_orders = True
    for distribution_center_id, new_lines in by_pool.items():
        foreseen = await foresee_coverage(work, distribution_center_id=distribution_center_id, new=new_lines)
        lacking |= foreseen.back_ordered
        marks_orders = foreseen.marks_orders
    return [
        _Foreseen(
            [lacking.get(line_id) for line_id in line_ids],
            back_order_status(
                open_units=sum(line.quantity for line in new.lines),
                back_ordered=sum(lacking.get(line_id, 0) for line_id in line_ids),
            )
            if marks_orders
            else BackOrderStatus.NONE,
        )
        for new, line_ids in zip(accepted, numbered, strict=True)
    ]


def _announce(work: Work, order_id: int, order: orders.NewOrder) -> None:
    work.order_changed(order_id=order_id, distribution_center_id=order.distribution_center_id)
    work.audit(
        "ORDER_LOADED",
        f"Order {order.number} was loaded and queued.",
        order_id=order_id,
        after={"number": order.number, "distribution_center": order.distribution_center_id},
    )
