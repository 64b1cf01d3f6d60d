"""Shipment policies: how much of an order may go before the rest (B8)."""

from dataclasses import dataclass

from domain.rules.vocabulary import PolicyScope, ShipmentPolicyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPolicy:
    """Into how many dispatches an order may be divided, and whether a line may be, too (B8).

    `max_dispatches` belongs to UP_TO and is None with the other kinds. `scope` decides nothing here; it tells
    where the policy comes from.
    """

    kind: ShipmentPolicyKind = ShipmentPolicyKind.UP_TO
    max_dispatches: int | None = 2
    split_lines: bool = False
    scope: PolicyScope = PolicyScope.CLIENT

    def __post_init__(self) -> None:
        if (self.kind == ShipmentPolicyKind.UP_TO) != (self.max_dispatches is not None):
            raise ValueError("max_dispatches belongs to UP_TO, and UP_TO needs it")
        if self.max_dispatches is not None and self.max_dispatches < 1:
            raise ValueError("max_dispatches must be at least 1")

    def allows_part(self, *, dispatches_made: int) -> bool:
        """Whether the next dispatch may leave something for a later one."""
        if self.max_dispatches is not None:
            return dispatches_made + 1 < self.max_dispatches
        return self.kind == ShipmentPolicyKind.AS_AVAILABLE
