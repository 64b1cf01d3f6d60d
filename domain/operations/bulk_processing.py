"""A bulk operation in the hands of a worker, in chunks that each commit on their own (A6).

A chunk locks its orders, sorts them by the rule, does the action to those to which it can be done, and
keeps what became of each, with the operation's figures, in the same transaction. So an operation killed
anywhere is continued by another worker where it stood, and nothing is done twice.

The action is the very function that does it to a single order, given many.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

import structlog

from domain.operations import backlog_skus, confirm_orders
from domain.operations.cancel_orders import cancel
from domain.operations.command import Work
from domain.operations.delivery_notes import deliver_available
from domain.operations.dropship_orders import dropship
from domain.operations.edit_orders import delay
from domain.operations.leasing import LEASE, LeaseLostError, giving_way
from domain.operations.synchronizations import synchronize
from domain.ports import Authority
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import BulkAction, BulkStatus, Outcome, Role
from domain.store import bulk_operations, locks, statistics
from domain.store.bulk_operations import LEASES, Result
from domain.store.database import ASKS_FOR_ANOTHER_TRY, CONNECTION_ERRORS, Connection, Database, Row

log = structlog.get_logger()

CHUNK_ORDERS = 2_500
"""Orders of one transaction: a bound on how long their pools are locked, and on what a kill undoes."""

Act = Callable[[Work, Sequence[Row]], Awaitable[dict[int, Refusal]]]

_ACTS: Mapping[BulkAction, Act] = MappingProxyType(
    {
        BulkAction.CREATE_BACKLOG_SKUS: backlog_skus.create,
        BulkAction.REVERT_BACKLOG_SKUS: backlog_skus.revert,
        BulkAction.CREATE_DELIVERY_NOTES: deliver_available,
        BulkAction.CONFIRM: confirm_orders.confirm,
        BulkAction.REJECT: confirm_orders.reject,
        BulkAction.UNCONFIRM: confirm_orders.unconfirm,
        BulkAction.CANCEL: cancel,
        BulkAction.DROPSHIP: dropship,
        BulkAction.SYNCHRONIZE: synchronize,
    }
)

_AT_MOST: Mapping[BulkAction, int] = MappingProxyType({BulkAction.DROPSHIP: 50})
"""Orders of one transaction where each takes statements of its own: a purchase order, its coverage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkHandle:
    """A bulk operation in the hands of one worker; `holder` and `lease` as in a run's handle."""

    database: Database
    client_id: int
    bulk_operation_id: int
    holder: str
    lease: timedelta = LEASE


@dataclass(frozen=True, slots=True)
class WaitingBulkOperation:
    """A bulk operation that a worker should take up."""

    client_id: int
    bulk_operation_id: int


async def waiting_bulk_operations(*, database: Database) -> list[WaitingBulkOperation]:
    """The bulk operations on which no worker is working: new ones, and those whose worker died."""
    async with database.connection_across_clients() as sql:
        rows = await bulk_operations.startable(sql)
    return [WaitingBulkOperation(row["client_id"], row["id"]) for row in rows]


async def claim_bulk(bulk: BulkHandle, *, now: datetime) -> Row | None:
    """Take the bulk operation; its row, or None when it has ended or is in other hands."""
    await statistics.refresh_if_stale(bulk.database)
    async with bulk.database.transaction(bulk.client_id) as transaction:
        row = await LEASES.claim(
            transaction.sql,
            client_id=bulk.client_id,
            work_id=bulk.bulk_operation_id,
            holder=bulk.holder,
            lease=bulk.lease,
            now=now,
        )
        if row is not None:
            work = _work(bulk, row, transaction.sql, now)
            work.bulk_changed(bulk_operation_id=bulk.bulk_operation_id)
            await work.flush()
        return row


async def renew_bulk(bulk: BulkHandle) -> bool:
    """Keep the bulk operation for another lease; False when it is no longer ours."""
    async with bulk.database.connection(bulk.client_id) as sql:
        return await LEASES.renew(
            sql,
            client_id=bulk.client_id,
            work_id=bulk.bulk_operation_id,
            holder=bulk.holder,
            lease=bulk.lease,
        )


async def hand_over_bulk(bulk: BulkHandle) -> None:
    """Give the bulk operation up between two chunks, so that another worker can go on with it at once."""
    async with bulk.database.connection(bulk.client_id) as sql:
        await LEASES.end(sql, client_id=bulk.client_id, work_id=bulk.bulk_operation_id, holder=bulk.holder)


async def process_next_chunk(bulk: BulkHandle, *, now: datetime, size: int = CHUNK_ORDERS) -> bool:
    """Go on with the next orders; False when that ended the operation. Raises LeaseLostError."""
    async with _step(bulk, now) as (work, row):
        targets = await bulk_operations.targets(
            work.sql,
            client_id=bulk.client_id,
            bulk_operation_id=bulk.bulk_operation_id,
            after=row["processed"],
            size=min(size, _AT_MOST.get(row["action"], size)),
        )
        others = await _process(work, row, targets)
        ours = await bulk_operations.record(
            work.sql,
            client_id=bulk.client_id,
            bulk_operation_id=bulk.bulk_operation_id,
            holder=bulk.holder,
            positions=targets,
            others=others,
        )
        if not ours:
            # Called off or taken over meanwhile; nothing of this is committed.
            raise LeaseLostError
        done: bool = row["processed"] + len(targets) == row["total"]
        if done:
            await LEASES.finish(
                work.sql,
                client_id=bulk.client_id,
                work_id=bulk.bulk_operation_id,
                status=BulkStatus.COMPLETED,
                now=now,
            )
        work.bulk_changed(bulk_operation_id=bulk.bulk_operation_id)
        return not done


async def fail_bulk(bulk: BulkHandle, *, failure: str, now: datetime) -> None:
    """End a bulk operation that can't go on; the results so far stay."""
    async with _step(bulk, now) as (work, _):
        owned = await LEASES.owned(
            work.sql, client_id=bulk.client_id, work_id=bulk.bulk_operation_id, holder=bulk.holder
        )
        if owned is None:
            return
        await LEASES.finish(
            work.sql,
            client_id=bulk.client_id,
            work_id=bulk.bulk_operation_id,
            status=BulkStatus.FAILED,
            now=now,
            failure=failure,
        )
        work.bulk_changed(bulk_operation_id=bulk.bulk_operation_id)


async def _process(work: Work, row: Row, targets: Mapping[int, int]) -> list[Result]:
    """Do the action to the targets, order ids by position; what became of those that did not succeed."""
    if not targets:
        return []
    action = BulkAction(row["action"])
    act = partial(delay, until=row["until"]) if action is BulkAction.DELAY else _ACTS[action]
    locked = await locks.lock_orders_and_pools(work.sql, client_id=work.client_id, order_ids=targets.values())
    refusals, broken = await _together_or_one_by_one(work, act, locked)
    if not refusals and not broken:
        return []
    others = []
    for position, order_id in targets.items():
        if order_id in broken:
            others.append(Result(position, Outcome.FAILED, message=broken[order_id]))
        elif order_id in refusals:
            refused = refusals[order_id]
            others.append(Result(position, Outcome.SKIPPED, refused.code, refused.message))
    return others


async def _together_or_one_by_one(
    work: Work, act: Act, locked: Sequence[Row]
) -> tuple[dict[int, Refusal], dict[int, str]]:
    """Why orders were refused, and how others broke, by order id.

    An order that breaks takes only itself down: when the chunk fails, each of its orders is tried alone.
    """
    try:
        return await _in_savepoint(work, act, locked), {}
    except (*ASKS_FOR_ANOTHER_TRY, *CONNECTION_ERRORS):
        raise
    except Exception:
        log.exception("bulk.chunk_broken", orders=len(locked))
    refusals: dict[int, Refusal] = {}
    broken: dict[int, str] = {}
    for order in locked:
        try:
            refusals |= await _in_savepoint(work, act, [order])
        except (*ASKS_FOR_ANOTHER_TRY, *CONNECTION_ERRORS):
            raise
        except Exception as error:
            log.exception("bulk.order_broken", order_id=order["id"])
            # Its type only: the text of a database error holds rows.
            broken[order["id"]] = f"An unexpected error: {type(error).__name__}. The log tells more."
    return refusals, broken


async def _in_savepoint(work: Work, act: Act, locked: Sequence[Row]) -> dict[int, Refusal]:
    async with work.sql.transaction():
        part = Work(sql=work.sql, authority=work.authority, now=work.now, cause=work.cause)
        refusals = await act(part, locked)
        await part.flush()
        return refusals


@asynccontextmanager
async def _step(bulk: BulkHandle, now: datetime) -> AsyncIterator[tuple[Work, Row]]:
    """One transaction of the bulk operation while it is ours, and its row. Raises LeaseLostError."""
    async with giving_way(bulk.database, bulk.client_id) as transaction:
        row = await bulk_operations.get(
            transaction.sql, client_id=bulk.client_id, bulk_operation_id=bulk.bulk_operation_id
        )
        if row is None or row["lease_holder"] != bulk.holder:
            raise LeaseLostError
        work = _work(bulk, row, transaction.sql, now)
        yield work, row
        await work.flush()


def _work(bulk: BulkHandle, row: Row, sql: Connection, now: datetime) -> Work:
    """What is done is done by whoever started the operation."""
    authority = Authority(
        client_id=bulk.client_id, role=Role.SERVICE, actor=row["requested_by"], source=row["source"]
    )
    return Work(sql=sql, authority=authority, now=now, cause="bulkOperation")
