"""What the dashboard offers to do to an order (C1)."""

from __future__ import annotations

import pytest

from domain.rules.eligibility import Facts
from domain.rules.investigation import Evidence
from domain.rules.possible_actions import possible_actions
from domain.rules.vocabulary import MarketplaceStatus, OrderStatus

pytestmark = pytest.mark.rule("C1")


def offered(facts: Facts, marketplace_status: MarketplaceStatus | None = None) -> list[str]:
    return [
        action.value
        for action in possible_actions(
            facts=facts, evidence=Evidence(facts.status, marketplace_status), from_store=False
        )
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


def test_an_order_of_a_store_can_be_synchronized_until_it_is_finished() -> None:
    for status, possible in ((OrderStatus.CANCELLED, ["SYNCHRONIZE"]), (OrderStatus.COMPLETED, [])):
        assert possible == possible_actions(facts=Facts(status), evidence=Evidence(status), from_store=True)
