"""What an outbound webhook is called, and what the answer of its receiver means (Standard Webhooks)."""

from __future__ import annotations

from enum import Enum

from domain.rules.vocabulary import WebhookEvent

UNCHOSEN = frozenset({WebhookEvent.PING, WebhookEvent.EVENTS_EXPIRED})
"""Events that every endpoint is told of, and that none can choose."""


class Verdict(Enum):
    """What an answer means."""

    TAKEN = "taken"
    TRY_AGAIN = "try again"
    GONE = "gone"
    """The receiver wants no more of them, ever."""


def message_type(event: WebhookEvent) -> str:
    """The `type` of its message: ORDER_CHANGED is order.changed."""
    return ".".join(event.value.lower().rsplit("_", 1))


def verdict(status: int) -> Verdict:
    """What an answer with this HTTP status means."""
    if 200 <= status < 300:
        return Verdict.TAKEN
    return Verdict.GONE if status == 410 else Verdict.TRY_AGAIN


def told(status: int) -> str:
    """For people, what was wrong with an answer with this HTTP status."""
    if 300 <= status < 400:
        return f"It redirects (status {status}), which is not followed: set the address it leads to."
    if status == 410:
        return "It answered with the status 410: it wants no more webhooks."
    return f"It answered with the status {status}."
