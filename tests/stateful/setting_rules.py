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
from domain.operations.stock_limits import (
    BackOrderCap,
    ProtectedQuantity,
    set_back_order_caps,
    set_protected_quantities,
)
from domain.rules.vocabulary import DistributionCenterKind, ShipmentPolicyKind
from tests.stateful.driver import CENTERS, SKUS, STORES, Driver
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
COUNTRIES = (None, "DE", "NL")
# One rule for all of them, or most of what is done would be this.
CHANGES = st.one_of(
    st.tuples(st.just("switch"), st.sampled_from(SWITCHES), st.booleans()),
    st.tuples(st.just("hold hours"), st.sampled_from((0, 0, 24))),
    st.tuples(st.just("policy"), st.sampled_from(POLICIES), st.booleans()),
    st.tuples(
        st.just("hold rule"),
        st.sampled_from((None, *CENTERS)),
        st.sampled_from(COUNTRIES),
        st.sampled_from((None, 0, 6, 48)),
    ),
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
            case ("hold rule", center, country, hours):
                self._hold(center, country, hours)
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
                told = {"policy": kind, "max_dispatches": most, "split_lines": split}
                policy = ShipmentPolicyChange(kind=kind, max_dispatches=most, split_lines=split)
                sent = SettingsChange(shipment_policy=policy)
            case _:
                raise AssertionError(change)

        def meant() -> None:
            for name, value in told.items():
                setattr(settings, name, value)

        self.both("change settings", meant, lambda c: update_client_settings(c, change=sent))

    def _hold(self, center: str | None, country: str | None, hours: int | None) -> None:
        """Set a hold rule; without hours delete it."""
        scope = center, country
        if hours is not None and scope != (None, None):
            new = NewHoldRule(distribution_center_code=center, country=country, hours=hours)
            self.both(
                "set hold rule",
                lambda: self.model.hold_rules.update({scope: hours}),
                lambda c: set_hold_rule(c, rule=new),
            )
        elif scope in self.model.hold_rules:
            query = """
                SELECT id FROM hold_rules WHERE client_id = $1 AND country IS NOT DISTINCT FROM $2
                  AND distribution_center_id IS NOT DISTINCT FROM (
                      SELECT id FROM distribution_centers WHERE client_id = $1 AND code = $3)
            """
            rule_id = self.run(self.shop.value(query, self.shop.client_id, country, center))
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
