"""Shipment policies of single distribution centers, over the client's default."""

from __future__ import annotations

import json

import pytest

from domain.operations.apply_allocation_plan import apply_allocation_plan
from domain.operations.client_settings import SettingsChange, ShipmentPolicyChange, update_client_settings
from domain.operations.plan_allocation import WhatIf, plan_allocation
from domain.operations.processor_runs import claim_run
from domain.operations.shipment_policies import set_shipment_policy
from domain.rules.refusals import ErrorCode
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import PolicyScope, ShipmentPolicyKind
from domain.store.database import Database
from domain.views.shipment_policies import policies_of
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import audited, clear_records, refused
from tests.runs import HOLD_IS_OVER, dispatched, process, requested

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B8")]

KIND = ShipmentPolicyKind
WHOLE = ShipmentPolicyChange(kind=KIND.ALL_OR_NOTHING)
UP_TO_3 = ShipmentPolicyChange(kind=KIND.UP_TO, max_dispatches=3)
IN_PARTS = ShipmentPolicyChange(kind=KIND.AS_AVAILABLE, split_lines=True)


async def set_policy(shop: Shop, policy: ShipmentPolicyChange | None, *, at: str = MAIN) -> None:
    center = await shop.id_of("distribution_centers", at)
    await set_shipment_policy(shop.command(), distribution_center_id=center, policy=policy)


async def policy(shop: Shop, *, at: str = MAIN) -> ShipmentPolicy:
    center = await shop.id_of("distribution_centers", at)
    (found,) = await policies_of(shop.database, client_id=shop.client_id, distribution_center_ids=[center])
    return found


async def run(shop: Shop, *, at: str = MAIN) -> ShipmentPolicy:
    """A run after every hold is over; the policy it has recorded."""
    handle = await requested(shop, at=at)
    assert await claim_run(handle, now=NOW)
    await process(handle, now=HOLD_IS_OVER)
    stored = await shop.value("SELECT shipment_policy FROM processor_runs WHERE id = $1", handle.run_id)
    told = json.loads(stored)
    return ShipmentPolicy(
        **{**told, "kind": ShipmentPolicyKind(told["kind"]), "scope": PolicyScope(told["scope"])}
    )


async def test_a_distribution_center_has_its_own_policy_and_others_the_clients(
    database: Database,
    shop: Shop,
) -> None:
    east, west = await shop.distribution_center("EAST"), await shop.distribution_center("WEST")
    await set_policy(shop, WHOLE, at="EAST")
    await set_policy(shop, IN_PARTS, at="WEST")
    main = await shop.id_of("distribution_centers", MAIN)

    found = await policies_of(
        database, client_id=shop.client_id, distribution_center_ids=[west, main, east, west]
    )

    own = PolicyScope.DISTRIBUTION_CENTER
    in_parts = ShipmentPolicy(kind=KIND.AS_AVAILABLE, max_dispatches=None, split_lines=True, scope=own)
    assert found == [
        in_parts,
        ShipmentPolicy(kind=KIND.UP_TO, max_dispatches=2, split_lines=False, scope=PolicyScope.CLIENT),
        ShipmentPolicy(kind=KIND.ALL_OR_NOTHING, max_dispatches=None, split_lines=False, scope=own),
        in_parts,
    ]


async def test_a_run_goes_by_the_policy_of_its_distribution_center_and_records_it(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    await set_policy(shop, WHOLE, at="EAST")
    for at in (MAIN, "EAST"):
        await shop.stock(at, TEA=1)
        await shop.order(f"SO-{at}", at, TEA=1, CUP=1)

    by_default, whole = await run(shop), await run(shop, at="EAST")

    # Half an order goes where up to two dispatches are allowed, and waits where there may be one.
    assert [order_id for order_id, _, _ in await dispatched(shop)] == [1]
    assert (by_default.kind, by_default.scope) == (KIND.UP_TO, PolicyScope.CLIENT)
    assert (whole.kind, whole.scope) == (KIND.ALL_OR_NOTHING, PolicyScope.DISTRIBUTION_CENTER)


async def test_lines_are_split_where_the_distribution_center_allows_it(shop: Shop) -> None:
    await set_policy(shop, IN_PARTS)
    await shop.stock(TEA=2)
    order = await shop.order("SO-1", TEA=5)
    (line,) = await shop.lines_of(order)

    await run(shop)

    assert await dispatched(shop) == [(order, line, 2)]


async def test_without_its_own_policy_the_clients_applies_again(shop: Shop) -> None:
    await set_policy(shop, WHOLE)
    await update_client_settings(shop.command(), change=SettingsChange(shipment_policy=UP_TO_3))
    assert (await policy(shop)).kind is KIND.ALL_OR_NOTHING

    await set_policy(shop, None)

    assert await policy(shop) == ShipmentPolicy(kind=KIND.UP_TO, max_dispatches=3, split_lines=False)


@pytest.mark.rule("F2")
async def test_a_dry_run_goes_by_the_same_policy_or_by_the_one_it_supposes(shop: Shop) -> None:
    center = await shop.id_of("distribution_centers", MAIN)
    await set_policy(shop, WHOLE)
    await shop.stock(TEA=1)
    await shop.order("SO-1", TEA=1, CUP=1)
    supposed = WhatIf(settings=SettingsChange(shipment_policy=UP_TO_3))

    for what_if in (None, supposed):
        await plan_allocation(shop.command(now=HOLD_IS_OVER), distribution_center_id=center, what_if=what_if)

    assert await shop.tuples(
        "SELECT shipment_policy->>'kind', shipment_policy->>'scope', orders_back_ordered "
        "FROM allocation_plans ORDER BY id"
    ) == [("ALL_OR_NOTHING", "DISTRIBUTION_CENTER", 0), ("UP_TO", "SUPPOSED", 1)]
    assert await policy(shop) == ShipmentPolicy(
        kind=KIND.ALL_OR_NOTHING, max_dispatches=None, scope=PolicyScope.DISTRIBUTION_CENTER
    )


@pytest.mark.rule("F2")
async def test_a_plan_made_under_another_policy_is_stale(shop: Shop) -> None:
    center = await shop.id_of("distribution_centers", MAIN)
    plan = await plan_allocation(shop.command(), distribution_center_id=center)
    await set_policy(shop, WHOLE)

    async with refused(shop, ErrorCode.STALE_PLAN, "planId"):
        await apply_allocation_plan(shop.command(), plan_id=plan.plan_id)


@pytest.mark.rule("F2")
async def test_the_run_that_applies_a_plan_has_the_plans_policy(shop: Shop) -> None:
    center = await shop.id_of("distribution_centers", MAIN)
    await set_policy(shop, WHOLE)
    plan = await plan_allocation(shop.command(), distribution_center_id=center)

    applied = await apply_allocation_plan(shop.command(), plan_id=plan.plan_id)

    kept = "SELECT shipment_policy->>'kind' FROM processor_runs WHERE id = $1"
    assert await shop.value(kept, applied.run_id) == "ALL_OR_NOTHING"


@pytest.mark.parametrize(
    "policy",
    [
        ShipmentPolicyChange(kind=KIND.UP_TO),
        ShipmentPolicyChange(kind=KIND.UP_TO, max_dispatches=0),
        ShipmentPolicyChange(kind=KIND.UP_TO, max_dispatches=1001),
        ShipmentPolicyChange(kind=KIND.AS_AVAILABLE, max_dispatches=2),
    ],
)
async def test_a_policy_whose_parts_do_not_fit_is_refused(shop: Shop, policy: ShipmentPolicyChange) -> None:
    async with refused(shop, ErrorCode.INVALID_INPUT, "policy", "maxDispatches"):
        await set_policy(shop, policy)


@pytest.mark.rule("F11")
async def test_the_audit_trail_has_the_policy_that_applied_before_and_after(shop: Shop) -> None:
    await clear_records(shop)
    default = {"kind": "UP_TO", "max_dispatches": 2, "split_lines": False, "scope": "CLIENT"}
    own = {
        "kind": "ALL_OR_NOTHING",
        "max_dispatches": None,
        "split_lines": False,
        "scope": "DISTRIBUTION_CENTER",
    }

    await set_policy(shop, WHOLE)
    await set_policy(shop, WHOLE)
    await set_policy(shop, None)

    assert await audited(shop) == [
        ("SHIPMENT_POLICY_SET", None, default, own),
        ("SHIPMENT_POLICY_SET", None, own, default),
    ]
