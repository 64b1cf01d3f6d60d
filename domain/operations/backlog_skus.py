"""Backlog SKUs: setting an order's lines aside for split delivery, and reverting that (A1-A3, A7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

import msgspec

from domain.operations.answers import OrderChanged
from domain.operations.checks import check_count
from domain.operations.command import Command, Work, perform
from domain.operations.steps.editing import open_order
from domain.operations.steps.eligible import raise_first, sort_out, sort_out_by_figures
from domain.operations.steps.settling import apply_statuses, settle_orders, statuses_of, tell_of_changes
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import BulkAction
from domain.store import backlog_skus, locks, orders
from domain.store.database import ReadTooEarlyError, Row
from domain.store.meanwhile import meanwhile


class ExpectedDate(msgspec.Struct, frozen=True):
    """When the goods of a Backlog SKU are expected; None: nobody knows."""

    backlog_sku_id: int
    expected_on: date | None


class BacklogSkusChanged(msgspec.Struct, frozen=True):
    """The Backlog SKUs as they were given; they may have been so already."""

    backlog_sku_ids: list[int]


async def create_backlog_skus(command: Command, *, order_id: int) -> OrderChanged:
    """Create a Backlog SKU for every line that waits in the processor's queue, and lock the order (A2, A3).

    Raises NOT_FOUND, BACKLOG_SKUS_ALREADY_CREATED, DISPATCH_EXISTS, ORDER_STATUS_NOT_ALLOWED, and
    NOTHING_TO_DO when no line waits there.
    """

    async def body(work: Work) -> OrderChanged:
        order = await open_order(work, order_id=order_id, expected_version=None, path=("orderId",))
        raise_first(await create(work, [order]), "orderId")
        return OrderChanged(order_id)

    return await perform(
        command, operation="createBacklogSkus", payload=order_id, answer=OrderChanged, body=body
    )


async def revert_backlog_skus(command: Command, *, order_id: int) -> OrderChanged:
    """Delete the order's Backlog SKUs, give its lines back to the processor and unlock it (A7).

    Raises NOT_FOUND, FEATURE_DISABLED, BACKLOG_SKU_ON_DELIVERY_NOTE, and NOTHING_TO_DO when it has none.
    """

    async def body(work: Work) -> OrderChanged:
        order = await open_order(work, order_id=order_id, expected_version=None, path=("orderId",))
        raise_first(await revert(work, [order]), "orderId")
        return OrderChanged(order_id)

    return await perform(
        command, operation="revertBacklogSkus", payload=order_id, answer=OrderChanged, body=body
    )


async def create(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Create the Backlog SKUs of the locked orders; why not, by order id, where that can't be.

    What is open of a line that another route owns stays there: a line has one owner at a time.
    """
    figures = await orders.figures(
        work.sql, client_id=work.client_id, order_ids=[order["id"] for order in locked]
    )
    eligible, refusals = sort_out_by_figures(BulkAction.CREATE_BACKLOG_SKUS, locked, figures)
    # As they are before: what Backlog SKUs change of them is known.
    figures = [figure for figure in figures if figure["id"] not in refusals]
    order_ids = [order["id"] for order in eligible]
    _, changes = await meanwhile(
        backlog_skus.set_aside(work.sql, client_id=work.client_id, order_ids=order_ids),
        partial(_tell_of_created, work, eligible, figures),
    )
    await apply_statuses(work, before=eligible, figures=figures, changes=changes, lock=True)
    return refusals


def _tell_of_created(
    work: Work, before: Sequence[Row], figures: Sequence[Row]
) -> dict[int, orders.StatusChange]:
    """Record what becomes of the orders, by order id: their statuses once they have their Backlog SKUs."""
    changes = statuses_of(before, figures, lock=True)
    waiting = {figure["id"]: figure["waiting"] for figure in figures}
    tell_of_changes(work, before)
    for order in before:
        number = waiting[order["id"]]
        work.audit(
            "BACKLOG_SKUS_CREATED",
            f"{number} Backlog {'SKU was' if number == 1 else 'SKUs were'} created of order "
            f"{order['number']}, which is locked now.",
            order_id=order["id"],
            before={"delivery_status": order["delivery_status"], "locked": False},
            after={"delivery_status": changes[order["id"]].delivery_status, "locked": True},
        )
    work.encode()
    return changes


async def revert(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Undo `create` for the locked orders; why not, by order id, where that can't be."""
    eligible, refusals = await sort_out(work, BulkAction.REVERT_BACKLOG_SKUS, locked)
    await backlog_skus.put_back(
        work.sql, client_id=work.client_id, order_ids=[order["id"] for order in eligible]
    )
    changes = await settle_orders(work, before=eligible, lock=False)
    for order in eligible:
        work.audit(
            "BACKLOG_SKUS_REVERTED",
            f"The Backlog SKUs of order {order['number']} were reverted; it can be edited again.",
            order_id=order["id"],
            before={"delivery_status": order["delivery_status"], "locked": True},
            after={"delivery_status": changes[order["id"]].delivery_status, "locked": False},
        )
    return refusals


async def set_expected_dates(command: Command, *, dates: Sequence[ExpectedDate]) -> BacklogSkusChanged:
    """Note when the goods of Backlog SKUs are expected (A1). Raises NOT_FOUND and INVALID_INPUT."""

    async def body(work: Work) -> BacklogSkusChanged:
        check_count(dates, what="Backlog SKUs", path=("input",))
        wanted = {item.backlog_sku_id: item.expected_on for item in dates}
        if len(wanted) < len(dates):
            _refuse_first_repeated(dates)
        order_of = await backlog_skus.orders_of(work.sql, client_id=work.client_id, backlog_sku_ids=wanted)
        for index, item in enumerate(dates):
            if item.backlog_sku_id not in order_of:
                raise Refusal(
                    ErrorCode.NOT_FOUND,
                    "There is no such Backlog SKU.",
                    path=("input", str(index), "backlogSkuId"),
                )
        orders = await locks.lock_orders_without_pools(
            work.sql, client_id=work.client_id, order_ids=set(order_of.values())
        )
        if order_of != await backlog_skus.orders_of(
            work.sql, client_id=work.client_id, backlog_sku_ids=wanted
        ):
            # Reverted while the locks were waited for, and perhaps set aside again of another order.
            raise ReadTooEarlyError
        await _set_expected(work, orders, wanted)
        return BacklogSkusChanged(list(wanted))

    return await perform(
        command,
        operation="setBacklogSkuDates",
        payload=dates,
        answer=BacklogSkusChanged,
        body=body,
    )


def _refuse_first_repeated(dates: Sequence[ExpectedDate]) -> None:
    seen: set[int] = set()
    for index, item in enumerate(dates):
        if item.backlog_sku_id in seen:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                "This Backlog SKU is there twice; send it once, with the date that is right.",
                path=("input", str(index), "backlogSkuId"),
            )
        seen.add(item.backlog_sku_id)


async def _set_expected(work: Work, orders: Sequence[Row], wanted: dict[int, date | None]) -> None:
    row_of = {order["id"]: order for order in orders}
    for changed in await backlog_skus.set_expected(
        work.sql,
        client_id=work.client_id,
        backlog_sku_ids=list(wanted),
        dates=list(wanted.values()),
    ):
        order = row_of[changed["order_id"]]
        tell_of_changes(work, [order])
        work.audit(
            "BACKLOG_SKU_EXPECTED",
            f"The goods of a Backlog SKU of order {order['number']} are expected on "
            f"{changed['expected_on'] or 'no known date'}.",
            order_id=order["id"],
            before={"line": changed["id"], "expected_on": changed["previous"]},
            after={"line": changed["id"], "expected_on": changed["expected_on"]},
        )
