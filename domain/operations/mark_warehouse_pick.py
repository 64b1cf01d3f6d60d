"""Marking order lines Warehouse Pick: what is in stock is picked, the rest goes on a Backorder (E2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from domain.operations.checks import check_count
from domain.operations.command import Command, Work, perform
from domain.operations.steps.backorders import PickLine, follow_lines
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.editing import require_editable, require_in_queue
from domain.operations.steps.releasing import Release, release
from domain.operations.steps.settling import settle_orders
from domain.rules.picking import Wanted, pick
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import DispatchKind, FulfilmentRoute, WarehousePickPolicy
from domain.store import line_routes, lines, locks, stock
from domain.store.database import Row


class WarehousePicked(msgspec.Struct, frozen=True):
    """The dispatch of what was in stock and the Backorder of what was not, as far as there was any."""

    order_id: int
    dispatch_id: int | None
    backorder_id: int | None


async def mark_warehouse_pick(
    command: Command,
    *,
    line_ids: Sequence[int],
    policy: WarehousePickPolicy = WarehousePickPolicy.WHOLE_LINE,
) -> WarehousePicked:
    """Take open lines of one order out of the processor's queue, to be picked by hand (E2).

    Lines are served in line order. The order's open Backorder takes what stock leaves, under
    WHOLE_LINE each line whole. Raises NOT_FOUND and INVALID_INPUT under the path of the line,
    ORDER_LOCKED and ORDER_STATUS_NOT_ALLOWED.
    """

    async def body(work: Work) -> WarehousePicked:
        check_count(line_ids, what="lines to pick", path=("lineIds",))
        order = await locks.lock_order_of_line(work.sql, client_id=work.client_id, line_id=line_ids[0])
        if order is None:
            raise _no_such_line(0)
        require_editable(order, path=("lineIds",))
        marked = await _chosen(work, order, line_ids)
        return await mark_lines(work, order, marked, await pickable(work, order, marked, policy))

    return await perform(
        command,
        operation="markWarehousePick",
        payload=[line_ids, policy],
        answer=WarehousePicked,
        body=body,
    )


async def pickable(
    work: Work, order: Row, wanted: Sequence[Row], policy: WarehousePickPolicy
) -> dict[int, int]:
    """What stock has for lines of the order, as `lines.of_orders` gives them: units by line id."""
    return pick(
        wanted=[Wanted(line["id"], line["sku_id"], line["open"]) for line in wanted],
        available=await stock.available(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=order["distribution_center_id"],
            sku_ids={line["sku_id"] for line in wanted},
        ),
        policy=policy,
    )


async def mark_lines(
    work: Work, order: Row, marked: Sequence[Row], taken: Mapping[int, int]
) -> WarehousePicked:
    """Dispatch the units taken of each line, and put what is left of them on the order's Backorder.

    The order is locked with its pool, and `taken`, by line id, is no more than is available there.
    """
    order_id, pool = order["id"], order["distribution_center_id"]
    await line_routes.change_route(
        work.sql,
        client_id=work.client_id,
        line_ids=[line["id"] for line in marked],
        route=FulfilmentRoute.WAREHOUSE_PICK,
    )
    left = [
        PickLine(line["id"], order_id, line["sku_id"], line["open"] - taken[line["id"]])
        for line in marked
        if taken[line["id"]] < line["open"]
    ]
    holding = await follow_lines(work, lines=left) if left else {}
    work.audit(
        "WAREHOUSE_PICK_MARKED",
        f"{len(marked)} {'line' if len(marked) == 1 else 'lines'} of order {order['number']} "
        f"{'was' if len(marked) == 1 else 'were'} marked Warehouse Pick.",
        order_id=order_id,
        before={"lines": {str(line["id"]): line["route"] for line in marked}},
        after={"lines": {str(line["id"]): FulfilmentRoute.WAREHOUSE_PICK for line in marked}},
    )
    released = await release(
        work,
        kind=DispatchKind.WAREHOUSE_PICK,
        distribution_center_id=pool,
        releases=[
            Release(order_id, line["id"], line["sku_id"], taken[line["id"]])
            for line in marked
            if taken[line["id"]]
        ],
        before=[order],
    )
    if not released:
        await settle_orders(work, before=[order])
    await refresh_coverage(work, distribution_center_id=pool, sku_ids={line["sku_id"] for line in marked})
    return WarehousePicked(
        order_id,
        released[order_id].dispatch_id if released else None,
        holding.get(order_id),
    )


async def _chosen(work: Work, order: Row, line_ids: Sequence[int]) -> list[Row]:
    """The lines to mark, in the order they have, if all of them can be marked."""
    present = await lines.of_orders(work.sql, client_id=work.client_id, order_ids=[order["id"]])
    by_id = {line["id"]: line for line in present}
    elsewhere = await lines.existing(
        work.sql, client_id=work.client_id, line_ids=[line_id for line_id in line_ids if line_id not in by_id]
    )
    seen: set[int] = set()
    for index, line_id in enumerate(line_ids):
        if line_id in elsewhere:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"The line is not of order {order['number']}, as the first one is; "
                "mark the lines of each order in a call of their own.",
                path=("lineIds", str(index)),
            )
        if line_id not in by_id:
            raise _no_such_line(index)
        _check_line(by_id[line_id], seen, path=("lineIds", str(index)))
        seen.add(line_id)
    return [line for line in present if line["id"] in seen]


def _check_line(line: Row, seen: set[int], *, path: tuple[str, ...]) -> None:
    require_in_queue(line, seen, can="be marked", path=path)
    if not line["open"]:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"Nothing of line {line['line_number']} is open: it is dispatched or cancelled already.",
            path=path,
        )


def _no_such_line(index: int) -> Refusal:
    return Refusal(ErrorCode.NOT_FOUND, "There is no such order line.", path=("lineIds", str(index)))
