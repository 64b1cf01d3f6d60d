"""Purchase orders: what is on its way from vendors, and for whom (D6, F4)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from domain.operations.checks import check_count, check_quantity, check_text
from domain.operations.command import Command, Work, perform
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.moving import levels_changed
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import FulfilmentRoute
from domain.store import lines, locks, purchase_orders, reference, stock
from domain.store.database import Row
from domain.store.events import Topic
from domain.store.purchase_orders import NewLine


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
        levels_changed(work, distribution_center_id=pool, sku_ids=(line.sku_id for line in new_lines))
        work.changed(Topic.PURCHASE_ORDER, created["id"], distribution_center_id=pool)
        work.audit(
            "PURCHASE_ORDER_CREATED",
            f"Purchase order {purchase_order.number} was created.",
            after={"purchase_order": created["id"], **msgspec.to_builtins(purchase_order)},
        )
        return PurchaseOrderChanged(created["id"])

    return await perform(
        command,
        operation="createPurchaseOrder",
        payload=purchase_order,
        answer=PurchaseOrderChanged,
        body=body,
    )


def order_changed(work: Work, ordered: Row) -> None:
    """Record that the purchase order changed, for subscribers (F5)."""
    work.changed(
        Topic.PURCHASE_ORDER, ordered["id"], distribution_center_id=ordered["distribution_center_id"]
    )


async def lock_purchase_order(work: Work, purchase_order_id: int, *, path: tuple[str, ...]) -> Row:
    """The purchase order, locked with its pool, or with the order a vendor ships.

    Raises NOT_FOUND under `path`.
    """
    found = await locks.lock_pool_of_purchase_order(
        work.sql, client_id=work.client_id, purchase_order_id=purchase_order_id
    )
    if found is None:
        raise no_purchase_order(path=path)
    if found["dropship_order_id"] is not None:
        await lock_dropship_order(work, found)
    return found


async def lock_dropship_order(work: Work, ordered: Row) -> None:
    """Lock the order whose lines a vendor ships on this purchase order, and its pools."""
    await locks.lock_orders_and_pools(
        work.sql, client_id=work.client_id, order_ids=[ordered["dropship_order_id"]]
    )


def no_purchase_order(*, path: tuple[str, ...]) -> Refusal:
    """There is no purchase order of this id."""
    return Refusal(ErrorCode.NOT_FOUND, "There is no such purchase order.", path=path)


async def open_purchase_order(
    work: Work, purchase_order_id: int, *, path: tuple[str, ...]
) -> tuple[Row, dict[int, Row]]:
    """The purchase order, locked as `lock_purchase_order` does, and its lines by id."""
    found = await lock_purchase_order(work, purchase_order_id, path=path)
    present = await purchase_orders.lines_of(
        work.sql, client_id=work.client_id, purchase_order_id=purchase_order_id
    )
    return found, present


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
