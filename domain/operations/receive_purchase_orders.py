"""Receiving purchase orders: what comes, whom it serves first, and whom it covers (D3, D5, D6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from domain.operations.checks import MAX_QUANTITY, check_count, check_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.dropship_orders import ship_dropship
from domain.operations.purchase_orders import (
    PurchaseOrderChanged,
    lock_dropship_order,
    no_purchase_order,
    order_changed,
)
from domain.operations.steps.counting import leave_out_what_was_counted
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.moving import levels_changed
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import cross_docks, purchase_orders
from domain.store import receipts as store
from domain.store.database import Row
from domain.store.purchase_orders import LineChange


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Units that have come of a purchase-order line."""

    line_id: int
    quantity: int


async def receive_purchase_order(
    command: Command, *, purchase_order_id: int, receipts: Sequence[Receipt]
) -> PurchaseOrderChanged:
    """Take units of a purchase order into stock, and recompute at once whom they cover (D3).

    What comes of a line linked to an order line is kept for that line, up to what is open of it (D6).
    What a vendor ships for an order (D5) is shipped of that order's lines instead. Raises NOT_FOUND, and
    INVALID_INPUT for more than is open of a line.
    """

    async def body(work: Work) -> PurchaseOrderChanged:
        check_count(receipts, what="lines to receive", path=("lines",))
        await receive(work, purchase_order_id, receipts)
        return PurchaseOrderChanged(purchase_order_id)

    return await perform(
        command,
        operation="receivePurchaseOrder",
        payload=[purchase_order_id, receipts],
        answer=PurchaseOrderChanged,
        body=body,
    )


async def receive(work: Work, purchase_order_id: int, receipts: Sequence[Receipt]) -> None:
    """Receive units of the purchase order, and lock the pool, or the order a vendor ships, for it.

    Raises NOT_FOUND under `id` or the path of the receipt, INVALID_INPUT under the latter, and INVALID_INPUT
    when more would be on hand than a level can hold.
    """
    received: Counter[int] = Counter()
    for index, receipt in enumerate(receipts):
        check_quantity(receipt.quantity, path=("lines", str(index), "quantity"))
        received[receipt.line_id] += receipt.quantity
    arrival = await store.take_in(
        work.sql,
        client_id=work.client_id,
        purchase_order_id=purchase_order_id,
        at=work.now,
        happened_at=work.happened_at,
        units=received,
    )
    if arrival is None:
        raise no_purchase_order(path=("id",))
    ordered = arrival.ordered
    if ordered["dropship_order_id"] is None:
        await _settle(work, ordered, receipts, received, arrival.lines)
    else:
        await _ship(work, ordered, receipts, received)
    order_changed(work, ordered)
    work.audit(
        "PURCHASE_ORDER_RECEIVED",
        f"{sum(received.values())} units of purchase order {ordered['number']} were received.",
        order_id=ordered["dropship_order_id"],
        after={"received": [{"line": line_id, "units": units} for line_id, units in received.items()]},
    )


async def _settle(
    work: Work,
    ordered: Row,
    receipts: Sequence[Receipt],
    received: Mapping[int, int],
    taken: Sequence[Row],
) -> None:
    """Recompute whom what was taken in covers. Raises NOT_FOUND or INVALID_INPUT when that is not all."""
    if len(taken) < len(received):
        _check_open(
            receipts,
            await _lines(work, ordered),
            # What was taken in all the same is open again when the refusal has undone it.
            undone={line["line_id"]: received[line["line_id"]] for line in taken},
            remedy="raise its quantity first, or order the rest anew",
        )
        taken = [*taken, *await _take_in_the_rest(work, ordered, received, taken)]
    if any(line["on_hand"] > MAX_QUANTITY for line in taken):
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"More than {MAX_QUANTITY:,} units of a SKU would be on hand; check the quantities.",
            path=("lines",),
        )
    pool: int = ordered["distribution_center_id"]
    sku_ids = {line["line_sku_id"] for line in taken}
    levels_changed(work, distribution_center_id=pool, sku_ids=sku_ids)
    linked: Counter[int] = Counter()
    for line in taken:
        if line["order_line_id"] is not None:
            linked[line["order_line_id"]] += received[line["line_id"]]
    if linked:
        await _keep(work, ordered, linked)
    came: Counter[int] = Counter()
    for line in taken:
        came[line["line_sku_id"]] += received[line["line_id"]]
    await leave_out_what_was_counted(work, distribution_center_id=pool, moved=came)
    await refresh_coverage(work, distribution_center_id=pool, sku_ids=sku_ids)


async def _take_in_the_rest(
    work: Work, ordered: Row, received: Mapping[int, int], taken: Sequence[Row]
) -> Sequence[Row]:
    """Take in what was not open when the receipt began to wait for its pool, and is open now that it is ours.

    PostgreSQL reads again only the rows that it had found, so a line of which more was ordered meanwhile is
    found by another statement. The pool is locked by now: nothing changes in between any more.
    """
    rest = Counter(received)
    for line in taken:
        del rest[line["line_id"]]
    arrival = await store.take_in(
        work.sql,
        client_id=work.client_id,
        purchase_order_id=ordered["id"],
        at=work.now,
        happened_at=work.happened_at,
        units=rest,
    )
    if arrival is None or len(arrival.lines) < len(rest):
        raise LookupError(f"purchase order {ordered['id']} could not be received")
    return arrival.lines


async def _keep(work: Work, ordered: Row, linked: Mapping[int, int]) -> None:
    """Keep what came for certain order lines for them (D6)."""
    for line in await cross_docks.keep(work.sql, client_id=work.client_id, received=linked):
        units = linked[line["line_id"]]
        work.audit(
            "STOCK_RECEIVED_FOR_ORDER",
            f"{units} units came on purchase order {ordered['number']} for this order.",
            order_id=line["order_id"],
            after={"line": line["line_id"], "received": units},
        )


async def _ship(work: Work, ordered: Row, receipts: Sequence[Receipt], received: Mapping[int, int]) -> None:
    await lock_dropship_order(work, ordered)
    present = await _lines(work, ordered)
    _check_open(receipts, present, undone={}, remedy="the order wants no more than that of its vendor")
    await purchase_orders.change_lines(
        work.sql,
        client_id=work.client_id,
        changes=[LineChange(line_id, received=units) for line_id, units in received.items()],
    )
    await ship_dropship(
        work,
        order_id=ordered["dropship_order_id"],
        shipped={present[line_id]["order_line_id"]: units for line_id, units in received.items()},
    )


async def _lines(work: Work, ordered: Row) -> dict[int, Row]:
    return await purchase_orders.lines_of(work.sql, client_id=work.client_id, purchase_order_id=ordered["id"])


def _check_open(
    receipts: Sequence[Receipt], present: Mapping[int, Row], *, undone: Mapping[int, int], remedy: str
) -> None:
    """Raise NOT_FOUND or INVALID_INPUT under the path of the first receipt that can't be.

    `undone` are units by line that are open beside what the lines say.
    """
    received: Counter[int] = Counter()
    for index, receipt in enumerate(receipts):
        path = ("lines", str(index))
        line = present.get(receipt.line_id)
        if line is None:
            raise Refusal(
                ErrorCode.NOT_FOUND,
                "The purchase order has no such line.",
                path=(*path, "purchaseOrderLineId"),
            )
        received[receipt.line_id] += receipt.quantity
        total = received[receipt.line_id]
        still_open = line["open"] + undone.get(receipt.line_id, 0)
        if total > still_open:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"{still_open} units of line {line['line_number']} are open, so {total} can't be received; "
                f"{remedy}.",
                path=(*path, "quantity"),
                details={"open": still_open},
            )
