"""Asking for synchronizations with marketplaces: of stores, of chosen orders, by timer, or by push (C5).

Each is of one store, so that a slow marketplace delays only its own. A worker carries them out
(`synchronizing.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from domain.operations.answers import UserError
from domain.operations.checks import check_count
from domain.operations.command import Command, Work, perform
from domain.operations.marketplace_messages import read_message
from domain.operations.steps.telling import synchronization_changed
from domain.rules import signatures
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import ConnectorKind
from domain.store import locks, store_connections, synchronizations
from domain.store.database import Database, Row
from domain.store.events import Topic

LARGEST_MESSAGE = 1024 * 1024
"""Bytes of a pushed message."""

_DUE_AT_ONCE = 200


class SynchronizationsRequested(msgspec.Struct, frozen=True):
    """The synchronizations, one per store, and why others can't be.

    `joined_ids` are those of them that somebody else had asked for and that have not begun.
    """

    synchronization_ids: list[int]
    errors: list[UserError]
    joined_ids: list[int] = []


class UnknownSenderError(Exception):
    """A message is not signed by the marketplace of a store with this code, or it is too old."""


@dataclass(frozen=True, slots=True)
class WaitingSynchronization:
    """A synchronization that a worker should take up."""

    client_id: int
    synchronization_id: int


async def synchronize_stores(command: Command, *, store_ids: Sequence[int]) -> SynchronizationsRequested:
    """Fetch whatever is new from the marketplaces of the stores; each that can't be asked is reported."""

    async def body(work: Work) -> SynchronizationsRequested:
        check_count(store_ids, what="stores", path=("storeIds",))
        refusals = await _why_not(work, store_ids)
        ids, joined = [], []
        for store_id in dict.fromkeys(store_ids):
            if store_id in refusals:
                continue
            waiting = await _join(work, store_id)
            if waiting is not None:
                joined.append(waiting)
            ids.append(await _request(work, store_id) if waiting is None else waiting)
        errors = UserError.of_each(store_ids, refusals, path="storeIds")
        return SynchronizationsRequested(ids, errors, joined)

    return await perform(
        command,
        operation="synchronizeStores",
        payload=store_ids,
        answer=SynchronizationsRequested,
        body=body,
    )


async def synchronize_orders(command: Command, *, order_ids: Sequence[int]) -> SynchronizationsRequested:
    """Ask the marketplaces of the orders for their state; each order that can't be asked for is reported."""

    async def body(work: Work) -> SynchronizationsRequested:
        check_count(order_ids, what="orders", path=("orderIds",))
        orders = await locks.lock_orders_without_pools(
            work.sql, client_id=work.client_id, order_ids=set(order_ids)
        )
        ids, refusals = await _request_orders(work, orders)
        known = {order["id"] for order in orders}
        missing = Refusal(ErrorCode.NOT_FOUND, "There is no such order.")
        refusals |= {order_id: missing for order_id in order_ids if order_id not in known}
        return SynchronizationsRequested(ids, UserError.of_each(order_ids, refusals, path="orderIds"))

    return await perform(
        command,
        operation="synchronizeOrders",
        payload=order_ids,
        answer=SynchronizationsRequested,
        body=body,
    )


async def synchronize(work: Work, locked: Sequence[Row]) -> dict[int, Refusal]:
    """Ask the marketplaces of the locked orders for their state; by order id, why one can't be asked."""
    _, refusals = await _request_orders(work, locked)
    return refusals


async def start_due_synchronizations(*, database: Database, now: datetime) -> None:
    """Request a synchronization of every store that is due, unless one is under way.

    Safe on any number of workers at once: a connection is locked while it is moved on to its next time.
    """
    async with database.transaction_across_clients() as transaction:
        sql = transaction.sql
        for due in await store_connections.take_due(sql, now=now, limit=_DUE_AT_ONCE):
            store = {"client_id": due["client_id"], "store_id": due["store_id"]}
            if not await synchronizations.unfinished(sql, **store):
                created = await synchronizations.create(
                    sql, **store, requested_by="schedule", order_numbers=None, at=now
                )
                await synchronization_changed(
                    sql,
                    client_id=due["client_id"],
                    synchronization_id=created,
                    cause="schedule",
                    now=now,
                )
            await store_connections.advance(
                sql, **store, next_due_at=now + timedelta(seconds=due["interval_seconds"])
            )


async def waiting_synchronizations(*, database: Database, now: datetime) -> list[WaitingSynchronization]:
    """The next synchronization of every store on which no worker is working."""
    async with database.connection_across_clients() as sql:
        rows = await synchronizations.startable(sql, now=now)
    return [WaitingSynchronization(row["client_id"], row["id"]) for row in rows]


async def receive_message(
    *, database: Database, store_code: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> WaitingSynchronization | None:
    """Keep what a marketplace pushed, to be applied by a worker; None when this message was kept before.

    Raises UnknownSenderError, and UnreadableMessageError for what a worker could make nothing of.
    """
    message_id = headers.get(signatures.ID_HEADER, "")
    if not (1 <= len(message_id) <= 255 and message_id.isprintable()):
        raise UnknownSenderError
    async with database.transaction_across_clients() as transaction:
        for sender in await store_connections.senders(transaction.sql, store_code=store_code):
            if signatures.is_signed(
                secret=sender["secret"],
                message_id=message_id,
                timestamp=headers.get(signatures.TIMESTAMP_HEADER, ""),
                signatures=headers.get(signatures.SIGNATURE_HEADER, ""),
                body=body,
                now=now,
            ):
                break
        else:
            raise UnknownSenderError
        read_message(body, store_code=store_code)
        synchronization_id = await synchronizations.receive(
            transaction.sql,
            client_id=sender["client_id"],
            store_id=sender["store_id"],
            message_id=message_id,
            message=body,
            at=now,
        )
        if synchronization_id is None:
            return None
        await synchronization_changed(
            transaction.sql,
            client_id=sender["client_id"],
            synchronization_id=synchronization_id,
            cause="push",
            now=now,
        )
    return WaitingSynchronization(sender["client_id"], synchronization_id)


async def _why_not(work: Work, store_ids: Sequence[int]) -> dict[int, Refusal]:
    """Why the marketplaces of stores can't be asked, by store id."""
    stores = await store_connections.stores(work.sql, client_id=work.client_id, store_ids=set(store_ids))
    known = {store["id"] for store in stores}
    refusals = {
        store_id: Refusal(ErrorCode.NOT_FOUND, "There is no such store.")
        for store_id in store_ids
        if store_id not in known
    }
    for store in stores:
        if store["kind"] is None:
            problem = "is not connected to its marketplace; set its connection first"
        elif not store["enabled"]:
            problem = "has its connection paused; enable it first"
        elif store["kind"] == ConnectorKind.PUSH:
            problem = "can't be asked: its marketplace pushes by itself"
        else:
            continue
        refusals[store["id"]] = Refusal(ErrorCode.FEATURE_DISABLED, f"Store {store['code']} {problem}.")
    return refusals


async def _request_orders(work: Work, orders: Sequence[Row]) -> tuple[list[int], dict[int, Refusal]]:
    """A synchronization per store; its id, or why not, by order id."""
    refusals: dict[int, Refusal] = {}
    of_store: defaultdict[int, list[Row]] = defaultdict(list)
    for order in orders:
        if order["store_id"] is None:
            refusals[order["id"]] = Refusal(
                ErrorCode.FEATURE_DISABLED, f"Order {order['number']} came from no store that could be asked."
            )
        else:
            of_store[order["store_id"]].append(order)
    why_not = await _why_not(work, list(of_store))
    ids = []
    for store_id, its_orders in of_store.items():
        if store_id in why_not:
            refusals |= {order["id"]: why_not[store_id] for order in its_orders}
        else:
            ids.append(await _request(work, store_id, [order["number"] for order in its_orders]))
    return ids, refusals


async def _join(work: Work, store_id: int) -> int | None:
    """The store's synchronization that has not begun: it will find whatever is new as well as another one."""
    waiting = await synchronizations.waiting(work.sql, client_id=work.client_id, store_id=store_id)
    if waiting is not None:
        work.audit(
            "SYNCHRONIZATION_JOINED",
            f"Synchronization {waiting}, which waited already, was asked for again.",
            after={"synchronization": waiting, "store": store_id},
        )
    return waiting


async def _request(work: Work, store_id: int, order_numbers: Sequence[str] | None = None) -> int:
    synchronization_id = await synchronizations.create(
        work.sql,
        client_id=work.client_id,
        store_id=store_id,
        requested_by=work.authority.actor,
        order_numbers=order_numbers,
        at=work.now,
    )
    work.changed(Topic.SYNCHRONIZATION, synchronization_id)
    work.audit(
        "SYNCHRONIZATION_REQUESTED",
        f"Synchronization {synchronization_id} was requested.",
        after={"synchronization": synchronization_id, "store": store_id, "orders": order_numbers},
    )
    return synchronization_id
