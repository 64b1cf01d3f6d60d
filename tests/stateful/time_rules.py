"""Rules: time passes; schedules of one client and of all; what a night's work forgets and writes down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.backlog_counts import add_up_backlog_counts
from domain.operations.close_days import close_yesterday
from domain.operations.expire_events import expire_events
from domain.operations.retention import (
    expire_answers,
    expire_audit_entries,
    expire_bulk_operations,
    expire_decisions,
    expire_emails,
    expire_plans,
    expire_reallocations,
    expire_reports,
    expire_synchronizations,
    expire_webhooks,
)
from domain.operations.schedules import set_processor_schedule, start_due_runs, waiting_runs
from domain.operations.shared_schedules import (
    find_shared_schedules,
    remove_shared_schedule,
    set_shared_schedule,
)
from domain.operations.timing import Timing
from domain.operations.webhook_delivering import keep_up_endpoints
from tests.stateful.driver import CENTERS
from tests.stateful.run_rules import SIZE, WORKER, RunRules
from tests.stateful.stock_rules import CENTER

MINUTE = {"own": 0, "shared": 30}
"""When in every hour a run is due, by the client's own schedule and by the one for all clients."""
KEEP_ANSWERS = WEEK = timedelta(days=7)
LONG = timedelta(days=3650)


class TimeRules(RunRules):
    """Waiting, and saying what is done when."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.due: dict[tuple[str, str], datetime] = {}
        self.waiting: set[str] = set()

    @rule(minutes=st.sampled_from((1, 30, 60, 240, 1440)), size=SIZE, worker=WORKER)
    def wait(self, minutes: int, size: int, worker: str) -> None:
        """Time passes; what is due is run, once for all that was missed, and not beside another run (B2)."""
        self.now += timedelta(minutes=minutes)
        for (center, whose), at in self.due.items():
            if at <= self.now:
                self.waiting.add(center)
                self.due[center, whose] = self._next(whose)
        self.step += 1
        # A tick takes so many schedules, and all clients that were tried before have those of all.
        due = "SELECT count(*) FROM processor_schedules WHERE next_due_at <= $1"
        while self.run(self.shop.value(due, self.now)):
            self.run(start_due_runs(database=self.database, now=self.now))
        startable = [
            self.handle_of(waiting.run_id)
            for waiting in self.run(waiting_runs(database=self.database))
            if waiting.client_id == self.shop.client_id
        ]
        found = {self._center_of(run.run_id): run for run in startable}
        assert found.keys() == self.waiting - self.begun.keys()
        for center, run in sorted(found.items()):
            self.waiting.remove(center)
            self.finish(center, run, self.begin(center, run), size, worker)
        self.run(add_up_backlog_counts(database=self.database))
        self.count("wait", None)

    @rule(center=CENTER, enabled=st.booleans())
    def schedule(self, center: str, enabled: bool) -> None:
        center_id = self.center_id(center)
        timing = Timing(cron=f"{MINUTE['own']} * * * *")
        self.both(
            "schedule",
            lambda: self._schedule(center, "own", enabled=enabled),
            lambda c: set_processor_schedule(
                c, distribution_center_id=center_id, timing=timing, enabled=enabled
            ),
        )

    @rule(center=CENTER, what=st.sampled_from(("set", "pause", "remove")))
    def schedule_of_all(self, center: str, what: str) -> None:
        """Whoever runs the installation schedules a distribution center of all clients (B2)."""
        self.step += 1
        if what != "remove":
            timing = Timing(cron=f"{MINUTE['shared']} * * * *")
            enabled = what == "set"
            clients = self.run(
                set_shared_schedule(self.database, code=center, timing=timing, enabled=enabled, now=self.now)
            )
            assert clients
            self._schedule(center, "shared", enabled=enabled)
        elif center in self._shared():
            self.run(remove_shared_schedule(self.database, code=center, now=self.now))
            self._schedule(center, "shared", enabled=False)
        self.count(f"{what} schedule of all", None)

    @rule()
    def clean_up(self) -> None:
        """What nobody asks for any more is forgotten, the day's figures are kept; nothing else changes."""
        told: dict[str, Any] = {"database": self.database, "now": self.now}
        self.step += 1
        self.run(expire_answers(**told, keep=KEEP_ANSWERS))
        self.run(expire_reallocations(**told, keep=WEEK, keep_applied=LONG))
        self.run(keep_up_endpoints(database=self.database))
        for expire in (expire_plans, expire_bulk_operations, expire_synchronizations):
            self.run(expire(**told, keep=WEEK))
        for expire_late in (expire_emails, expire_webhooks, expire_decisions, expire_reports):
            self.run(expire_late(**told, keep=LONG))
        self.run(expire_events(**told, keep=LONG))
        self.run(expire_audit_entries(**told, keep=LONG))
        self.run(close_yesterday(**told))
        self.calls = [call for call in self.calls if call.command.now >= self.now - KEEP_ANSWERS]
        self.count("clean up", None)

    def teardown(self) -> None:
        """Leave nothing that comes due while others are tried."""
        for center in CENTERS:
            if center in self._shared():
                self.run(remove_shared_schedule(self.database, code=center, now=self.now))
        pause = "UPDATE processor_schedules SET enabled = false, next_due_at = NULL WHERE client_id = $1"
        self.run(self.shop.write(pause, self.shop.client_id))
        super().teardown()

    def _schedule(self, center: str, whose: str, *, enabled: bool) -> None:
        self.due.pop((center, whose), None)
        if enabled:
            self.due[center, whose] = self._next(whose)

    def _next(self, whose: str) -> datetime:
        at = self.now.replace(minute=MINUTE[whose], second=0, microsecond=0)
        return at if at > self.now else at + timedelta(hours=1)

    def _shared(self) -> list[str]:
        return [schedule.code for schedule in self.run(find_shared_schedules(self.database))]

    def _center_of(self, run_id: int) -> str:
        query = """
            SELECT dc.code FROM processor_runs AS run
            JOIN distribution_centers AS dc ON dc.client_id = $2 AND dc.id = run.distribution_center_id
            WHERE run.client_id = $2 AND run.id = $1
        """
        return str(self.run(self.shop.value(query, run_id, self.shop.client_id)))
