"""The boundary of every operation: one command, one transaction, one answer.

`perform` opens the transaction, answers a repeated idempotency key from the stored answer (F6),
runs the body, writes the audit entries and events that the body recorded, and commits. A refusal
leaves nothing behind but, under an idempotency key, itself: a retry gets the same answer. It is kept in a
transaction of its own, after that of the work was rolled back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.operations.answers import Answer, KeyedRequest
from domain.ports import Authority
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import EmailEvent
from domain.store import audit, email_deliveries, events, recording
from domain.store.database import (
    ASKS_FOR_ANOTHER_TRY,
    TRIES,
    Connection,
    Database,
    Transaction,
    pause_before_another_try,
)
from domain.store.events import Topic
from domain.tracing import span


@dataclass(frozen=True, slots=True)
class Command:
    """Who asks (`authority`), when (`now`, UTC), on which database, and under which idempotency key."""

    database: Database
    authority: Authority
    now: datetime
    idempotency_key: str | None = None

    def transaction(self, *, repeatable_read: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """A transaction of the client on whose behalf it is (see `Database.transaction`)."""
        return self.database.transaction(self.authority.client_id, repeatable_read=repeatable_read)


@dataclass(slots=True)
class Work:
    """An open transaction and what it will say of itself when it commits.

    `cause` names the operation; it is what events tell their subscribers. `happened_at` is when what it
    records happened, where that is known and was before now.
    """

    sql: Connection
    authority: Authority
    now: datetime
    cause: str
    happened_at: datetime | None = None
    _orders: dict[int, events.Event] = field(default_factory=dict)
    _lines: dict[int, events.Event] = field(default_factory=dict)
    _promises: dict[int, events.Event] = field(default_factory=dict)
    _others: dict[tuple[Topic, int, int | None], events.Event] = field(default_factory=dict)
    _told: list[email_deliveries.Told] = field(default_factory=list)
    _audit: list[audit.AuditEntry] = field(default_factory=list)
    _encoded: recording.Encoded | None = None

    @property
    def client_id(self) -> int:
        return self.authority.client_id

    def order_changed(
        self,
        *,
        order_id: int,
        distribution_center_id: int,
        previous_status: str | None = None,
        previous_back_order_status: str | None = None,
    ) -> None:
        """Record that an order changed, or, without what it was before, that there is a new one.

        Several changes of one transaction become one event, and the first of them names what subscribers
        knew before it.
        """
        if order_id in self._orders:
            return
        data = {"previousStatus": previous_status, "previousBackOrderStatus": previous_back_order_status}
        known = {name: value for name, value in data.items() if value is not None}
        self._encoded = None
        self._orders[order_id] = self._event(Topic.ORDER, order_id, distribution_center_id, known)

    def line_changed(
        self,
        *,
        line_id: int,
        distribution_center_id: int,
        sku_id: int,
        back_ordered: int,
        previous_back_ordered: int,
    ) -> None:
        """Record that a line's back-ordered quantity changed; several changes become one event, too."""
        self._encoded = None
        known = self._lines.get(line_id)
        previous = known.data["previousBackOrderedQty"] if known else previous_back_ordered
        data = {"backOrderedQty": back_ordered, "previousBackOrderedQty": previous}
        self._lines[line_id] = self._event(Topic.LINE, line_id, distribution_center_id, data, sku_id=sku_id)

    def promise_changed(
        self,
        *,
        order_id: int,
        distribution_center_id: int,
        promised_at: datetime | None,
        previously_promised_at: datetime | None,
    ) -> None:
        """Record that an order is promised another date (F4); several changes become one event, or none."""
        self._encoded = None
        known = self._promises.pop(order_id, None)
        now = _stamp(promised_at)
        before = known.data["previouslyPromisedAt"] if known else _stamp(previously_promised_at)
        if now != before:
            data = {"promisedAt": now, "previouslyPromisedAt": before}
            self._promises[order_id] = self._event(Topic.PROMISE, order_id, distribution_center_id, data)

    def run_changed(self, *, run_id: int, distribution_center_id: int) -> None:
        """Record that a processor run was created, progressed or ended."""
        self.changed(Topic.RUN, run_id, distribution_center_id=distribution_center_id)

    def bulk_changed(self, *, bulk_operation_id: int) -> None:
        """Record that a bulk operation was created, progressed or ended."""
        self.changed(Topic.BULK, bulk_operation_id)

    def settings_changed(self) -> None:
        """Record that the client's settings, rules or reference data changed."""
        self.changed(Topic.CLIENT, self.client_id)

    def changed(
        self,
        topic: Topic,
        subject_id: int,
        *,
        distribution_center_id: int | None = None,
        sku_id: int | None = None,
    ) -> None:
        """Record a change of which there is nothing to tell but what changed; several become one event."""
        key = (topic, subject_id, distribution_center_id)
        if key not in self._others:
            self._encoded = None
            self._others[key] = self._event(topic, subject_id, distribution_center_id, {}, sku_id=sku_id)

    def tell_customer(self, event: EmailEvent, *, order_id: int, dispatch_id: int | None = None) -> None:
        """Have the customer told of what the order's statuses and promises don't show (D7)."""
        self._told.append(email_deliveries.Told(event, order_id, dispatch_id))

    def audit(
        self,
        action: str,
        summary: str,
        *,
        order_id: int | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Record an entry of the audit trail (F11)."""
        self._encoded = None
        self._audit.append(audit.AuditEntry(action, summary, order_id, before, after))

    def encode(self) -> None:
        """Prepare what was recorded so far to be written: for when there is nothing else to do anyway."""
        self._encoded = recording.encoded(self._audit, self._events())

    def _events(self) -> list[events.Event]:
        kinds = (self._orders, self._lines, self._promises, self._others)
        return [event for kind in kinds for event in kind.values()]

    async def flush(self, *, answer: recording.Answer | None = None) -> None:
        """Write what was recorded, and the answer to keep; called last, still inside the transaction."""
        sends_emails = await recording.write(
            self.sql,
            recording.Record(
                client_id=self.client_id,
                actor=self.authority.actor,
                source=self.authority.source,
                at=self.now,
                entries=self._audit,
                events=self._events(),
                answer=answer,
            ),
            already=self._encoded,
        )
        # Most clients send none, and a run changes thousands of orders.
        if sends_emails:
            await email_deliveries.record(
                self.sql,
                client_id=self.client_id,
                at=self.now,
                changes=[self._change(order) for order in self._orders.values()],
                told=self._told,
            )

    def _change(self, order: events.Event) -> email_deliveries.Change:
        promise = self._promises.get(order.subject_id)
        return email_deliveries.Change(
            order_id=order.subject_id,
            status=order.data.get("previousStatus"),
            back_order_status=order.data.get("previousBackOrderStatus"),
            promise_changed=promise is not None,
            promised_at=None if promise is None else _time(promise.data["previouslyPromisedAt"]),
        )

    def _event(
        self,
        topic: Topic,
        subject_id: int,
        distribution_center_id: int | None,
        data: dict[str, Any],
        *,
        sku_id: int | None = None,
    ) -> events.Event:
        return events.Event(
            client_id=self.client_id,
            topic=topic,
            at=self.now,
            cause=self.cause,
            subject_id=subject_id,
            distribution_center_id=distribution_center_id,
            sku_id=sku_id,
            data=data,
        )


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time(stamp: object) -> datetime | None:
    return datetime.fromisoformat(stamp) if isinstance(stamp, str) else None


async def perform(
    command: Command,
    *,
    operation: str,
    payload: Any,
    answer: type[Answer],
    body: Callable[[Work], Awaitable[Answer]],
    repeatable_read: bool = False,
) -> Answer:
    """Run `body` in one transaction and return its answer; see the module's docstring.

    `payload` is what makes a repetition under the same key the same request. With `repeatable_read` the
    body sees one snapshot; it takes no locks then. Raises the Refusal of the body, and
    IDEMPOTENCY_KEY_REUSED when the key was used with another operation or payload.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with span(operation, client_id=command.authority.client_id, attempt=attempt):
                return await _attempt(command, operation, payload, answer, body, repeatable_read)
        except ASKS_FOR_ANOTHER_TRY:
            if attempt == TRIES:
                raise
            await pause_before_another_try(attempt)
    raise AssertionError("the last attempt returns or raises")


async def _attempt(
    command: Command,
    operation: str,
    payload: Any,
    answer: type[Answer],
    body: Callable[[Work], Awaitable[Answer]],
    repeatable_read: bool,
) -> Answer:
    key = command.idempotency_key
    if key is None:
        async with command.transaction(repeatable_read=repeatable_read) as transaction:
            work = _work(command, transaction, operation)
            result = await body(work)
            await work.flush()
            return result
    request = KeyedRequest.of(key, operation=operation, payload=payload)
    try:
        async with command.transaction(repeatable_read=repeatable_read) as transaction:
            work = _work(command, transaction, operation)
            stored = await request.claim(work.sql, client_id=work.client_id, now=work.now)
            if stored is None:
                result = await body(work)
                await work.flush(answer=request.kept(result))
                return result
    except Refusal as refusal:
        # What was done is undone, and the key free again. Whoever has it now may have done the same work.
        async with command.transaction() as transaction:
            work = _work(command, transaction, operation)
            stored = await request.claim(work.sql, client_id=work.client_id, now=work.now)
            if stored is None:
                await work.flush(answer=request.kept(refusal))
        if stored is None:
            raise
    return request.answered(stored, answer)


def _work(command: Command, transaction: Transaction, operation: str) -> Work:
    return Work(sql=transaction.sql, authority=command.authority, now=command.now, cause=operation)
