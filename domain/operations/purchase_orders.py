"""Purchase orders: what is on its way from vendors, and receiving it (D3, D6, F4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from domain.operations.checks import MAX_QUANTITY, check_count, check_quantity, check_text
from domain.operations.command import Command, Work, perform
from domain.operations.coverage import refresh_coverage
from domain.operations.dropship_orders import ship_dropship
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import FulfilmentRoute
from domain.store import lines, locks, purchase_orders, reference, stock
from domain.store.database import Row
from domain.store.purchase_orders import LineChange, NewLine


class PurchaseOrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as the client sends it; `quantity` in units, `order_line_id` the order line it is for."""

    sku_code: str
    quantity: int
    expected_at: datetime | None = None
    order_line_id: int | None = None


class PurchaseOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order as the client sends it."""

    number: str
    distribution_center_code: str
    vendor: str | None = None
    lines: tuple[PurchaseOrderLine, ...]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Units that have come of a purchase-order line."""

    line_id: int
    quantity: int


class PurchaseOrderChanged(msgspec.Struct, frozen=True):
    """The purchase order that was created or changed."""

    purchase_order_id: int


async def create_purchase_order(command: Command, *, purchase_order: PurchaseOrder) -> PurchaseOrderChanged:
    """Record what is on its way into a pool; lines that wait for it are promised its dates (F4).

    Raises DUPLICATE for a number that is taken, NOT_FOUND for an unknown code or order line, and
    INVALID_INPUT, also for a link to an order line of another SKU or distribution center, to one with
    nothing open, and to one that a vendor ships.
    """

    async def body(work: Work) -> PurchaseOrderChanged:
        pool, new_lines = await _checked(work, purchase_order)
        await locks.lock_pools(work.sql, client_id=work.client_id, distribution_center_ids=[pool])
        for index, line in enumerate(new_lines):
            if line.order_line_id is not None:
                await check_link(
                    work,
                    order_line_id=line.order_line_id,
                    sku_id=line.sku_id,
                    distribution_center_id=pool,
                    path=("input", "lines", str(index), "orderLineId"),
                )
        created = await purchase_orders.insert(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=pool,
            number=purchase_order.number,
            vendor=purchase_order.vendor,
            at=work.now,
            lines=new_lines,
        )
        if created is None:
            raise Refusal(
                ErrorCode.DUPLICATE,
                f"Purchase order {purchase_order.number} exists already; it was left as it is.",
                path=("input", "number"),
            )
        sku_ids = {line.sku_id for line in new_lines}
        await stock.ensure_levels(
            work.sql, client_id=work.client_id, distribution_center_id=pool, sku_ids=sku_ids
        )
        await refresh_coverage(work, distribution_center_id=pool, sku_ids=sku_ids)
        work.audit("PURCHASE_ORDER_CREATED", f"Purchase order {purchase_order.number} was created.")
        return PurchaseOrderChanged(created["id"])

    return await perform(
        command,
        operation="createPurchaseOrder",
        payload=purchase_order,
        answer=PurchaseOrderChanged,
        body=body,
    )


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


async def open_purchase_order(
    work: Work, purchase_order_id: int, *, path: tuple[str, ...]
) -> tuple[Row, dict[int, Row]]:
    """The purchase order and its lines by id, locked with their pool, or with the order a vendor ships.

    Raises NOT_FOUND under `path`.
    """
    found = await purchase_orders.get(work.sql, client_id=work.client_id, purchase_order_id=purchase_order_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such purchase order.", path=path)
    if found["dropship_order_id"] is None:
        await locks.lock_pools(
            work.sql, client_id=work.client_id, distribution_center_ids=[found["distribution_center_id"]]
        )
    else:
        await locks.lock_orders_and_pools(
            work.sql, client_id=work.client_id, order_ids=[found["dropship_order_id"]]
        )
    present = await purchase_orders.lines_of(
        work.sql, client_id=work.client_id, purchase_order_id=purchase_order_id
    )
    return found, present


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
    work.audit(
        "PURCHASE_ORDER_RECEIVED",
        f"{sum(received.values())} units of purchase order {ordered['number']} were received.",
        order_id=ordered["dropship_order_id"],
        after={"received": [{"line": line_id, "units": units} for line_id, units in received.items()]},
    )


async def check_link(
    work: Work,
    *,
    order_line_id: int,
    sku_id: int,
    distribution_center_id: int,
    path: tuple[str, ...],
) -> None:
    """Raise NOT_FOUND or INVALID_INPUT, under `path`, when what is received can't serve the line (D6)."""
    line = await lines.get(work.sql, client_id=work.client_id, line_id=order_line_id)
    if line is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such order line.", path=path)
    problem = (
        "is of another SKU"
        if line["sku_id"] != sku_id
        else "is served by another distribution center"
        if line["distribution_center_id"] != distribution_center_id
        else "is shipped by a vendor"
        if line["route"] == FulfilmentRoute.DROPSHIP
        else "has nothing open"
        if not line["open"]
        else None
    )
    if problem is not None:
        raise Refusal(
            ErrorCode.INVALID_INPUT, f"The order line {problem}; link another one, or none.", path=path
        )


async def _take_in(work: Work, ordered: Row, present: Mapping[int, Row], received: Mapping[int, int]) -> None:
    pool = {"client_id": work.client_id, "distribution_center_id": ordered["distribution_center_id"]}
    sku_ids = {present[line_id]["sku_id"] for line_id in received}
    await _check_room(work, ordered, present, received)
    await stock.move(
        work.sql,
        **pool,
        at=work.now,
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
    for line in await lines.cross_dock(work.sql, client_id=work.client_id, received=linked):
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


async def _checked(work: Work, purchase_order: PurchaseOrder) -> tuple[int, list[NewLine]]:
    check_text(purchase_order.number, what="purchase order number", path=("input", "number"))
    if purchase_order.vendor is not None:
        check_text(purchase_order.vendor, what="vendor", path=("input", "vendor"), longest=255)
    check_count(purchase_order.lines, what="lines of the purchase order", path=("input", "lines"))
    codes = await reference.resolve(
        work.sql,
        client_id=work.client_id,
        distribution_centers=[purchase_order.distribution_center_code],
        skus={line.sku_code for line in purchase_order.lines},
    )
    pool = codes.distribution_centers.get(purchase_order.distribution_center_code)
    if pool is None:
        raise Refusal(
            ErrorCode.NOT_FOUND,
            f"There is no distribution center with the code {purchase_order.distribution_center_code!r}; "
            "create it first.",
            path=("input", "distributionCenterCode"),
        )
    new_lines = []
    for index, line in enumerate(purchase_order.lines):
        path = ("input", "lines", str(index))
        check_quantity(line.quantity, path=(*path, "quantity"))
        sku_id = codes.skus.get(line.sku_code)
        if sku_id is None:
            raise Refusal(
                ErrorCode.NOT_FOUND,
                f"There is no SKU with the code {line.sku_code!r}; create it first.",
                path=(*path, "skuCode"),
            )
        new_lines.append(
            NewLine(
                sku_id=sku_id,
                quantity=line.quantity,
                expected_at=line.expected_at,
                order_line_id=line.order_line_id,
            )
        )
    return pool, new_lines


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
