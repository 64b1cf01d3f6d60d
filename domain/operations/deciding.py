"""Who would get what of a pool now: its queue and stock as they are, decided with rules/allocation.

A run decides in order to act, a plan to show what a run would do (F2). Both come here, so a plan can't
promise what a run does not keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from domain.rules.allocation import DemandLine, DemandOrder, Plan, ShipmentPolicy, plan
from domain.rules.cross_dock import OwnUnits
from domain.rules.hold_rules import HoldScope, HoldTimes
from domain.rules.vocabulary import PolicyScope, ShipmentPolicyKind
from domain.store import cross_docks, hold_rules, reference, runs, shipment_policies, stock
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
    assumed = hypotheses or Hypotheses()
    settings: dict[str, Any] = {
        **await reference.settings_of(sql, client_id=client_id),
        **assumed.settings,
    }
    queue = await runs.queue(
        sql,
        client_id=client_id,
        distribution_center_id=distribution_center_id,
        confirmed_only=settings["require_order_confirmation"],
    )
    supply = await stock.available_with(
        sql, client_id=client_id, distribution_center_id=distribution_center_id, receipts=assumed.receipts
    )
    own = await cross_docks.kept(sql, client_id=client_id, distribution_center_id=distribution_center_id)
    rules = await hold_rules.of_pool(sql, client_id=client_id, distribution_center_id=distribution_center_id)
    return plan(
        demand=_demand(
            (row for row in queue if row["order_id"] not in assumed.cancelled),
            distribution_center_id=distribution_center_id,
            holds=HoldTimes(rules=rules, default=timedelta(hours=settings["hold_hours"])),
        ),
        supply=supply,
        policy=await _shipment_policy(sql, client_id, distribution_center_id, assumed),
        now=now,
        own=[
            OwnUnits(row["order_id"], row["sku_id"], row["units"])
            for row in own
            if row["order_id"] not in assumed.cancelled
        ],
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
            version=order["version"],
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
