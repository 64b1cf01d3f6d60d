"""What outbound webhooks are called, and what the answers of their receivers mean."""

from __future__ import annotations

import pytest

from domain.rules.vocabulary import WebhookEvent
from domain.rules.webhooks import Verdict, message_type, told, verdict


def test_a_type_is_the_event_with_a_dot_before_what_happened() -> None:
    assert message_type(WebhookEvent.ORDER_CHANGED) == "order.changed"
    assert message_type(WebhookEvent.BACK_ORDER_LINE_CHANGED) == "back_order_line.changed"
    assert message_type(WebhookEvent.PING) == "ping"


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        (199, Verdict.TRY_AGAIN),
        (200, Verdict.TAKEN),
        (204, Verdict.TAKEN),
        (299, Verdict.TAKEN),
        (300, Verdict.TRY_AGAIN),
        (404, Verdict.TRY_AGAIN),
        (409, Verdict.TRY_AGAIN),
        (410, Verdict.GONE),
        (411, Verdict.TRY_AGAIN),
        (503, Verdict.TRY_AGAIN),
    ],
)
def test_an_answer_takes_the_message_or_ends_all_or_has_it_sent_again(status: int, meant: Verdict) -> None:
    assert verdict(status) is meant


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (299, "It answered with the status 299."),
        (300, "It redirects (status 300), which is not followed: set the address it leads to."),
        (399, "It redirects (status 399), which is not followed: set the address it leads to."),
        (400, "It answered with the status 400."),
        (410, "It answered with the status 410: it wants no more webhooks."),
        (503, "It answered with the status 503."),
    ],
)
def test_people_are_told_what_was_wrong_with_an_answer(status: int, words: str) -> None:
    assert told(status) == words
