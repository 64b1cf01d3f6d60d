"""Setting hold times for orders with certain attributes (B3)."""

from __future__ import annotations

import msgspec

from domain.operations.checks import check_country, check_text
from domain.operations.client_settings import MOST_HOLD_HOURS
from domain.operations.command import Command, Work, perform
from domain.operations.steps.versions import begin_edit, payload, require_version
from domain.rules.hold_rules import HoldScope
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import hold_rules, locks, reference
from domain.store.database import Row


class NewHoldRule(msgspec.Struct, frozen=True, kw_only=True):
    """Hold hours for orders that have all the attributes it names; at least one."""

    distribution_center_code: str | None = None
    order_type: str | None = None
    shipping_agency: str | None = None
    service: str | None = None
    country: str | None = None
    hours: int


class HoldRuleSet(msgspec.Struct, frozen=True):
    """The rule that was created or changed."""

    rule_id: int


class HoldRuleDeleted(msgspec.Struct, frozen=True):
    """The rule that is no more."""

    rule_id: int


async def set_hold_rule(
    command: Command, *, rule: NewHoldRule, expected_version: int | None = None
) -> HoldRuleSet:
    """Hold orders with these attributes for so many hours; replaces what was set for the same ones.

    It holds for orders that wait already, from the next run on. Raises INVALID_INPUT for a rule that names
    nothing or a value out of bounds, NOT_FOUND for an unknown distribution center, and VERSION_CONFLICT.
    """

    async def body(work: Work) -> HoldRuleSet:
        scope = await _scope(work, rule)
        await _lock(work, scope.distribution_center_id)
        version = await begin_edit(work)
        before = await hold_rules.of_scope(work.sql, client_id=work.client_id, scope=scope)
        require_version(before, expected_version, what="hold rule")
        rule_id = await hold_rules.put(
            work.sql, client_id=work.client_id, scope=scope, hours=rule.hours, version=version
        )
        work.settings_changed()
        work.audit(
            "HOLD_RULE_SET",
            f"Hold rule {rule_id} was set to {rule.hours} hours.",
            before=None if before is None else {**_named(rule), "hours": before["hours"]},
            after={**_named(rule), "hours": rule.hours},
        )
        return HoldRuleSet(rule_id)

    return await perform(
        command,
        operation="setHoldRule",
        payload=payload(rule, expected_version),
        answer=HoldRuleSet,
        body=body,
    )


async def delete_hold_rule(
    command: Command, *, rule_id: int, expected_version: int | None = None
) -> HoldRuleDeleted:
    """Take a rule away; the next specific one applies from the next run on.

    Raises NOT_FOUND and VERSION_CONFLICT.
    """

    async def body(work: Work) -> HoldRuleDeleted:
        row = await _rule(work, rule_id)
        await _lock(work, row["distribution_center_id"])
        await begin_edit(work)
        # Whoever edited before us may have deleted it.
        row = await _rule(work, rule_id)
        require_version(row, expected_version, what="hold rule")
        await hold_rules.delete(work.sql, client_id=work.client_id, rule_id=rule_id)
        work.settings_changed()
        work.audit(
            "HOLD_RULE_DELETED",
            f"Hold rule {rule_id} was deleted.",
            before={name: row[name] for name in (*HoldScope._fields, "hours") if row[name] is not None},
        )
        return HoldRuleDeleted(rule_id)

    return await perform(
        command,
        operation="deleteHoldRule",
        payload=payload(rule_id, expected_version),
        answer=HoldRuleDeleted,
        body=body,
    )


async def _rule(work: Work, rule_id: int) -> Row:
    row = await hold_rules.get(work.sql, client_id=work.client_id, rule_id=rule_id)
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such hold rule.", path=("id",))
    return row


async def _lock(work: Work, distribution_center_id: int | None) -> None:
    """Lock the pools whose runs the rule has a say in: their plans are stale with it (F2)."""
    if distribution_center_id is None:
        await locks.lock_all_pools(work.sql, client_id=work.client_id)
    else:
        await locks.lock_pools(
            work.sql, client_id=work.client_id, distribution_center_ids=[distribution_center_id]
        )


async def _scope(work: Work, rule: NewHoldRule) -> HoldScope:
    if not 0 <= rule.hours <= MOST_HOLD_HOURS:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"Hold hours must be from 0 to {MOST_HOLD_HOURS} (a year).",
            path=("input", "hours"),
        )
    if not _named(rule):
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "Name at least one attribute; the hold hours of all orders are a setting of the client.",
            path=("input",),
        )
    for name, field in (
        ("order_type", "orderType"),
        ("shipping_agency", "shippingAgency"),
        ("service", "service"),
    ):
        value: str | None = getattr(rule, name)
        if value is not None:
            check_text(value, what=name.replace("_", " "), path=("input", field), longest=255)
    if rule.country is not None:
        check_country(rule.country, path=("input", "country"))
    center = None
    if rule.distribution_center_code is not None:
        codes = await reference.resolve(
            work.sql, client_id=work.client_id, distribution_centers=[rule.distribution_center_code]
        )
        center = codes.distribution_centers.get(rule.distribution_center_code)
        if center is None:
            raise Refusal(
                ErrorCode.NOT_FOUND,
                f"There is no distribution center with the code {rule.distribution_center_code!r}.",
                path=("input", "distributionCenterCode"),
            )
    return HoldScope(center, rule.order_type, rule.shipping_agency, rule.service, rule.country)


def _named(rule: NewHoldRule) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(rule)
    return {name: value for name, value in told.items() if name != "hours" and value is not None}
