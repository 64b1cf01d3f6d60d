"""Outbound webhooks in the hands of a worker, an endpoint at a time.

Events of the log become messages in its order, and each is sent until its receiver takes it. Messages about
one order are sent one after the other, those about different orders at the same time. A worker that dies
between the receiver's answer and its own commit leaves the message to be sent again: under the same
`webhook-id`, by which receivers know it for the same.

A receiver that fails is left alone by the rule for marketplaces (rules/circuit.py), and holds up nobody else.
Nor does a message that it never takes: only messages that had not failed before count against a receiver, and
one of those is what it is tried with next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from domain.operations.leasing import LEASE, LeaseLostError
from domain.operations.steps.webhook_recording import record_messages
from domain.ports import WebhookMessage, WebhookNotDeliveredError, WebhookReceiver, WebhookReceivers
from domain.rules.circuit import Circuit, after_failure, after_known_failure, may_ask
from domain.rules.retrying import KEEP_TRYING_WEBHOOKS, next_webhook_attempt
from domain.rules.vocabulary import WebhookEvent, WebhookStatus
from domain.rules.webhooks import Verdict, told, verdict
from domain.store import audit, events, webhook_deliveries, webhook_endpoints
from domain.store.audit import AuditEntry
from domain.store.database import Connection, Database, Row
from domain.store.events import Event, Topic
from domain.store.webhook_deliveries import Attempt

AT_ONCE = 10
"""Most messages that are sent to one endpoint at the same time."""


@dataclass(frozen=True, slots=True)
class WaitingEndpoint:
    """An endpoint for which there may be something to send."""

    client_id: int
    endpoint_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointHandle:
    """An endpoint in the hands of one worker; `holder` and `lease` as in a run's handle."""

    database: Database
    client_id: int
    endpoint_id: int
    holder: str
    lease: timedelta = LEASE

    @property
    def key(self) -> dict[str, int]:
        """What finds its rows."""
        return {"client_id": self.client_id, "endpoint_id": self.endpoint_id}


@dataclass(frozen=True, slots=True)
class Begun:
    """An endpoint, and the messages an attempt at which has begun; `more` says whether to look again."""

    endpoint: Row
    due: Sequence[Row]
    more: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one message: a status, or why nothing did."""

    row: Row
    status: int | None
    reason: str | None

    @property
    def verdict(self) -> Verdict:
        return Verdict.TRY_AGAIN if self.status is None else verdict(self.status)


async def waiting_endpoints(*, database: Database, now: datetime) -> list[WaitingEndpoint]:
    """The endpoints of every client that a worker should take up."""
    async with database.connection_across_clients() as sql:
        rows = await webhook_endpoints.waiting(sql, now=now)
    return [WaitingEndpoint(row["client_id"], row["id"]) for row in rows]


async def keep_up_endpoints(*, database: Database) -> None:
    """Before events expire: endpoints of quiet clients have missed none of them."""
    async with database.transaction_across_clients() as transaction:
        await webhook_endpoints.keep_up(transaction.sql)


async def claim_endpoint(handle: EndpointHandle) -> str | None:
    """Take the endpoint; its name, or None when it is in other hands or gone."""
    async with handle.database.transaction(handle.client_id) as transaction:
        row = await webhook_endpoints.claim(
            transaction.sql, **handle.key, holder=handle.holder, lease=handle.lease
        )
    return None if row is None else str(row["name"])


async def renew_endpoint(handle: EndpointHandle) -> bool:
    """Keep the endpoint for another lease; False when it is no longer ours."""
    async with handle.database.connection(handle.client_id) as sql:
        return await webhook_endpoints.renew(sql, **handle.key, holder=handle.holder, lease=handle.lease)


async def release_endpoint(handle: EndpointHandle) -> None:
    """Give the endpoint up, so that another worker can go on at once."""
    async with handle.database.connection(handle.client_id) as sql:
        await webhook_endpoints.release(sql, **handle.key, holder=handle.holder)


async def begin_deliveries(handle: EndpointHandle, *, now: datetime) -> Begun:
    """Make messages of what has happened, and begin an attempt at some that are due.

    Raises LeaseLostError when the endpoint is no longer ours.
    """
    async with handle.database.transaction(handle.client_id) as transaction:
        endpoint = await _owned(transaction.sql, handle)
        more = endpoint["enabled"] and await record_messages(transaction.sql, endpoint, now=now)
    async with handle.database.transaction(handle.client_id) as transaction:
        endpoint = await _owned(transaction.sql, handle)
        circuit = Circuit(endpoint["failures"], endpoint["retry_at"])
        claim = partial(
            webhook_deliveries.claim,
            transaction.sql,
            client_id=handle.client_id,
            endpoint_id=handle.endpoint_id,
            only_pings=not endpoint["enabled"] or not may_ask(circuit, now=now),
            now=now,
        )
        if circuit.failures:
            # One attempt tells enough now, at what is least likely to be at fault itself.
            due = await claim(limit=1, only_untried=True) or await claim(limit=1)
        else:
            due = await claim(limit=AT_ONCE)
    return Begun(endpoint, due, more=bool(due) or more)


async def send_begun(begun: Begun, *, receivers: WebhookReceivers, now: datetime) -> list[Answer]:
    """Send what was begun, all at the same time; what came back for each message."""
    if not begun.due:
        return []
    endpoint = begun.endpoint
    secrets = [endpoint["secret"]]
    if endpoint["previous_secret_until"] is not None and now < endpoint["previous_secret_until"]:
        secrets.append(endpoint["previous_secret"])
    try:
        async with receivers.receiver(endpoint["url"]) as receiver:
            return await asyncio.gather(*(_send(receiver, row, secrets) for row in begun.due))
    except WebhookNotDeliveredError as error:
        return [Answer(row, None, str(error)) for row in begun.due]


async def settle_deliveries(
    handle: EndpointHandle, begun: Begun, answers: Sequence[Answer], *, now: datetime
) -> None:
    """Record what came back, and what that means for the endpoint, if it is still where it was.

    Raises LeaseLostError when the endpoint is no longer ours.
    """
    attempts = [_attempt(answer, now) for answer in answers]
    async with handle.database.transaction(handle.client_id) as transaction:
        endpoint = await _owned(transaction.sql, handle)
        await webhook_deliveries.settle(
            transaction.sql, client_id=handle.client_id, attempts=attempts, now=now
        )
        if endpoint["url"] == begun.endpoint["url"]:
            given_up = {one.delivery_id for one in attempts if one.status is WebhookStatus.FAILED}
            await _judge(transaction.sql, handle, endpoint, answers, given_up, now)


async def note_unexpected(handle: EndpointHandle, *, failure: str, now: datetime) -> None:
    """Say what keeps us from sending anything to the endpoint, leave it alone for a while, and give it up."""
    async with handle.database.transaction(handle.client_id) as transaction:
        endpoint = await _owned(transaction.sql, handle)
        await _failed(transaction.sql, handle, endpoint, failure, now)
        await webhook_endpoints.release(transaction.sql, **handle.key, holder=handle.holder)


async def _owned(sql: Connection, handle: EndpointHandle) -> Row:
    endpoint = await webhook_endpoints.owned(sql, **handle.key, holder=handle.holder)
    if endpoint is None:
        raise LeaseLostError
    return endpoint


async def _send(receiver: WebhookReceiver, row: Row, secrets: Sequence[str]) -> Answer:
    message_ = WebhookMessage(
        reference=f"msg_{row['client_id']}_{row['id']}", body=row["body"].encode(), secrets=secrets
    )
    try:
        status = await receiver.send(message_)
    except WebhookNotDeliveredError as error:
        return Answer(row, None, str(error))
    return Answer(row, status, None if verdict(status) is Verdict.TAKEN else told(status))


async def _failed(
    sql: Connection,
    handle: EndpointHandle,
    endpoint: Row,
    error: str,
    now: datetime,
    *,
    rule: Callable[..., Circuit] = after_failure,
) -> None:
    circuit = rule(Circuit(endpoint["failures"], endpoint["retry_at"]), now=now)
    await webhook_endpoints.failed(
        sql, **handle.key, failures=circuit.failures, retry_at=circuit.retry_at, error=error
    )


async def _judge(
    sql: Connection,
    handle: EndpointHandle,
    endpoint: Row,
    answers: Sequence[Answer],
    given_up: set[int],
    now: datetime,
) -> None:
    """What the answers say of the receiver; `given_up` are ids of messages that are not tried again."""
    # A test says nothing about how it goes with the others.
    told_of = [answer for answer in answers if answer.row["event"] != WebhookEvent.PING]
    taken = [answer for answer in told_of if answer.verdict is Verdict.TAKEN]
    if taken:
        await webhook_endpoints.succeeded(sql, **handle.key, at=now)
    elif told_of:
        known = all(answer.row["attempts"] > 1 for answer in told_of)
        rule = after_known_failure if known else after_failure
        await _failed(sql, handle, endpoint, told_of[-1].reason or "", now, rule=rule)
    reason = _why_off(endpoint, [] if taken else told_of, given_up)
    if reason is not None and endpoint["enabled"]:
        await _turn_off(sql, handle, endpoint, reason, now)


def _attempt(answer: Answer, now: datetime) -> Attempt:
    row = answer.row
    attempt = Attempt(
        delivery_id=row["id"],
        number=row["attempts"],
        status=WebhookStatus.DELIVERED,
        due_at=now,
        response_status=answer.status,
        reason=answer.reason,
    )
    if answer.verdict is Verdict.TAKEN:
        return attempt
    again = next_webhook_attempt(attempts=row["attempts"], give_up_at=row["give_up_at"], now=now)
    if again is None:
        return replace(attempt, status=WebhookStatus.FAILED)
    return replace(attempt, status=WebhookStatus.PENDING, due_at=again)


def _why_off(endpoint: Row, failed: Sequence[Answer], given_up: set[int]) -> str | None:
    """Why nothing should be sent to the endpoint any more; None while it should."""
    for answer in failed:
        if answer.verdict is Verdict.GONE:
            return "Its receiver answered with the status 410, which asks to be sent nothing any more."
        success = endpoint["last_success_at"]
        began = answer.row["give_up_at"] - KEEP_TRYING_WEBHOOKS
        if answer.row["id"] in given_up and (success is None or success < began):
            return f"It took nothing for {KEEP_TRYING_WEBHOOKS.days} days. {answer.reason}"
    return None


async def _turn_off(
    sql: Connection, handle: EndpointHandle, endpoint: Row, reason: str, now: datetime
) -> None:
    await webhook_endpoints.disable(sql, **handle.key, reason=reason)
    entry = AuditEntry(
        "WEBHOOK_ENDPOINT_DISABLED",
        f"The webhook endpoint {endpoint['name']!r} was turned off. {reason}",
        after={"endpoint": handle.endpoint_id},
    )
    await audit.write(sql, client_id=handle.client_id, actor="webhooks", source=None, at=now, entries=[entry])
    event = Event(
        client_id=handle.client_id,
        topic=Topic.CLIENT,
        at=now,
        cause="webhooks",
        subject_id=handle.client_id,
    )
    await events.write(sql, [event])
