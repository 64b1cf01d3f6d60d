"""Events become messages for an endpoint of outbound webhooks, in the order of the log (F5).

An endpoint has looked at the log up to a place of its own, and goes on from there whenever there is room.
Whatever expired from the log before it was looked at is told of as such.
"""

from __future__ import annotations

from datetime import datetime

from domain.rules.opaque import event_cursor
from domain.rules.retrying import KEEP_TRYING_WEBHOOKS
from domain.rules.vocabulary import WebhookEvent
from domain.store import event_log, webhook_deliveries, webhook_endpoints
from domain.store.database import Connection, Row
from domain.store.webhook_messages import EVENTS, Message, message, messages_of

MOST_PENDING = 1_000
"""So many messages may wait for an endpoint; further events stay in the log until there is room."""

_EVENTS_AT_A_TIME = 200


async def record_messages(sql: Connection, endpoint: Row, *, now: datetime) -> bool:
    """Make messages of the events that come next for the locked endpoint; whether there may be more."""
    key = {"client_id": endpoint["client_id"], "endpoint_id": endpoint["id"]}
    waiting = await webhook_deliveries.pending(sql, **key, most=MOST_PENDING)
    if waiting >= MOST_PENDING:
        return False
    position = await event_log.position(sql)
    after = endpoint["after_seq"]
    messages: list[Message] = []
    if not position.resumable(after):
        messages.append(_expired(after, position, now))
        after = position.expired_until if after < position.expired_until else position.last_seq
    wanted = [topic for topic, event in EVENTS.items() if event.value in endpoint["events"]]
    found = await event_log.read_of_client(
        sql,
        client_id=endpoint["client_id"],
        topics=wanted,
        distribution_center_id=endpoint["distribution_center_id"],
        after=after,
        until=position.last_seq,
        limit=_EVENTS_AT_A_TIME,
    )
    messages += await messages_of(sql, client_id=endpoint["client_id"], events=found)
    if messages:
        await webhook_deliveries.insert(
            sql, **key, messages=messages, now=now, give_up_at=now + KEEP_TRYING_WEBHOOKS
        )
    more = len(found) == _EVENTS_AT_A_TIME
    seen = found[-1].seq if more else position.last_seq
    if seen != endpoint["after_seq"]:
        await webhook_endpoints.looked_at(sql, **key, after_seq=seen)
    return more


def _expired(after: int, position: event_log.Position, now: datetime) -> Message:
    """Never silence: what can't be told any more is told of."""
    data = {"after": event_cursor(after), "until": event_cursor(position.expired_until)}
    return message(WebhookEvent.EVENTS_EXPIRED, at=now, data=data)
