"""Schedules of a distribution center for all clients (B2).

Distribution centers belong to clients; what several of them call by the same code is one warehouse to whoever
runs the installation, and who sets its times from the command line. Each client gets a row of its own, also
one that creates the distribution center later: so every pool is due by itself, and no client sees another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from domain.operations.checks import check_text
from domain.operations.command import Work
from domain.operations.timing import Timing
from domain.ports import Authority
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.schedule import next_due
from domain.rules.vocabulary import Role
from domain.store import schedules
from domain.store.database import Connection, Database, Row
from domain.store.events import Topic


@dataclass(frozen=True, slots=True)
class SharedSchedule:
    """What is scheduled for a distribution center of all clients, and of how many there are now."""

    code: str
    cron: str
    enabled: bool
    clients: int


async def set_shared_schedule(
    database: Database, *, code: str, timing: Timing, enabled: bool, now: datetime
) -> int:
    """Run the Order Processor at these times for every client that has this distribution center.

    Replaces what was shared before, and leaves the clients' own schedules alone. How many clients it applies
    to now is returned. Raises INVALID_INPUT for an unusable code or expression.
    """
    check_text(code, what="code", path=("code",), longest=64)
    due = next_due(timing.cron, after=now)
    times = times_as_json(timing)
    async with database.transaction_across_clients() as transaction:
        sql = transaction.sql
        await schedules.lock_shared(sql)
        await schedules.put_shared(sql, code=code, cron=timing.cron, times=times, enabled=enabled)
        centers = await schedules.centers_with_code(sql, code=code)
        for center in centers:
            before = await schedules.get(
                sql, client_id=center["client_id"], distribution_center_id=center["id"], shared=True
            )
            schedule_id = await schedules.put(
                sql,
                client_id=center["client_id"],
                distribution_center_id=center["id"],
                shared=True,
                cron=timing.cron,
                times=times,
                next_due_at=due if enabled else None,
            )
            work = _work(sql, client_id=center["client_id"], now=now)
            work.changed(Topic.SCHEDULE, schedule_id, distribution_center_id=center["id"])
            work.audit(
                "SCHEDULE_SET",
                f"The schedule of {code} for all clients was "
                f"{'set to' if enabled else 'paused at'} {timing.cron!r}.",
                before=None if before is None else described(before),
                after={"cron": timing.cron, "enabled": enabled},
            )
            await work.flush()
    return len(centers)


async def remove_shared_schedule(database: Database, *, code: str, now: datetime) -> int:
    """Take it away from every client; of how many is returned. Raises NOT_FOUND when nothing is shared."""
    async with database.transaction_across_clients() as transaction:
        sql = transaction.sql
        await schedules.lock_shared(sql)
        removed = await schedules.delete_shared(sql, code=code)
        if removed is None:
            raise Refusal(
                ErrorCode.NOT_FOUND,
                f"Nothing is scheduled for the distribution center {code!r} of all clients.",
                path=("code",),
            )
        for row in removed:
            work = _work(sql, client_id=row["client_id"], now=now)
            work.changed(Topic.SCHEDULE, row["id"], distribution_center_id=row["distribution_center_id"])
            work.audit(
                "SCHEDULE_REMOVED",
                f"The schedule of {code} for all clients was removed.",
                before=described(row),
            )
            await work.flush()
    return len(removed)


async def find_shared_schedules(database: Database) -> list[SharedSchedule]:
    """What is scheduled for all clients, by code."""
    async with database.connection_across_clients() as sql:
        return [SharedSchedule(**row) for row in await schedules.all_shared(sql)]


async def take_shared_schedules(work: Work, *, codes: Collection[str]) -> None:
    """Give the client's distribution centers, which may be new, what is scheduled for all clients."""
    for row in await schedules.not_yet_shared(work.sql, client_id=work.client_id, codes=codes):
        schedule_id = await schedules.put(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=row["distribution_center_id"],
            shared=True,
            cron=row["cron"],
            times=row["times"],
            next_due_at=next_due(row["cron"], after=work.now) if row["enabled"] else None,
        )
        work.changed(Topic.SCHEDULE, schedule_id, distribution_center_id=row["distribution_center_id"])


def times_as_json(timing: Timing) -> str | None:
    """The list of times as it is stored."""
    return None if timing.times is None else msgspec.json.encode(timing.times).decode()


def described(schedule: Row) -> dict[str, object]:
    """A schedule as the audit trail tells it."""
    return {"cron": schedule["cron"], "enabled": schedule["enabled"]}


def _work(sql: Connection, *, client_id: int, now: datetime) -> Work:
    """The operator's work in the client's name: it stands in the audit trail of each."""
    authority = Authority(client_id=client_id, role=Role.ADMIN, actor="operator", source="cli")
    return Work(sql=sql, authority=authority, now=now, cause="setSharedSchedule")
