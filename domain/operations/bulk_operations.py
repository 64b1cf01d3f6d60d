"""Bulk operations as users have them: one action on many orders, started and called off (A4, A6)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.edit_orders import check_until
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import BulkAction, BulkStatus
from domain.store import bulk_operations, orders, reference
from domain.store.reads.eligibility import Selection

MOST_IDS = 500_000
"""Orders that one selection can name; a filter selects any number."""


class BulkOperationChanged(msgspec.Struct, frozen=True):
    """The bulk operation that was started or called off."""

    bulk_operation_id: int


async def start_bulk_operation(
    command: Command, *, action: BulkAction, selection: Selection, until: datetime | None = None
) -> BulkOperationChanged:
    """Do `action` to every order of the selection as it is now; a worker takes it up (A4).

    `until` belongs to DELAY. Orders to which it can't be done are skipped, each with its reason. Raises
    NOT_FOUND for an id that is no order's, INVALID_INPUT for no ids, too many, or an `until` that is past
    or of no use, and FEATURE_DISABLED for an action that the client's settings switch off.
    """

    async def body(work: Work) -> BulkOperationChanged:
        _check_until(action, until, now=work.now)
        await _check_allowed(work, action)
        await _check_selection(work, selection)
        bulk_operation_id = await bulk_operations.create(
            work.sql,
            client_id=work.client_id,
            action=action,
            until=until,
            requested_by=work.authority.actor,
            source=work.authority.source,
            at=work.now,
        )
        total = await bulk_operations.select_targets(
            work.sql,
            bulk_operation_id=bulk_operation_id,
            selection=selection.conditions(work.client_id),
        )
        work.bulk_changed(bulk_operation_id=bulk_operation_id)
        work.audit(
            "BULK_STARTED",
            f"{action} was started on {total} {'order' if total == 1 else 'orders'}.",
            after={"bulk_operation": bulk_operation_id, "action": action, "total": total},
        )
        return BulkOperationChanged(bulk_operation_id)

    return await perform(
        command,
        operation="startBulkOperation",
        payload=[action, selection, until],
        answer=BulkOperationChanged,
        body=body,
    )


async def cancel_bulk_operation(command: Command, *, bulk_operation_id: int) -> BulkOperationChanged:
    """Call a bulk operation off: what it has done stays, and it does nothing more.

    Raises NOT_FOUND, and NOTHING_TO_DO when it has ended.
    """

    async def body(work: Work) -> BulkOperationChanged:
        key = {"client_id": work.client_id, "bulk_operation_id": bulk_operation_id}
        row = await bulk_operations.lock(work.sql, **key)
        if row is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such bulk operation.", path=("id",))
        if row["status"] not in (BulkStatus.PENDING, BulkStatus.RUNNING):
            raise Refusal(ErrorCode.NOTHING_TO_DO, "The bulk operation has ended already.", path=("id",))
        await bulk_operations.LEASES.finish(
            work.sql,
            client_id=work.client_id,
            work_id=bulk_operation_id,
            status=BulkStatus.CANCELLED,
            now=work.now,
        )
        work.bulk_changed(bulk_operation_id=bulk_operation_id)
        work.audit(
            "BULK_CANCELLED",
            f"{row['action']} was called off after {row['processed']} of {row['total']} orders.",
            before={"bulk_operation": bulk_operation_id, "status": row["status"]},
            after={"bulk_operation": bulk_operation_id, "status": BulkStatus.CANCELLED},
        )
        return BulkOperationChanged(bulk_operation_id)

    return await perform(
        command,
        operation="cancelBulkOperation",
        payload=bulk_operation_id,
        answer=BulkOperationChanged,
        body=body,
    )


def _check_until(action: BulkAction, until: datetime | None, *, now: datetime) -> None:
    if action is BulkAction.DELAY:
        check_until(until, now=now)
    elif until is not None:
        raise Refusal(ErrorCode.INVALID_INPUT, "Only DELAY takes a time; leave it out.", path=("until",))


async def _check_allowed(work: Work, action: BulkAction) -> None:
    """An action that is switched off would skip every order: say so before, not half a million times."""
    if action is BulkAction.REVERT_BACKLOG_SKUS:
        settings = await reference.settings_of(work.sql, client_id=work.client_id)
        if not settings["allow_backlog_sku_revert"]:
            raise Refusal(
                ErrorCode.FEATURE_DISABLED,
                "Reverting Backlog SKUs is switched off; an admin can set allowBacklogSkuRevert.",
                path=("action",),
            )


async def _check_selection(work: Work, selection: Selection) -> None:
    ids = selection.ids
    if ids is None:
        return
    if not 1 <= len(ids) <= MOST_IDS:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"Name 1 to {MOST_IDS:,} orders, or select them by a filter.",
            path=("selection", "ids"),
        )
    known = await orders.existing(work.sql, client_id=work.client_id, order_ids=ids)
    for index, order_id in enumerate(ids):
        if order_id not in known:
            raise Refusal(
                ErrorCode.NOT_FOUND, "There is no such order.", path=("selection", "ids", str(index))
            )
