"""A run of the Order Processor, in steps that each commit on their own (B2-B8).

    claim   take the run, for as long as the lease is renewed
    plan    read the pool's queue and stock in one snapshot, decide with rules/allocation, record it
    apply   carry the recorded plan out, a chunk of orders at a time, under the pool's lock
    finish  recompute coverage of what was given away, and end the run

Every step starts from what the step before committed and moves the run's own figures in the same
transaction as its work, so a run killed anywhere is continued by another worker where it stood, and
no step can be done twice. Between chunks the pool is free for others; what they changed is seen
under the lock, and the decisions it upsets are voided, never oversold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import asyncpg
import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.coverage import refresh_coverage
from domain.ports import Authority
from domain.rules.allocation import DemandLine, DemandOrder, ShipmentPolicy, plan
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import AllocationReason, QueueStatus, Role, RunStatus, ShipmentPolicyKind
from domain.store import locks, reference, runs, stock
from domain.store.database import Database, Row

LEASE = timedelta(seconds=20)
"""How long a run belongs to a worker that has stopped renewing its lease."""

CHUNK_LINES = 10_000
"""Lines applied in one transaction: a bound on memory and on how long the pool is locked."""

COVERAGE_SKUS = 500
"""SKUs whose coverage is recomputed in one transaction."""


class RunRequested(msgspec.Struct, frozen=True):
    """The run that was created and waits for a worker."""

    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHandle:
    """A run in the hands of one worker. `holder` names the worker, in lease and audit trail."""

    database: Database
    client_id: int
    run_id: int
    holder: str

    @property
    def authority(self) -> Authority:
        return Authority(
            client_id=self.client_id, role=Role.SERVICE, actor="order-processor", source=self.holder
        )


class RunLostError(Exception):
    """Another worker has taken the run over; this one must stop."""


async def request_run(command: Command, *, distribution_center_id: int) -> RunRequested:
    """Create a run of the pool that is due now. Raises NOT_FOUND for an unknown distribution center."""

    async def body(work: Work) -> RunRequested:
        found = await reference.distribution_center(
            work.sql, client_id=work.client_id, distribution_center_id=distribution_center_id
        )
        if found is None:
            raise Refusal(
                ErrorCode.NOT_FOUND, "There is no such distribution center.", path=("distributionCenter",)
            )
        run_id = await runs.create(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=distribution_center_id,
            schedule_id=None,
            scheduled_at=work.now,
            requested_by=work.authority.actor,
        )
        if run_id is None:
            raise AssertionError("only a scheduled run can exist already")
        work.run_changed(run_id=run_id, distribution_center_id=distribution_center_id)
        work.audit("RUN_REQUESTED", f"A run of the Order Processor was requested for {found['code']}.")
        return RunRequested(run_id)

    return await perform(
        command,
        operation="runOrderProcessor",
        payload={"distributionCenter": distribution_center_id},
        answer=RunRequested,
        body=body,
    )


async def claim_run(run: RunHandle, *, now: datetime) -> Row | None:
    """Take the run; its row, or None when it is done, in other hands, or its pool is busy (B2)."""
    async with _step(run, now) as work:
        try:
            async with work.sql.transaction():
                row = await runs.claim(
                    work.sql,
                    client_id=run.client_id,
                    run_id=run.run_id,
                    holder=run.holder,
                    lease=LEASE,
                    now=now,
                )
        except asyncpg.UniqueViolationError:
            return None
        if row is not None:
            work.run_changed(run_id=run.run_id, distribution_center_id=row["distribution_center_id"])
        return row


async def renew_run(run: RunHandle) -> bool:
    """Keep the run for another lease; False when it is no longer ours."""
    async with run.database.connection() as sql:
        return await runs.renew(
            sql, client_id=run.client_id, run_id=run.run_id, holder=run.holder, lease=LEASE
        )


async def plan_run(run: RunHandle, *, now: datetime) -> None:
    """Decide who gets what and record it, unless that has been done. Raises RunLostError."""
    async with run.database.transaction(repeatable_read=True) as transaction:
        sql = transaction.sql
        row = await runs.get(sql, client_id=run.client_id, run_id=run.run_id)
        if row is None or row["lease_holder"] != run.holder:
            raise RunLostError
        if row["planned_at"] is not None:
            return
        settings = await reference.settings_of(sql, client_id=run.client_id)
        queue = await runs.queue(
            sql,
            client_id=run.client_id,
            distribution_center_id=row["distribution_center_id"],
            confirmed_only=settings["require_order_confirmation"],
        )
        supply = await stock.available(
            sql, client_id=run.client_id, distribution_center_id=row["distribution_center_id"]
        )
        decided = plan(
            demand=_demand(queue, hold=timedelta(hours=settings["hold_hours"])),
            supply=supply,
            policy=shipment_policy(settings),
            now=now,
        )
        await runs.record_plan(
            sql,
            client_id=run.client_id,
            run_id=run.run_id,
            decisions=decided.decisions,
            totals=decided.totals,
            now=now,
        )


async def apply_next_chunk(run: RunHandle, *, now: datetime, size: int = CHUNK_LINES) -> bool:
    """Carry out the next chunk of the recorded plan; False when there is none left. Raises RunLostError."""
    async with _step(run, now) as work:
        row = await runs.get(work.sql, client_id=run.client_id, run_id=run.run_id)
        if row is None:
            raise RunLostError
        await locks.lock_pools(
            work.sql,
            client_id=run.client_id,
            distribution_center_ids=[row["distribution_center_id"]],
        )
        row = await runs.owned(work.sql, client_id=run.client_id, run_id=run.run_id, holder=run.holder)
        if row is None:
            raise RunLostError
        after: int = row["applied_rank"]
        if after >= row["planned_lines"]:
            return False
        until = await runs.chunk_end(
            work.sql, client_id=run.client_id, run_id=run.run_id, after=after, size=size
        )
        chunk = {"client_id": run.client_id, "run_id": run.run_id, "after": after, "until": until}
        voided = await _void_what_changed(work, run, after=after, until=until)
        voided += await _void_what_is_gone(work, run, after=after, until=until)
        served = await runs.apply_chunk(work.sql, **chunk, now=now)
        _record(work, served)
        outcomes = Counter(order["queue_status"] for order in served)
        await runs.progress(
            work.sql,
            client_id=run.client_id,
            run_id=run.run_id,
            step=runs.Progress(
                applied_rank=until,
                committed=outcomes[QueueStatus.PROCESSED],
                back_ordered=outcomes[QueueStatus.PARTIALLY_PROCESSED],
                voided=voided,
            ),
        )
        work.run_changed(run_id=run.run_id, distribution_center_id=row["distribution_center_id"])
        return True


async def finish_run(run: RunHandle, *, now: datetime) -> None:
    """Recompute the coverage of what was given away, then end the run. Raises RunLostError."""
    async with run.database.connection() as sql:
        row = await runs.get(sql, client_id=run.client_id, run_id=run.run_id)
        given = await runs.given_skus(sql, client_id=run.client_id, run_id=run.run_id)
    if row is None:
        raise RunLostError
    pool: int = row["distribution_center_id"]
    for first in range(0, len(given), COVERAGE_SKUS):
        async with _step(run, now) as work:
            await locks.lock_pools(work.sql, client_id=run.client_id, distribution_center_ids=[pool])
            await refresh_coverage(
                work, distribution_center_id=pool, sku_ids=given[first : first + COVERAGE_SKUS]
            )
    async with _step(run, now) as work:
        if await runs.owned(work.sql, client_id=run.client_id, run_id=run.run_id, holder=run.holder) is None:
            raise RunLostError
        await runs.finish(
            work.sql, client_id=run.client_id, run_id=run.run_id, status=RunStatus.COMPLETED, now=now
        )
        work.run_changed(run_id=run.run_id, distribution_center_id=pool)


async def fail_run(run: RunHandle, *, failure: str, now: datetime) -> None:
    """End a run that can't go on. What it has applied stays; the rest waits for the next run."""
    async with _step(run, now) as work:
        row = await runs.owned(work.sql, client_id=run.client_id, run_id=run.run_id, holder=run.holder)
        if row is None:
            return
        await runs.finish(
            work.sql,
            client_id=run.client_id,
            run_id=run.run_id,
            status=RunStatus.FAILED,
            now=now,
            failure=failure,
        )
        work.run_changed(run_id=run.run_id, distribution_center_id=row["distribution_center_id"])


def shipment_policy(settings: Row) -> ShipmentPolicy:
    """The client's shipment policy (B8)."""
    return ShipmentPolicy(
        kind=ShipmentPolicyKind(settings["shipment_policy_kind"]),
        max_dispatches=settings["max_dispatches"],
        split_lines=settings["split_lines"],
    )


async def _void_what_changed(work: Work, run: RunHandle, *, after: int, until: int) -> int:
    """Void the decisions on orders that changed since the plan; how many orders that are."""
    chunk = {"client_id": run.client_id, "run_id": run.run_id, "after": after, "until": until}
    planned = await runs.given_orders(work.sql, **chunk)
    current = await locks.lock_orders(work.sql, client_id=run.client_id, order_ids=planned)
    changed = [order["id"] for order in current if order["version"] != planned[order["id"]]]
    if changed:
        await runs.void(work.sql, **chunk, order_ids=changed, reason=AllocationReason.CHANGED_DURING_RUN)
    return len(changed)


async def _void_what_is_gone(work: Work, run: RunHandle, *, after: int, until: int) -> int:
    """Void whole orders, last ranks first to go, until the chunk fits what is available now."""
    chunk = {"client_id": run.client_id, "run_id": run.run_id, "after": after, "until": until}
    left = await runs.short_skus(work.sql, **chunk)
    if not left:
        return 0
    lines = await runs.given_lines(work.sql, **chunk, sku_ids=sorted(left))
    upset = []
    for order_id, group in groupby(lines, key=lambda line: int(line["order_id"])):
        wanted: Counter[int] = Counter()
        for line in group:
            wanted[line["sku_id"]] += line["given"]
        if all(quantity <= left[sku_id] for sku_id, quantity in wanted.items()):
            for sku_id, quantity in wanted.items():
                left[sku_id] -= quantity
        else:
            upset.append(order_id)
    await runs.void(work.sql, **chunk, order_ids=upset, reason=AllocationReason.STOCK_TAKEN_DURING_RUN)
    return len(upset)


@asynccontextmanager
async def _step(run: RunHandle, now: datetime) -> AsyncIterator[Work]:
    """One transaction of a run, whose audit entries and events are written before it commits."""
    async with run.database.transaction() as transaction:
        work = Work(sql=transaction.sql, authority=run.authority, now=now, cause="orderProcessor")
        yield work
        await work.flush()


def _record(work: Work, served: list[Row]) -> None:
    for order in served:
        work.order_changed(
            order_id=order["order_id"],
            distribution_center_id=order["distribution_center_id"],
            previous_status=order["previous_status"],
            previous_back_order_status=order["previous_back_order_status"],
        )
        whole = order["queue_status"] == QueueStatus.PROCESSED
        work.audit(
            "DISPATCH_CREATED",
            f"Dispatch {order['dispatch_number']} was made for "
            f"{'all that was open' if whole else 'what could be filled; the rest is a back order'}.",
            order_id=order["order_id"],
        )


def _demand(queue: list[Row], *, hold: timedelta) -> Iterator[DemandOrder]:
    for _, group in groupby(queue, key=lambda row: int(row["order_id"])):
        rows = list(group)
        order = rows[0]
        yield DemandOrder(
            order_id=order["order_id"],
            version=order["version"],
            priority=order["priority"],
            ordered_at=order["ordered_at"],
            accepted_at=order["accepted_at"],
            hold=hold,
            delayed_until=order["delayed_until"],
            dispatches_made=order["dispatches_made"],
            lines=[DemandLine(row["line_id"], row["sku_id"], row["open"]) for row in rows],
        )
