"""Order confirmation (A9): CREATE becomes OC_CONFIRMED or OC_REJECTED, and either can be taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from domain.operations.answers import OrderChanged
from domain.operations.command import Command, Work, perform
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.editing import open_order
from domain.operations.steps.eligible import raise_first, sort_out
from domain.operations.steps.settling import settle_orders, tell_of_changes
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import BulkAction, OrderStatus
from domain.store import demand, lines, orders
from domain.store.database import Row


async def confirm_order(
    command: Command, *, order_id: int, expected_version: int | None = None
) -> OrderChanged:
    """Confirm one order; it stays in the queue (A9). One of which something is dispatched keeps its status.

    Raises NOT_FOUND, VERSION_CONFLICT, ORDER_LOCKED, ORDER_STATUS_NOT_ALLOWED, and NOTHING_TO_DO when
    it is confirmed already.
    """
    return await _one(command, "confirmOrder", confirm, order_id, expected_version)


async def reject_order(
    command: Command, *, order_id: int, expected_version: int | None = None
) -> OrderChanged:
    """Reject one order: it leaves the queue and wants nothing from its pool any more (A9).

    Raises NOT_FOUND, VERSION_CONFLICT, ORDER_LOCKED, ORDER_STATUS_NOT_ALLOWED, and NOTHING_TO_DO when
    it is rejected already.
    """
    return await _one(command, "rejectOrder", reject, order_id, expected_version)


async def unconfirm_order(
    command: Command, *, order_id: int, expected_version: int | None = None
) -> OrderChanged:
    """Take the confirmation or rejection of one order back, while nothing has come of it (A9, A2).

    Raises NOT_FOUND, VERSION_CONFLICT, ORDER_LOCKED, DISPATCH_EXISTS, ORDER_STATUS_NOT_ALLOWED, and
    NOTHING_TO_DO when it is neither confirmed nor rejected.
    """
    return await _one(command, "unconfirmOrder", unconfirm, order_id, expected_version)


async def confirm(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Confirm the locked orders; why not, by order id, where that can't be."""
    eligible, refusals = await sort_out(work, BulkAction.CONFIRM, locked)
    ids = [order["id"] for order in eligible]
    await orders.set_confirmed(work.sql, client_id=work.client_id, order_ids=ids, at=work.now)
    tell_of_changes(work, eligible)
    for order in eligible:
        kept = order["status"] == OrderStatus.COMMIT
        after = OrderStatus.COMMIT if kept else OrderStatus.OC_CONFIRMED
        _audit(work, [order], "ORDER_CONFIRMED", "was confirmed", after)
    return refusals


async def reject(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Reject the locked orders; why not, by order id, where that can't be."""
    eligible, refusals = await sort_out(work, BulkAction.REJECT, locked)
    pool_of = {order["id"]: order["distribution_center_id"] for order in eligible}
    withdrawn = await demand.withdraw(work.sql, client_id=work.client_id, order_ids=list(pool_of))
    for line in withdrawn:
        if line["back_ordered"]:
            work.line_changed(
                line_id=line["line_id"],
                distribution_center_id=pool_of[line["order_id"]],
                sku_id=line["sku_id"],
                back_ordered=0,
                previous_back_ordered=line["back_ordered"],
            )
    await settle_orders(work, before=eligible, decided=dict.fromkeys(pool_of, OrderStatus.OC_REJECTED))
    await _refresh_coverage(work, withdrawn, pool_of)
    _audit(work, eligible, "ORDER_REJECTED", "was rejected", OrderStatus.OC_REJECTED)
    return refusals


async def unconfirm(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Make the locked orders CREATE again; why not, by order id, where that can't be."""
    eligible, refusals = await sort_out(work, BulkAction.UNCONFIRM, locked)
    pool_of = {order["id"]: order["distribution_center_id"] for order in eligible}
    rejected = [order["id"] for order in eligible if order["status"] == OrderStatus.OC_REJECTED]
    wanted = [
        line
        for line in await lines.of_orders(work.sql, client_id=work.client_id, order_ids=rejected)
        if line["open"]
    ]
    await demand.again(work.sql, client_id=work.client_id, lines=wanted)
    await orders.clear_confirmation(work.sql, client_id=work.client_id, order_ids=list(pool_of))
    await settle_orders(work, before=eligible, decided=dict.fromkeys(pool_of, OrderStatus.CREATE))
    await _refresh_coverage(work, wanted, pool_of)
    _audit(work, eligible, "ORDER_UNCONFIRMED", "is to be confirmed again", OrderStatus.CREATE)
    return refusals


async def _one(
    command: Command,
    operation: str,
    change: Callable[[Work, Sequence[Row]], Awaitable[dict[int, Refusal]]],
    order_id: int,
    expected_version: int | None,
) -> OrderChanged:
    async def body(work: Work) -> OrderChanged:
        order = await open_order(work, order_id=order_id, expected_version=expected_version, path=("id",))
        raise_first(await change(work, [order]), "id")
        return OrderChanged(order_id)

    return await perform(
        command, operation=operation, payload=[order_id, expected_version], answer=OrderChanged, body=body
    )


async def _refresh_coverage(work: Work, changed: Sequence[Row], pool_of: dict[int, int]) -> None:
    """Recompute coverage where lines (rows with order_id and sku_id) came into demand or left it."""
    sku_ids: defaultdict[int, set[int]] = defaultdict(set)
    for line in changed:
        sku_ids[pool_of[line["order_id"]]].add(line["sku_id"])
    for pool, of_pool in sorted(sku_ids.items()):
        await refresh_coverage(work, distribution_center_id=pool, sku_ids=of_pool)


def _audit(work: Work, changed: Sequence[Row], action: str, what: str, after: OrderStatus) -> None:
    for order in changed:
        work.audit(
            action,
            f"Order {order['number']} {what}.",
            order_id=order["id"],
            before={"status": order["status"]},
            after={"status": after},
        )
