"""Which hold time an order has."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.hold_rules import HoldRule, HoldScope, HoldTimes, applies, specificity, winner

ORDER = HoldScope(1, "B2B", "DHL", "EXPRESS", "NL")
DAY = timedelta(hours=24)

words = st.sampled_from(("A", "B"))
scopes = st.builds(
    HoldScope,
    st.none() | st.integers(1, 2),
    st.none() | words,
    st.none() | words,
    st.none() | words,
    st.none() | words,
)
rule_sets = st.lists(scopes.filter(any), unique=True, max_size=12).map(
    lambda unique: [HoldRule(number, scope, number) for number, scope in enumerate(unique)]
)


def rule(hours: int, **named: str | int) -> HoldRule:
    return HoldRule(hours, HoldScope(**named), hours)  # type: ignore[arg-type] # by name


@pytest.mark.rule("B3")
def test_a_rule_applies_to_orders_that_have_every_value_it_names() -> None:
    assert applies(rule(1, order_type="B2B", country="NL"), ORDER)
    assert not applies(rule(1, order_type="B2B", country="DE"), ORDER)
    assert not applies(rule(1, country="NL"), ORDER._replace(country=None))


@pytest.mark.rule("B3")
def test_the_rule_that_names_most_wins() -> None:
    rules = [
        rule(1, country="NL"),
        rule(2, distribution_center_id=1, order_type="B2B"),
        rule(3, service="EXPRESS"),
    ]
    assert winner(rules, ORDER) == rules[1]


@pytest.mark.rule("B3")
def test_of_equally_many_the_one_with_the_most_telling_attribute_wins() -> None:
    alone = [HoldScope(**{name: getattr(ORDER, name)}) for name in HoldScope._fields]
    assert [specificity(scope) for scope in alone] == sorted(specificity(scope) for scope in alone)
    rules = [HoldRule(number, scope, number) for number, scope in enumerate(alone)]
    assert winner(rules, ORDER) == rules[-1]
    assert winner(rules, ORDER._replace(country=None)) == rules[-2]


@pytest.mark.rule("B3")
def test_without_a_rule_that_applies_the_clients_setting_does() -> None:
    times = HoldTimes(rules=[rule(6, country="DE")], default=DAY)
    assert times.of(ORDER) == DAY
    assert times.of(ORDER._replace(country="DE")) == timedelta(hours=6)
    assert HoldTimes(rules=[], default=DAY).of(ORDER) == DAY


@pytest.mark.rule("B3")
@given(rule_sets, scopes)
def test_no_two_rules_that_apply_are_equally_specific(rules: list[HoldRule], order: HoldScope) -> None:
    applying = [specificity(each.scope) for each in rules if applies(each, order)]
    assert len(set(applying)) == len(applying)


@pytest.mark.rule("B3")
@given(rule_sets, scopes)
def test_the_winner_applies_is_most_specific_and_does_not_depend_on_the_order_of_the_rules(
    rules: list[HoldRule], order: HoldScope
) -> None:
    best = winner(rules, order)
    assert winner(rules[::-1], order) == best
    applying = [each for each in rules if applies(each, order)]
    if best is None:
        assert applying == []
    else:
        assert applies(best, order)
        assert all(specificity(best.scope) >= specificity(each.scope) for each in applying)


@pytest.mark.rule("B3")
@given(scopes)
def test_naming_one_more_attribute_is_always_more_specific(scope: HoldScope) -> None:
    for name in HoldScope._fields:
        if getattr(scope, name) is None:
            more = HoldScope(**{**scope._asdict(), name: getattr(ORDER, name)})
            assert specificity(more) > specificity(scope)


@pytest.mark.rule("B3")
def test_every_set_of_attributes_has_a_specificity_of_its_own() -> None:
    named = [set(names) for size in range(6) for names in combinations(HoldScope._fields, size)]
    found = {specificity(HoldScope(**{name: getattr(ORDER, name) for name in names})) for names in named}
    assert len(found) == 32
