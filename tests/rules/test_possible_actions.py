"""What the dashboard offers to do to an order (C1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.eligibility import Facts, refusal
from domain.rules.investigation import Evidence
from domain.rules.possible_actions import possible_actions
from domain.rules.vocabulary import BulkAction, MarketplaceStatus, OrderStatus

pytestmark = pytest.mark.rule("C1")


def offered(facts: Facts, marketplace_status: MarketplaceStatus | None = None) -> list[str]:
    return [
        action.value
        for action in possible_actions(facts=facts, evidence=Evidence(facts.status, marketplace_status))
    ]


def test_a_new_order_can_be_answered_delayed_and_cancelled() -> None:
    facts = Facts(OrderStatus.CREATE, open=True, open_on_processor=True)
    assert offered(facts) == ["CONFIRM", "REJECT", "DELAY", "CANCEL"]


def test_a_confirmed_order_can_be_set_aside_for_split_delivery() -> None:
    facts = Facts(OrderStatus.OC_CONFIRMED, open=True, open_on_processor=True)
    assert offered(facts) == ["UNCONFIRM", "CREATE_BACKLOG_SKUS", "DELAY", "CANCEL"]


def test_of_an_order_set_aside_only_its_backlog_skus_are_handled() -> None:
    facts = Facts(OrderStatus.OC_CONFIRMED, locked=True, open=True, remaining=True)
    assert offered(facts) == ["CREATE_DELIVERY_NOTES"]
    assert offered(facts._replace(revert_allowed=True)) == ["REVERT_BACKLOG_SKUS", "CREATE_DELIVERY_NOTES"]


def test_an_order_something_is_wrong_with_can_be_investigated() -> None:
    facts = Facts(OrderStatus.CREATE, open=True, open_on_processor=True)
    assert offered(facts, MarketplaceStatus.WAITING_FOR_PICKUP)[0] == "INVESTIGATE"


@pytest.mark.rule("C5")
def test_an_order_whose_marketplace_can_be_asked_can_be_synchronized() -> None:
    for status in OrderStatus:
        assert "SYNCHRONIZE" in offered(Facts(status, askable=True))
        assert "SYNCHRONIZE" not in offered(Facts(status))


@pytest.mark.rule("D5")
def test_an_order_with_back_ordered_lines_can_be_left_to_a_vendor() -> None:
    facts = Facts(OrderStatus.CREATE, open=True, open_on_processor=True, back_ordered=True)
    assert offered(facts) == ["CONFIRM", "REJECT", "DELAY", "DROPSHIP", "CANCEL"]
    assert "DROPSHIP" not in offered(facts._replace(back_ordered=False))
    assert "DROPSHIP" not in offered(facts._replace(locked=True))


_FACTS = st.builds(Facts, st.sampled_from(OrderStatus), *(st.booleans() for _ in Facts._fields[1:]))


@given(facts=_FACTS)
def test_what_is_offered_is_what_the_rule_of_eligibility_allows(facts: Facts) -> None:
    # What depends on other orders or on what is asked for is looked at when it is done.
    assumed = facts._replace(deliverable=True, delayed_alike=False)
    allowed = {action.value for action in BulkAction if refusal(action, assumed) is None}
    assert set(offered(facts)) == allowed
