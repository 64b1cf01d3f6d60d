"""Who would get what of a pool now: its queue and stock as they are, decided with rules/allocation.

A run decides in order to act, a plan to show what a run would do (F2). Both come here, so a plan can't
promise what a run does not keep.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from domain.operations.steps.availability import is_with_vendor, limited_to_own
from domain.rules.allocation import Decision, DemandLine, DemandOrder, Plan, Planner, plan
from domain.rules.cross_dock import OwnUnits
from domain.rules.hold_rules import HoldScope, HoldTimes
from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import PolicyScope, ShipmentPolicyKind
from domain.store import cross_docks, hold_rules, queues, reference, shipment_policies, stock
from domain.store.database import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypotheses:
    """What a plan takes for granted though it isn't so (F2); none by default.

    `receipts` are units that would come in, by SKU id; `cancelled` are ids of orders whose open lines
    would be cancelled; `settings` are columns of the client's settings with other values.
    """

    receipts: Mapping[int, int] = field(default_factory=dict)
    cancelled: Set[int] = frozenset()
    settings: Mapping[str, object] = field(default_factory=dict)


async def decide(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    now: datetime,
    hypotheses: Hypotheses | None = None,
) -> Plan:
    """Plan the pool's queue as it is in the snapshot of `sql`, or as it would be under `hypotheses`."""
    basis = await _basis(sql, client_id, distribution_center_id, hypotheses or Hypotheses())
    return plan(
        demand=[order async for part in basis.queue(sql) for order in part],
        supply=basis.supply,
        policy=basis.policy,
        now=now,
        own=basis.own,
    )


class Deciding:
    """A run's plan, decided part by part: a queue of any length takes no more memory than a part of it.

    Between two parts others get their turn on the event loop.
    """

    def __init__(self, sql: Connection, basis: _Basis, *, now: datetime) -> None:
        self._sql = sql
        self._basis = basis
        self.planner = Planner(supply=basis.supply, policy=basis.policy, now=now, own=basis.own)

    async def parts(self) -> AsyncIterator[list[Decision]]:
        """The decisions in rank order; when they end, the planner's totals are those of the run."""
        async for orders in self._basis.queue(self._sql):
            yield [decision for order in orders for decision in self.planner.decide(order)[1]]


async def deciding(
    sql: Connection, *, client_id: int, distribution_center_id: int, now: datetime
) -> Deciding:
    """Begin to plan the pool's queue as it is in the snapshot of `sql`."""
    return Deciding(sql, await _basis(sql, client_id, distribution_center_id, Hypotheses()), now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Basis:
    """What decisions rest on, but for the queue itself."""

    client_id: int
    distribution_center_id: int
    supply: Mapping[int, int]
    own: Sequence[OwnUnits]
    policy: ShipmentPolicy
    holds: HoldTimes
    confirmed_only: bool
    left_out: Set[int]

    async def queue(self, sql: Connection) -> AsyncIterator[list[DemandOrder]]:
        """The queued orders in rank key order, part by part."""
        async for rows in queues.queue(
            sql,
            client_id=self.client_id,
            distribution_center_id=self.distribution_center_id,
            confirmed_only=self.confirmed_only,
        ):
            yield [
                order
                for order in _demand(
                    rows, distribution_center_id=self.distribution_center_id, holds=self.holds
                )
                if order.order_id not in self.left_out
            ]


async def _basis(sql: Connection, client_id: int, distribution_center_id: int, assumed: Hypotheses) -> _Basis:
    settings: dict[str, Any] = {
        **await reference.settings_of(sql, client_id=client_id),
        **assumed.settings,
    }
    pool = {"client_id": client_id, "distribution_center_id": distribution_center_id}
    own = await cross_docks.kept(sql, client_id=client_id, distribution_center_id=distribution_center_id)
    rules = await hold_rules.of_pool(sql, **pool)
    supply = await stock.available_with(sql, **pool, receipts=assumed.receipts)
    if await is_with_vendor(sql, settings, **pool):
        supply = limited_to_own(supply, ((row["sku_id"], row["units"]) for row in own))
    return _Basis(
        **pool,
        supply=supply,
        own=[
            OwnUnits(row["order_id"], row["sku_id"], row["units"])
            for row in own
            if row["order_id"] not in assumed.cancelled
        ],
        policy=await _shipment_policy(sql, client_id, distribution_center_id, assumed),
        holds=HoldTimes(rules=rules, default=timedelta(hours=settings["hold_hours"])),
        confirmed_only=settings["require_order_confirmation"],
        left_out=assumed.cancelled,
    )


async def _shipment_policy(
    sql: Connection, client_id: int, distribution_center_id: int, assumed: Hypotheses
) -> ShipmentPolicy:
    supposed: Mapping[str, Any] = assumed.settings
    if "shipment_policy_kind" in supposed:
        # Whoever asks what another policy would do asks it of this distribution center.
        return ShipmentPolicy(
            kind=ShipmentPolicyKind(supposed["shipment_policy_kind"]),
            max_dispatches=supposed["max_dispatches"],
            split_lines=supposed["split_lines"],
            scope=PolicyScope.SUPPOSED,
        )
    (policy,) = await shipment_policies.applying(
        sql, client_id=client_id, distribution_center_ids=[distribution_center_id]
    )
    return policy


def _demand(queue: Iterable[Row], *, distribution_center_id: int, holds: HoldTimes) -> Iterator[DemandOrder]:
    for _, group in groupby(queue, key=lambda row: int(row["order_id"])):
        rows = list(group)
        order = rows[0]
        yield DemandOrder(
            order_id=order["order_id"],
            version=order["planned_version"],
            priority=order["priority"],
            ordered_at=order["ordered_at"],
            accepted_at=order["accepted_at"],
            hold=holds.of(
                HoldScope(
                    distribution_center_id,
                    order["order_type"],
                    order["shipping_agency"],
                    order["service"],
                    order["country"],
                )
            ),
            delayed_until=order["delayed_until"],
            dispatches_made=order["dispatches_made"],
            lines=[DemandLine(row["line_id"], row["sku_id"], row["open"]) for row in rows],
        )
