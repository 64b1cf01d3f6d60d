"""Planning reallocations: sharing out anew what a pool has set aside and not yet packed, by segment (F3).

A plan is decided with rules/reallocation from one snapshot of its pool, and changes nothing but itself. It
is then carried out exactly (apply_reallocation.py), or is stale and nothing of it is: see plan_allocation,
whose way with the pool's generation this shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.reallocation_variants import segments_of
from domain.operations.steps.availability import is_with_vendor, limited_to_own
from domain.operations.steps.centers import named_center
from domain.rules.cross_dock import OwnUnits, keep
from domain.rules.hold import hold_has_expired
from domain.rules.hold_rules import HoldScope, HoldTimes
from domain.rules.reallocation import HeldLine, HeldOrder, ReallocationPlan, plan
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.segments import OrderTraits, Segment, segment_of
from domain.rules.vocabulary import ReallocationReason
from domain.store import (
    cross_docks,
    hold_rules,
    plans,
    reallocation_variants,
    reallocations,
    reference,
    shipment_policies,
    statistics,
    stock,
)
from domain.store.database import Row


class ReallocationPlanned(msgspec.Struct, frozen=True):
    """The plan that was made."""

    plan_id: int


async def plan_reallocation(
    command: Command, *, distribution_center_id: int, variant_id: int
) -> ReallocationPlanned:
    """Decide a reallocation of the pool by the variant, and keep what it would do to each line.

    Raises NOT_FOUND for an unknown distribution center or variant.
    """
    await statistics.refresh_if_stale(command.database)

    async def body(work: Work) -> ReallocationPlanned:
        await named_center(work, distribution_center_id)
        variant = await reallocation_variants.get(work.sql, client_id=work.client_id, variant_id=variant_id)
        if variant is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such reallocation variant.", path=("variant",))
        return ReallocationPlanned(await _plan(work, distribution_center_id, variant))

    return await perform(
        command,
        operation="planReallocation",
        payload=[distribution_center_id, variant_id],
        answer=ReallocationPlanned,
        body=body,
        repeatable_read=True,
    )


async def _plan(work: Work, distribution_center_id: int, variant: Row) -> int:
    decided = await _decide(work, distribution_center_id, variant)
    changes = [decision.change for decision in decided.decisions]
    generation = await plans.generation(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    plan_id = await reallocations.create(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=distribution_center_id,
        variant=variant,
        generation=generation,
        requested_by=work.authority.actor,
        now=work.now,
        figures=reallocations.Figures(
            orders_examined=decided.orders,
            lines_gained=sum(change > 0 for change in changes),
            lines_lost=sum(change < 0 for change in changes),
            units_gained=sum(change for change in changes if change > 0),
            units_lost=-sum(change for change in changes if change < 0),
            wins_unmet=decided.unmet,
        ),
    )
    await reallocations.record(
        work.sql, client_id=work.client_id, plan_id=plan_id, decisions=decided.decisions
    )
    return plan_id


async def _decide(work: Work, distribution_center_id: int, variant: Row) -> ReallocationPlan:
    settings = await reference.settings_of(work.sql, client_id=work.client_id)
    (policy,) = await shipment_policies.applying(
        work.sql, client_id=work.client_id, distribution_center_ids=[distribution_center_id]
    )
    free = await stock.available(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    own = await cross_docks.kept(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    if await is_with_vendor(
        work.sql, settings, client_id=work.client_id, distribution_center_id=distribution_center_id
    ):
        free = limited_to_own(free, ((row["sku_id"], row["units"]) for row in own))
    # Line by line instead of by order: what is kept of which line is what a segment may take.
    kept = keep(
        own=[OwnUnits(row["line_id"], row["sku_id"], row["units"]) for row in own],
        left=free,
    )
    rules = await hold_rules.of_pool(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    orders = _Orders(
        now=work.now,
        distribution_center_id=distribution_center_id,
        segments=await segments_of(work, variant_id=variant["id"]),
        holds=HoldTimes(rules=rules, default=timedelta(hours=settings["hold_hours"])),
        confirmed_only=settings["require_order_confirmation"],
        own={line_id: units for line_id, by_sku in kept.items() for units in by_sku.values()},
    )
    rows = await reallocations.held(
        work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
    )
    found = (orders.held(list(group)) for _, group in groupby(rows, key=lambda row: int(row["order_id"])))
    return plan(orders=[order for order in found if order is not None], free=free, policy=policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Orders:
    """What turns the lines of an order, as they are read, into the order that the rule looks at."""

    now: datetime
    distribution_center_id: int
    segments: Sequence[Segment]
    holds: HoldTimes
    confirmed_only: bool
    own: dict[int, int]

    def held(self, rows: Sequence[Row]) -> HeldOrder | None:
        """The order; None when no segment takes it."""
        order, now = rows[0], self.now
        lines = [
            HeldLine(
                row["line_id"],
                row["sku_id"],
                row["open"] + row["dispatched"],
                row["dispatched"],
                self.own.get(row["line_id"], 0),
                row["pinned"],
            )
            for row in rows
        ]
        traits = OrderTraits(
            order["order_id"],
            order["priority"],
            order["ordered_at"],
            order["order_type"],
            order["shipping_agency"],
            order["service"],
            order["country"],
            order["store_id"],
            frozenset(line.sku_id for line in lines),
            sum(line.wanted for line in lines),
        )
        segment = segment_of(traits, segments=self.segments, now=now)
        if segment is None:
            return None
        hold = self.holds.of(
            HoldScope(
                self.distribution_center_id,
                traits.order_type,
                traits.shipping_agency,
                traits.service,
                traits.country,
            )
        )
        return HeldOrder(
            traits,
            order["planned_version"],
            segment,
            self._waits_for(order),
            hold_has_expired(accepted_at=order["accepted_at"], hold=hold, now=now),
            order["dispatches_made"],
            lines,
        )

    def _waits_for(self, order: Row) -> ReallocationReason | None:
        if order["delayed_until"] is not None and order["delayed_until"] > self.now:
            return ReallocationReason.DELAYED
        if self.confirmed_only and order["confirmed_at"] is None:
            return ReallocationReason.NOT_CONFIRMED
        return None
