"""Giving a distribution center a shipment policy of its own (B8)."""

from __future__ import annotations

import msgspec

from domain.operations.client_settings import ShipmentPolicyChange, check_policy
from domain.operations.command import Command, Work, perform
from domain.operations.steps.centers import named_center
from domain.operations.steps.versions import begin_edit, payload, require_version
from domain.rules.shipment_policy import ShipmentPolicy
from domain.store import locks, shipment_policies


class ShipmentPolicySet(msgspec.Struct, frozen=True):
    """The distribution center whose policy was set."""

    distribution_center_id: int


async def set_shipment_policy(
    command: Command,
    *,
    distribution_center_id: int,
    policy: ShipmentPolicyChange | None,
    expected_version: int | None = None,
) -> ShipmentPolicySet:
    """Give the distribution center this policy over the client's default; None takes its own away.

    It applies from the next run on, to orders that wait already, too. Raises NOT_FOUND for an unknown
    distribution center, INVALID_INPUT for a policy whose parts don't fit together, and VERSION_CONFLICT.
    """

    async def body(work: Work) -> ShipmentPolicySet:
        pool = {"client_id": work.client_id, "distribution_center_id": distribution_center_id}
        center = await named_center(work, distribution_center_id)
        if policy is not None:
            check_policy(policy, path=("policy",))
        # Plans of the pool are stale with it (F2).
        await locks.lock_pools(
            work.sql, client_id=work.client_id, distribution_center_ids=[distribution_center_id]
        )
        version = await begin_edit(work)
        own = await shipment_policies.get(work.sql, **pool)
        require_version(own, expected_version, what="distribution center's own policy")
        before = await _applying(work, distribution_center_id)
        if policy is None:
            await shipment_policies.delete(work.sql, **pool)
        else:
            await shipment_policies.put(
                work.sql,
                **pool,
                kind=policy.kind.value,
                max_dispatches=policy.max_dispatches,
                split_lines=policy.split_lines,
                version=version,
            )
        after = await _applying(work, distribution_center_id)
        if after != before:
            work.settings_changed()
            work.audit(
                "SHIPMENT_POLICY_SET",
                f"The shipment policy of {center['code']} was "
                f"{'left to the client' if policy is None else f'set to {policy.kind}'}.",
                before=msgspec.to_builtins(before),
                after=msgspec.to_builtins(after),
            )
        return ShipmentPolicySet(distribution_center_id)

    return await perform(
        command,
        operation="setShipmentPolicy",
        payload=payload({"distributionCenter": distribution_center_id, "policy": policy}, expected_version),
        answer=ShipmentPolicySet,
        body=body,
    )


async def _applying(work: Work, distribution_center_id: int) -> ShipmentPolicy:
    (policy,) = await shipment_policies.applying(
        work.sql, client_id=work.client_id, distribution_center_ids=[distribution_center_id]
    )
    return policy
