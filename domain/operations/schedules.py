"""Setting schedules, and turning the due ones into runs (B2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.shared_schedules import described, times_as_json
from domain.operations.steps.centers import named_center
from domain.operations.steps.versions import begin_edit, payload, require_version
from domain.operations.timing import Timing
from domain.ports import Authority
from domain.rules.schedule import last_due, next_due
from domain.rules.vocabulary import Role, RunStatus
from domain.store import runs, schedules
from domain.store.database import Database, Row
from domain.store.events import Topic

_DUE_AT_ONCE = 200


class ScheduleSet(msgspec.Struct, frozen=True):
    """The schedule that was created or replaced."""

    schedule_id: int


@dataclass(frozen=True, slots=True)
class WaitingRun:
    """A run that a worker should start."""

    client_id: int
    run_id: int


async def set_processor_schedule(
    command: Command,
    *,
    distribution_center_id: int,
    timing: Timing,
    enabled: bool,
    expected_version: int | None = None,
) -> ScheduleSet:
    """Run the Order Processor for this distribution center at these times (UTC), or pause it.

    Raises NOT_FOUND for an unknown distribution center, INVALID_INPUT for an unusable expression, and
    VERSION_CONFLICT.
    """

    async def body(work: Work) -> ScheduleSet:
        pool = {"client_id": work.client_id, "distribution_center_id": distribution_center_id}
        found = await named_center(work, distribution_center_id)
        due = next_due(timing.cron, after=work.now)
        version = await begin_edit(work)
        before = await schedules.get(work.sql, **pool, shared=False)
        require_version(before, expected_version, what="schedule")
        schedule_id = await schedules.put(
            work.sql,
            **pool,
            shared=False,
            cron=timing.cron,
            times=times_as_json(timing),
            next_due_at=due if enabled else None,
            version=version,
        )
        work.changed(Topic.SCHEDULE, schedule_id, distribution_center_id=distribution_center_id)
        work.audit(
            "SCHEDULE_SET",
            f"The schedule of {found['code']} was {'set to' if enabled else 'paused at'} {timing.cron!r}.",
            before=None if before is None else described(before),
            after={"cron": timing.cron, "enabled": enabled},
        )
        return ScheduleSet(schedule_id)

    return await perform(
        command,
        operation="setProcessorSchedule",
        payload=payload(
            {"distributionCenter": distribution_center_id, "timing": timing, "enabled": enabled},
            expected_version,
        ),
        answer=ScheduleSet,
        body=body,
    )


async def start_due_runs(*, database: Database, now: datetime) -> None:
    """Create a run for every schedule that is due; missed times are made up by one run.

    Schedules of one pool that are due at the same time make one run, and a time that comes while a run of
    the pool still waits to start adds none: it is recorded as skipped.

    Safe on any number of workers at once: a schedule is locked while its run is created, and moved on
    to its next time in the same transaction.
    """
    async with database.transaction_across_clients() as transaction:
        for schedule in await schedules.take_due(transaction.sql, now=now, limit=_DUE_AT_ONCE):
            authority = Authority(
                client_id=schedule["client_id"], role=Role.SERVICE, actor="scheduler", source="schedule"
            )
            work = Work(sql=transaction.sql, authority=authority, now=now, cause="schedule")
            await _start_run(work, schedule)
            await work.flush()


async def waiting_runs(*, database: Database) -> list[WaitingRun]:
    """The next run of every pool on which no worker is working: a new one, or one whose worker died."""
    async with database.connection_across_clients() as sql:
        return [WaitingRun(row["client_id"], row["id"]) for row in await runs.startable(sql)]


async def _start_run(work: Work, schedule: Row) -> None:
    pool: int = schedule["distribution_center_id"]
    superfluous = await schedules.has_waiting_run(
        work.sql, client_id=work.client_id, distribution_center_id=pool
    )
    run_id = await runs.create(
        work.sql,
        client_id=work.client_id,
        distribution_center_id=pool,
        schedule_id=schedule["id"],
        scheduled_at=last_due(schedule["cron"], first=schedule["next_due_at"], now=work.now),
        requested_by="schedule",
    )
    if run_id is not None:
        if superfluous:
            await runs.LEASES.finish(
                work.sql,
                client_id=work.client_id,
                work_id=run_id,
                status=RunStatus.SKIPPED,
                now=work.now,
                failure="Another run of this pool was waiting to start.",
            )
        work.run_changed(run_id=run_id, distribution_center_id=pool)
    await schedules.advance(
        work.sql,
        client_id=work.client_id,
        schedule_id=schedule["id"],
        next_due_at=next_due(schedule["cron"], after=work.now),
    )
