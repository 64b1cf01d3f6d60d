"""A synchronization in the hands of a worker: what was delivered is applied, and its results are kept (C5).

Applying is idempotent: an order that exists is left as it is, and what is known already changes nothing. So a
delivery that was applied when its worker was killed is applied again without harm. Its results and the
cursor are kept together, and only by the worker whose synchronization it still is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from domain.operations.apply_message import apply_message
from domain.operations.command import Command
from domain.operations.leasing import LEASE, LeaseLostError
from domain.operations.marketplace_messages import read_message, shown
from domain.operations.steps.telling import synchronization_changed
from domain.ports import Authority, Marketplace
from domain.rules.circuit import Circuit, after_failure
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import ConnectorKind, Outcome, Role, SynchronizationStatus, SynchronizedRow
from domain.store import store_connections, synchronizations
from domain.store.database import Connection, Database
from domain.store.synchronizations import LEASES, Result

MOST_ATTEMPTS = 3
"""Attempts of one synchronization before it is given up; the timer, or somebody, asks for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynchronizationHandle:
    """A synchronization in the hands of one worker; `holder` and `lease` as in a run's handle."""

    database: Database
    client_id: int
    synchronization_id: int
    holder: str
    lease: timedelta = LEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedSynchronization:
    """What is to be synchronized.

    `message` is what was pushed; without it `marketplace` is to be asked, which is None when its store is
    no longer connected.
    """

    store_id: int
    store_code: str
    marketplace: Marketplace | None
    cursor: str | None
    order_numbers: Sequence[str] | None
    message_id: str | None
    message: bytes | None


async def claim_synchronization(
    handle: SynchronizationHandle, *, now: datetime
) -> ClaimedSynchronization | None:
    """Take the synchronization; None when it has ended or its store is in other hands."""
    async with handle.database.transaction(handle.client_id) as transaction:
        row = await synchronizations.claim(
            transaction.sql,
            client_id=handle.client_id,
            synchronization_id=handle.synchronization_id,
            holder=handle.holder,
            lease=handle.lease,
            now=now,
        )
        if row is None:
            return None
        await _tell(transaction.sql, handle, now)
        store = await store_connections.marketplace(
            transaction.sql, client_id=handle.client_id, store_id=row["store_id"]
        )
    if store is None:
        raise LookupError(f"synchronization {handle.synchronization_id} is of no store")
    marketplace = None
    if store["enabled"] and store["address"] is not None:
        marketplace = Marketplace(
            client_code=store["client_code"],
            kind=ConnectorKind(store["kind"]),
            address=store["address"],
            secret=store["secret"],
        )
    asked: str | None = row["order_numbers"]
    return ClaimedSynchronization(
        store_id=row["store_id"],
        store_code=store["store_code"],
        marketplace=marketplace,
        cursor=None if asked is not None else store["cursor"],
        order_numbers=None if asked is None else msgspec.json.decode(asked, type=list[str]),
        message_id=row["message_id"],
        message=row["message"],
    )


async def renew_synchronization(handle: SynchronizationHandle) -> bool:
    """Keep the synchronization for another lease; False when it is no longer ours."""
    async with handle.database.connection(handle.client_id) as sql:
        return await LEASES.renew(
            sql,
            client_id=handle.client_id,
            work_id=handle.synchronization_id,
            holder=handle.holder,
            lease=handle.lease,
        )


async def hand_over_synchronization(handle: SynchronizationHandle) -> None:
    """Give the synchronization up between two deliveries, so that another worker can go on at once."""
    async with handle.database.connection(handle.client_id) as sql:
        await LEASES.end(
            sql, client_id=handle.client_id, work_id=handle.synchronization_id, holder=handle.holder
        )


async def apply_delivery(
    handle: SynchronizationHandle, claimed: ClaimedSynchronization, *, body: bytes, now: datetime
) -> str | None:
    """Apply what was delivered and keep the results; the cursor to go on from when there is more.

    Raises UnreadableMessageError when it is no message, and LeaseLostError.
    """
    message = read_message(body, store_code=claimed.store_code)
    command = Command(
        handle.database,
        Authority(
            client_id=handle.client_id,
            role=Role.SERVICE,
            actor=f"marketplace {claimed.store_code}",
            source="synchronization",
        ),
        now,
    )
    results = await apply_message(command, store_id=claimed.store_id, message=message)
    async with _still_ours(handle, claimed) as sql:
        await synchronizations.record(
            sql,
            client_id=handle.client_id,
            synchronization_id=handle.synchronization_id,
            results=results,
        )
        if claimed.message is None and claimed.marketplace is not None:
            await store_connections.succeeded(
                sql,
                client_id=handle.client_id,
                store_id=claimed.store_id,
                address=claimed.marketplace.address,
                at=now,
                # What was told of chosen orders says nothing of what else is new.
                cursor=None if claimed.order_numbers is not None else message.cursor,
            )
    return message.cursor if message.more else None


async def set_aside(
    handle: SynchronizationHandle, claimed: ClaimedSynchronization, *, name: str, problem: str
) -> None:
    """Keep that a file, or a pushed message, could not be read. Raises LeaseLostError."""
    unreadable = Result(
        SynchronizedRow.FILE, shown(name), Outcome.FAILED, ErrorCode.INVALID_INPUT, shown(problem)
    )
    async with _still_ours(handle, claimed) as sql:
        await synchronizations.record(
            sql,
            client_id=handle.client_id,
            synchronization_id=handle.synchronization_id,
            results=[unreadable],
        )


async def complete_synchronization(
    handle: SynchronizationHandle, claimed: ClaimedSynchronization, *, now: datetime
) -> None:
    """End it: everything there was has a result. Raises LeaseLostError."""
    ours = {"client_id": handle.client_id, "synchronization_id": handle.synchronization_id}
    async with _still_ours(handle, claimed) as sql:
        silence = "The marketplace said nothing of this order."
        await synchronizations.record(
            sql,
            **ours,
            results=[
                Result(SynchronizedRow.STATUS, number, Outcome.SKIPPED, ErrorCode.NOT_FOUND, silence)
                for number in await synchronizations.unanswered(sql, **ours)
            ],
        )
        store = {"client_id": handle.client_id, "store_id": claimed.store_id}
        if claimed.message is not None:
            await store_connections.received(sql, **store, at=now)
            await synchronizations.forget_message(sql, **ours)
        elif claimed.marketplace is not None:
            address = claimed.marketplace.address
            await store_connections.succeeded(sql, **store, address=address, at=now, cursor=None)
        await _finish(sql, handle, SynchronizationStatus.COMPLETED, now=now)


async def note_failure(
    handle: SynchronizationHandle, claimed: ClaimedSynchronization, *, failure: str, now: datetime
) -> None:
    """The marketplace did not answer as agreed: wait before it is asked again, or give up.

    Raises LeaseLostError.
    """
    store = {"client_id": handle.client_id, "store_id": claimed.store_id}
    async with _still_ours(handle, claimed) as sql:
        connection = await store_connections.lock(sql, **store)
        if connection is not None and claimed.marketplace is not None:
            circuit = after_failure(Circuit(connection["failures"], connection["retry_at"]), now=now)
            await store_connections.failed(
                sql,
                **store,
                address=claimed.marketplace.address,
                failures=circuit.failures,
                retry_at=circuit.retry_at,
                error=failure,
            )
        row = await LEASES.owned(
            sql, client_id=handle.client_id, work_id=handle.synchronization_id, holder=handle.holder
        )
        if connection is None or row is None or row["attempts"] + 1 >= MOST_ATTEMPTS:
            await _finish(sql, handle, SynchronizationStatus.FAILED, now=now, failure=failure)
        else:
            await synchronizations.put_back(
                sql,
                client_id=handle.client_id,
                synchronization_id=handle.synchronization_id,
                failure=failure,
            )


async def give_up_synchronization(
    handle: SynchronizationHandle, claimed: ClaimedSynchronization, *, failure: str, now: datetime
) -> None:
    """End a synchronization that can't go on; the results so far stay. Raises LeaseLostError."""
    async with _still_ours(handle, claimed) as sql:
        await _finish(sql, handle, SynchronizationStatus.FAILED, now=now, failure=failure)


@asynccontextmanager
async def _still_ours(
    handle: SynchronizationHandle, claimed: ClaimedSynchronization
) -> AsyncIterator[Connection]:
    """A transaction while the synchronization is ours. Raises LeaseLostError."""
    async with handle.database.transaction(handle.client_id) as transaction:
        # The store's connection first, as whoever changes it does.
        await store_connections.lock(transaction.sql, client_id=handle.client_id, store_id=claimed.store_id)
        row = await LEASES.owned(
            transaction.sql,
            client_id=handle.client_id,
            work_id=handle.synchronization_id,
            holder=handle.holder,
        )
        if row is None:
            raise LeaseLostError
        yield transaction.sql


async def _finish(
    sql: Connection,
    handle: SynchronizationHandle,
    status: SynchronizationStatus,
    *,
    now: datetime,
    failure: str | None = None,
) -> None:
    await LEASES.finish(
        sql,
        client_id=handle.client_id,
        work_id=handle.synchronization_id,
        status=status,
        now=now,
        failure=failure,
    )
    await _tell(sql, handle, now)


async def _tell(sql: Connection, handle: SynchronizationHandle, now: datetime) -> None:
    await synchronization_changed(
        sql,
        client_id=handle.client_id,
        synchronization_id=handle.synchronization_id,
        cause="synchronize",
        now=now,
    )
