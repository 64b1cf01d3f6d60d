"""Which hold time an order has: the client's own, or that of the most specific rule it falls under (B3).

A rule names at least one attribute of an order and falls silent about the others; it applies to orders that
have exactly the values it names. Of several rules that apply the one that names most attributes wins, and
of those the one that names the most telling attribute the other doesn't: country before service, service
before shipping agency, shipping agency before order type, order type before distribution center.

Why there is always one winner: `specificity` tells apart any two different sets of attributes, so two rules
of the same specificity name the same attributes; if both apply, they name the same values too, and of one
scope there is one rule.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple


class HoldScope(NamedTuple):
    """The attributes of an order, or the ones that a rule names, the least telling first.

    None is for one that the order hasn't or the rule doesn't name.
    """

    distribution_center_id: int | None = None
    order_type: str | None = None
    shipping_agency: str | None = None
    service: str | None = None
    country: str | None = None


class HoldRule(NamedTuple):
    """Hold hours for the orders in its scope."""

    rule_id: int
    scope: HoldScope
    hours: int


def specificity(scope: HoldScope) -> int:
    """How specific a rule of this scope is; the database computes the same for its column."""
    named = [value is not None for value in scope]
    return sum(named) << len(named) | sum(1 << place for place, is_named in enumerate(named) if is_named)


def applies(rule: HoldRule, order: HoldScope) -> bool:
    """Whether the order has every attribute the rule names."""
    return all(named is None or named == has for named, has in zip(rule.scope, order, strict=True))


def winner(rules: Iterable[HoldRule], order: HoldScope) -> HoldRule | None:
    """The most specific of the rules that apply to the order; None when none does."""
    applying = (rule for rule in rules if applies(rule, order))
    return max(applying, key=lambda rule: specificity(rule.scope), default=None)


class HoldTimes:
    """The hold time of each of many orders, most of which share their attributes with others."""

    def __init__(self, *, rules: Iterable[HoldRule], default: timedelta) -> None:
        self._rules = list(rules)
        self._default = default
        self._known: dict[HoldScope, timedelta] = {}

    def of(self, order: HoldScope) -> timedelta:
        """How long an order with these attributes is held."""
        if not self._rules:
            return self._default
        hold = self._known.get(order)
        if hold is None:
            rule = winner(self._rules, order)
            hold = self._known[order] = self._default if rule is None else timedelta(hours=rule.hours)
        return hold
