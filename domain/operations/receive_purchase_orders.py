"""Receiving purchase orders: what comes, whom it serves first, and whom it covers (D3, D5, D6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from domain.operations.checks import MAX_QUANTITY, check_count, check_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.coverage import refresh_coverage
from domain.operations.dropship_orders import ship_dropship
from domain.operations.moving import move_stock
from domain.operations.purchase_orders import PurchaseOrderChanged, open_purchase_order, order_changed
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import cross_docks, purchase_orders, stock
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
        ordered, present = await open_purchase_order(work, purchase_order_id, path=("id",))
        await receive(work, ordered, present, _checked_receipts(receipts, present))
        return PurchaseOrderChanged(purchase_order_id)

    return await perform(
        command,
        operation="receivePurchaseOrder",
        payload=[purchase_order_id, receipts],
        answer=PurchaseOrderChanged,
        body=body,
    )


async def receive(work: Work, ordered: Row, present: Mapping[int, Row], received: Mapping[int, int]) -> None:
    """Receive units, by line and no more than is open of it; the rest is as `open_purchase_order` gave it.

    Raises INVALID_INPUT when more would be on hand than a level can hold.
    """
    await purchase_orders.change_lines(
        work.sql,
        client_id=work.client_id,
        changes=[LineChange(line_id, received=units) for line_id, units in received.items()],
    )
    if ordered["dropship_order_id"] is None:
        await _take_in(work, ordered, present, received)
    else:
        await ship_dropship(
            work,
            order_id=ordered["dropship_order_id"],
            shipped={present[line_id]["order_line_id"]: units for line_id, units in received.items()},
        )
    order_changed(work, ordered)
    work.audit(
        "PURCHASE_ORDER_RECEIVED",
        f"{sum(received.values())} units of purchase order {ordered['number']} were received.",
        order_id=ordered["dropship_order_id"],
        after={"received": [{"line": line_id, "units": units} for line_id, units in received.items()]},
    )


async def _take_in(work: Work, ordered: Row, present: Mapping[int, Row], received: Mapping[int, int]) -> None:
    pool = {"client_id": work.client_id, "distribution_center_id": ordered["distribution_center_id"]}
    sku_ids = {present[line_id]["sku_id"] for line_id in received}
    await _check_room(work, ordered, present, received)
    await move_stock(
        work,
        distribution_center_id=pool["distribution_center_id"],
        movements=[
            stock.Movement(
                sku_id=present[line_id]["sku_id"],
                kind="RECEIPT",
                on_hand=units,
                order_line_id=present[line_id]["order_line_id"],
                note=f"purchase order {ordered['number']}",
            )
            for line_id, units in received.items()
        ],
    )
    linked: Counter[int] = Counter()
    for line_id, units in received.items():
        if present[line_id]["order_line_id"] is not None:
            linked[present[line_id]["order_line_id"]] += units
    for line in await cross_docks.keep(work.sql, client_id=work.client_id, received=linked):
        work.audit(
            "STOCK_RECEIVED_FOR_ORDER",
            f"{linked[line['line_id']]} units came on purchase order {ordered['number']} for this order.",
            order_id=line["order_id"],
            after={"line": line["line_id"], "received": linked[line["line_id"]]},
        )
    await refresh_coverage(work, distribution_center_id=ordered["distribution_center_id"], sku_ids=sku_ids)


async def _check_room(
    work: Work, ordered: Row, present: Mapping[int, Row], received: Mapping[int, int]
) -> None:
    """Raise INVALID_INPUT when more would be on hand than a level can hold."""
    coming: Counter[int] = Counter()
    for line_id, units in received.items():
        coming[present[line_id]["sku_id"]] += units
    levels = await stock.levels(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=ordered["distribution_center_id"],
        sku_ids=coming,
    )
    if any(levels[sku_id]["on_hand"] + units > MAX_QUANTITY for sku_id, units in coming.items()):
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"More than {MAX_QUANTITY:,} units of a SKU would be on hand; check the quantities.",
            path=("lines",),
        )


def _checked_receipts(receipts: Sequence[Receipt], present: Mapping[int, Row]) -> dict[int, int]:
    """Units by line. Raises NOT_FOUND or INVALID_INPUT under the path of the first that can't be received."""
    received: dict[int, int] = {}
    for index, receipt in enumerate(receipts):
        path = ("lines", str(index))
        check_quantity(receipt.quantity, path=(*path, "quantity"))
        line = present.get(receipt.line_id)
        if line is None:
            raise Refusal(
                ErrorCode.NOT_FOUND,
                "The purchase order has no such line.",
                path=(*path, "purchaseOrderLineId"),
            )
        total = received.get(receipt.line_id, 0) + receipt.quantity
        if total > line["open"]:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"{line['open']} units of line {line['line_number']} are open, so {total} can't be received; "
                "raise its quantity first, or order the rest anew.",
                path=(*path, "quantity"),
                details={"open": line["open"]},
            )
        received[receipt.line_id] = total
    return received
