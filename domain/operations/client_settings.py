"""Changing how a client wants its orders processed."""

from __future__ import annotations

from zoneinfo import available_timezones

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.steps.coverage import refresh_pool
from domain.operations.steps.versions import payload, require_version
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import ShipmentPolicyKind
from domain.store import locks, reference

MOST_HOLD_HOURS = 8760


class ShipmentPolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """A shipment policy (B8); `max_dispatches` belongs to UP_TO."""

    kind: ShipmentPolicyKind
    max_dispatches: int | None = None
    split_lines: bool = False


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The settings to change; what is None stays as it is."""

    hold_hours: int | None = None
    require_order_confirmation: bool | None = None
    allow_backlog_sku_revert: bool | None = None
    back_order_workflow: bool | None = None
    hide_back_order_column: bool | None = None
    mark_on_create: bool | None = None
    consider_replacement_sku: bool | None = None
    exclude_dropship_from_availability: bool | None = None
    time_zone: str | None = None
    shipment_policy: ShipmentPolicyChange | None = None


class SettingsChanged(msgspec.Struct, frozen=True):
    """The client whose settings changed."""

    client_id: int


_CHANGES_COVERAGE = {
    "back_order_workflow",
    "consider_replacement_sku",
    "exclude_dropship_from_availability",
}


async def update_client_settings(
    command: Command, *, change: SettingsChange, expected_version: int | None = None
) -> SettingsChanged:
    """Change the client's settings; what is not named stays.

    A setting that coverage depends on (D2) recomputes it for every pool at once. Raises INVALID_INPUT
    for a value out of its bounds, NOTHING_TO_DO when no setting is named, and VERSION_CONFLICT.
    """

    async def body(work: Work) -> SettingsChanged:
        columns = checked_columns(change)
        # Pools first, as everywhere (store/locks.py): a run must not plan between old and new settings.
        pools = await locks.lock_all_pools(work.sql, client_id=work.client_id)
        before = await reference.lock_settings(work.sql, client_id=work.client_id)
        require_version(before, expected_version, what="client's settings")
        changed = {name: value for name, value in columns.items() if before[name] != value}
        if not changed:
            return SettingsChanged(work.client_id)
        await reference.change_settings(work.sql, client_id=work.client_id, columns=changed)
        work.settings_changed()
        work.audit(
            "SETTINGS_CHANGED",
            f"Settings were changed: {', '.join(sorted(changed))}.",
            before={name: before[name] for name in changed},
            after=changed,
        )
        if changed.keys() & _CHANGES_COVERAGE:
            for pool in pools:
                await refresh_pool(work, distribution_center_id=pool)
        return SettingsChanged(work.client_id)

    return await perform(
        command,
        operation="updateClientSettings",
        payload=payload(change, expected_version),
        answer=SettingsChanged,
        body=body,
    )


def checked_columns(change: SettingsChange) -> dict[str, object]:
    """The columns that the change names, with their new values. Raises as `update_client_settings` does."""
    columns: dict[str, object] = {
        name: value
        for name in change.__struct_fields__
        if name != "shipment_policy" and (value := getattr(change, name)) is not None
    }
    if change.shipment_policy is not None:
        check_policy(change.shipment_policy, path=("input", "shipmentPolicy"))
        columns |= {
            "shipment_policy_kind": change.shipment_policy.kind.value,
            "max_dispatches": change.shipment_policy.max_dispatches,
            "split_lines": change.shipment_policy.split_lines,
        }
    if not columns:
        raise Refusal(ErrorCode.NOTHING_TO_DO, "Name at least one setting to change.", path=("input",))
    if change.hold_hours is not None and not 0 <= change.hold_hours <= MOST_HOLD_HOURS:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"Hold hours must be from 0 to {MOST_HOLD_HOURS} (a year).",
            path=("input", "holdHours"),
        )
    if change.time_zone is not None and change.time_zone not in available_timezones():
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{change.time_zone!r} is no time zone; use an IANA name such as 'Asia/Jakarta'.",
            path=("input", "timeZone"),
        )
    return columns


def check_policy(policy: ShipmentPolicyChange, *, path: tuple[str, ...]) -> None:
    """The parts of the policy, which is at `path`, fit together. Raises INVALID_INPUT."""
    path = (*path, "maxDispatches")
    if policy.kind is not ShipmentPolicyKind.UP_TO:
        if policy.max_dispatches is not None:
            raise Refusal(
                ErrorCode.INVALID_INPUT, "maxDispatches belongs to the policy UP_TO; leave it out.", path=path
            )
    elif policy.max_dispatches is None or not 1 <= policy.max_dispatches <= 1000:
        raise Refusal(ErrorCode.INVALID_INPUT, "UP_TO needs maxDispatches from 1 to 1000.", path=path)
