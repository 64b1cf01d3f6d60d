"""To which orders something can be done, and which of several reasons is told (A2, A7-A9)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from domain.rules.eligibility import LOOKS_AT, Facts, refusal
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import BulkAction, OrderStatus

CONFIRMED = Facts(OrderStatus.OC_CONFIRMED, open=True, open_on_processor=True)
SET_ASIDE = CONFIRMED._replace(
    locked=True, open_on_processor=False, remaining=True, deliverable=True, revert_allowed=True
)


def code(action: BulkAction, facts: Facts) -> ErrorCode | None:
    found = refusal(action, facts)
    return found.code if found else None


@pytest.mark.rule("A2")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CONFIRMED, None),
        (SET_ASIDE, ErrorCode.BACKLOG_SKUS_ALREADY_CREATED),
        (SET_ASIDE._replace(status=OrderStatus.COMMIT, dispatch_made=True), "BACKLOG_SKUS_ALREADY_CREATED"),
        (CONFIRMED._replace(dispatch_made=True), ErrorCode.DISPATCH_EXISTS),
        (CONFIRMED._replace(status=OrderStatus.COMMIT, dispatch_made=True), ErrorCode.DISPATCH_EXISTS),
        (CONFIRMED._replace(status=OrderStatus.CREATE), ErrorCode.ORDER_STATUS_NOT_ALLOWED),
        (CONFIRMED._replace(status=OrderStatus.OC_REJECTED), ErrorCode.ORDER_STATUS_NOT_ALLOWED),
        (CONFIRMED._replace(open_on_processor=False), ErrorCode.NOTHING_TO_DO),
    ],
)
def test_backlog_skus_are_created_of_confirmed_orders_of_which_nothing_was_made(
    facts: Facts, expected: str | None
) -> None:
    assert code(BulkAction.CREATE_BACKLOG_SKUS, facts) == expected


@pytest.mark.rule("A7")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (SET_ASIDE, None),
        (SET_ASIDE._replace(revert_allowed=False), ErrorCode.FEATURE_DISABLED),
        (CONFIRMED._replace(revert_allowed=True), ErrorCode.NOTHING_TO_DO),
        (SET_ASIDE._replace(on_delivery_note=True), ErrorCode.BACKLOG_SKU_ON_DELIVERY_NOTE),
        # What a Backorder's pick took is no matter of the Backlog SKUs.
        (SET_ASIDE._replace(dispatch_made=True), None),
    ],
)
def test_backlog_skus_are_reverted_while_none_is_on_a_delivery_note(
    facts: Facts, expected: str | None
) -> None:
    assert code(BulkAction.REVERT_BACKLOG_SKUS, facts) == expected


@pytest.mark.rule("A8")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (SET_ASIDE, None),
        (CONFIRMED, ErrorCode.NOTHING_TO_DO),
        (SET_ASIDE._replace(remaining=False, deliverable=False), ErrorCode.NOTHING_TO_DO),
        (SET_ASIDE._replace(deliverable=False), ErrorCode.INSUFFICIENT_STOCK),
    ],
)
def test_delivery_notes_are_made_of_what_remains_and_is_available(facts: Facts, expected: str | None) -> None:
    assert code(BulkAction.CREATE_DELIVERY_NOTES, facts) == expected


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (CONFIRMED, None),
        (CONFIRMED._replace(status=OrderStatus.OC_REJECTED), None),
        (CONFIRMED._replace(status=OrderStatus.CREATE), ErrorCode.NOTHING_TO_DO),
        (CONFIRMED._replace(status=OrderStatus.COMMIT, dispatch_made=True), ErrorCode.DISPATCH_EXISTS),
        (CONFIRMED._replace(status=OrderStatus.CANCELLED), ErrorCode.ORDER_STATUS_NOT_ALLOWED),
        (SET_ASIDE, ErrorCode.ORDER_LOCKED),
        (SET_ASIDE._replace(status=OrderStatus.COMMIT, dispatch_made=True), ErrorCode.ORDER_LOCKED),
    ],
)
def test_a_confirmation_is_taken_back_while_nothing_has_come_of_it(
    facts: Facts, expected: str | None
) -> None:
    assert code(BulkAction.UNCONFIRM, facts) == expected


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    "action",
    [BulkAction.CONFIRM, BulkAction.REJECT, BulkAction.UNCONFIRM, BulkAction.CANCEL, BulkAction.DELAY],
)
@pytest.mark.parametrize("status", [status for status in OrderStatus if status != OrderStatus.OC_REJECTED])
def test_whatever_its_status_a_locked_order_is_not_changed(action: BulkAction, status: OrderStatus) -> None:
    assert code(action, SET_ASIDE._replace(status=status)) == ErrorCode.ORDER_LOCKED


@pytest.mark.rule("A5")
@pytest.mark.parametrize("action", BulkAction)
def test_an_action_is_decided_by_the_facts_it_says_it_looks_at(action: BulkAction) -> None:
    others = [name for name in Facts._fields if name not in LOOKS_AT[action]]
    looked_at = [name for name in LOOKS_AT[action] if name != "status"]

    for status in OrderStatus:
        for values in product((False, True), repeat=len(looked_at)):
            facts: dict[str, Any] = dict(zip(looked_at, values, strict=True))
            told = {
                code(action, Facts(status, **facts, **dict.fromkeys(others, value)))
                for value in (False, True)
            }
            assert len(told) == 1


@pytest.mark.rule("B9")
@pytest.mark.parametrize(
    ("dispatched", "still_open", "expected"),
    [
        (False, True, None),
        (True, True, None),
        (True, False, ErrorCode.DISPATCH_EXISTS),
    ],
)
def test_of_a_dispatched_order_what_is_open_can_be_cancelled(
    dispatched: bool, still_open: bool, expected: str | None
) -> None:
    facts = Facts(OrderStatus.COMMIT, dispatched=dispatched, open=still_open)
    assert code(BulkAction.CANCEL, facts) == expected


@pytest.mark.rule("A9")
def test_an_order_that_others_were_asked_for_is_not_rejected() -> None:
    assert code(BulkAction.REJECT, Facts(OrderStatus.CREATE)) is None
    elsewhere = Facts(OrderStatus.CREATE, elsewhere=True)
    assert code(BulkAction.REJECT, elsewhere) == ErrorCode.ORDER_STATUS_NOT_ALLOWED
