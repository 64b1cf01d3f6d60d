"""Rules: settings, hold rules, replacements, kinds of distribution centers, and limits on stock."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.client_settings import SettingsChange, ShipmentPolicyChange, update_client_settings
from domain.operations.hold_rules import NewHoldRule, delete_hold_rule, set_hold_rule
from domain.operations.set_up import (
    NewDistributionCenter,
    NewSku,
    upsert_distribution_centers,
    upsert_skus,
)
from domain.operations.shipment_policies import set_shipment_policy
from domain.operations.stock_limits import (
    BackOrderCap,
    ProtectedQuantity,
    set_back_order_caps,
    set_protected_quantities,
)
from domain.rules.vocabulary import DistributionCenterKind, ShipmentPolicyKind
from tests.stateful.driver import CENTERS, SKUS, STORES, Driver
from tests.stateful.nouns import HoldScope, Policy
from tests.stateful.stock_rules import CENTER, SKU

SWITCHES = (
    "require_order_confirmation",
    "allow_backlog_sku_revert",
    "back_order_workflow",
    "mark_on_create",
    "consider_replacement_sku",
    "exclude_dropship_from_availability",
)
POLICIES = (
    (ShipmentPolicyKind.UP_TO, 1),
    (ShipmentPolicyKind.UP_TO, 2),
    (ShipmentPolicyKind.UP_TO, 3),
    (ShipmentPolicyKind.AS_AVAILABLE, None),
    (ShipmentPolicyKind.ALL_OR_NOTHING, None),
)
SCOPES = st.tuples(
    st.sampled_from((None, None, *CENTERS)),
    st.sampled_from((None, None, "GIFT")),
    st.sampled_from((None, None, "DHL")),
    st.sampled_from((None, None, "EXPRESS")),
    st.sampled_from((None, "DE", "NL")),
)
# One rule for all of them, or most of what is done would be this.
CHANGES = st.one_of(
    st.tuples(st.just("switch"), st.sampled_from(SWITCHES), st.booleans()),
    st.tuples(st.just("hold hours"), st.sampled_from((0, 0, 24))),
    st.tuples(st.just("policy"), st.sampled_from(POLICIES), st.booleans()),
    st.tuples(st.just("hold rule"), SCOPES, st.sampled_from((None, 0, 6, 48))),
    st.tuples(st.just("policy of"), CENTER, st.sampled_from((None, *POLICIES)), st.booleans()),
    st.tuples(st.just("replacement"), SKU, st.sampled_from((None, *SKUS))),
    st.tuples(st.just("kind"), st.sampled_from(DistributionCenterKind)),
    st.tuples(st.just("protect"), CENTER, SKU, st.sampled_from((0, 0, 2, 5))),
    st.tuples(st.just("cap"), CENTER, SKU, st.sampled_from(STORES), st.sampled_from((None, None, 0, 5, 20))),
)


class SettingRules(Driver):
    """Changing what decides over orders and stock."""

    @rule(change=CHANGES)
    def set_up(self, change: tuple[Any, ...]) -> None:
        match change:
            case ("hold rule", scope, hours):
                self._hold(scope, hours)
            case ("policy of", center, policy, split):
                self._policy(center, policy, split_lines=split)
            case ("replacement", sku, other) if sku != other:
                new = NewSku(code=sku, name=sku, replacement_code=other)
                self.both(
                    "replacement",
                    lambda: self.model.replacements.update({sku: other}),
                    lambda c: upsert_skus(c, skus=[new]),
                )
            case ("kind", kind):
                center = NewDistributionCenter(code="EAST", name="East", kind=kind)
                self.both(
                    "change center",
                    lambda: self.model.kinds.update({"EAST": str(kind)}),
                    lambda c: upsert_distribution_centers(c, distribution_centers=[center]),
                )
            case ("protect", center, sku, units):
                kept = ProtectedQuantity(sku_code=sku, distribution_center_code=center, units=units)
                self.both(
                    "protect",
                    lambda: setattr(self.model.level(center, sku), "protected", units),
                    lambda c: set_protected_quantities(c, quantities=[kept]),
                )
            case ("cap", center, sku, store, units):
                self._cap(center, sku, store, units)
            case ("replacement", *_):
                pass
            case _:
                self._change_settings(change)

    def _change_settings(self, change: tuple[Any, ...]) -> None:
        settings = self.model.settings
        match change:
            case ("switch", name, on):
                told, sent = {name: on}, SettingsChange(**{name: on})
            case ("hold hours", hours):
                told, sent = {"hold_hours": hours}, SettingsChange(hold_hours=hours)
            case (_, (kind, most), split):
                told = {"policy": Policy(kind, most, split)}
                policy = ShipmentPolicyChange(kind=kind, max_dispatches=most, split_lines=split)
                sent = SettingsChange(shipment_policy=policy)
            case _:
                raise AssertionError(change)

        def meant() -> None:
            for name, value in told.items():
                setattr(settings, name, value)

        self.both("change settings", meant, lambda c: update_client_settings(c, change=sent))

    def _policy(self, center: str, policy: tuple[Any, Any] | None, *, split_lines: bool) -> None:
        """Give the distribution center a policy of its own, or take it away."""
        center_id = self.center_id(center)
        sent = None
        if policy is not None:
            kind, most = policy
            sent = ShipmentPolicyChange(kind=kind, max_dispatches=most, split_lines=split_lines)

        def meant() -> None:
            self.model.policies.pop(center, None)
            if policy is not None:
                self.model.policies[center] = Policy(*policy, split_lines)

        self.both(
            "set policy of center",
            meant,
            lambda c: set_shipment_policy(c, distribution_center_id=center_id, policy=sent),
        )

    def _hold(self, scope: HoldScope, hours: int | None) -> None:
        """Set a hold rule; without hours delete it."""
        center, order_type, agency, service, country = scope
        if hours is not None and any(scope):
            new = NewHoldRule(
                distribution_center_code=center,
                order_type=order_type,
                shipping_agency=agency,
                service=service,
                country=country,
                hours=hours,
            )
            self.both(
                "set hold rule",
                lambda: self.model.hold_rules.update({scope: hours}),
                lambda c: set_hold_rule(c, rule=new),
            )
        elif scope in self.model.hold_rules:
            query = """
                SELECT id FROM hold_rules WHERE client_id = $1
                  AND (order_type, shipping_agency, service, country) IS NOT DISTINCT FROM ($3, $4, $5, $6)
                  AND distribution_center_id IS NOT DISTINCT FROM (
                      SELECT id FROM distribution_centers WHERE client_id = $1 AND code = $2)
            """
            rule_id = self.run(self.shop.value(query, self.shop.client_id, *scope))
            self.both(
                "delete hold rule",
                lambda: self.model.hold_rules.pop(scope),
                lambda c: delete_hold_rule(c, rule_id=rule_id),
            )

    def _cap(self, center: str, sku: str, store: str | None, units: int | None) -> None:
        cap = BackOrderCap(sku_code=sku, distribution_center_code=center, store_code=store, units=units)

        def meant() -> None:
            self.model.caps.pop((center, sku, store), None)
            if units is not None:
                self.model.caps[center, sku, store] = units

        self.both("cap", meant, lambda c: set_back_order_caps(c, caps=[cap]))
