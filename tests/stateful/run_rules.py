"""Rules: runs and plans, schedules and time, settings, and whatever is done in bulk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.allocation_plans import (
    HypotheticalReceipt,
    WhatIf,
    apply_allocation_plan,
    plan_allocation,
)
from domain.operations.bulk_operations import start_bulk_operation
from domain.operations.bulk_processing import BulkHandle
from domain.operations.processor_runs import (
    RunHandle,
    apply_next_chunk,
    claim_run,
    finish_run,
    plan_run,
    request_run,
)
from domain.operations.schedules import set_processor_schedule, start_due_runs, waiting_runs
from domain.operations.timing import Timing
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import BulkAction
from domain.store.reads.eligibility import Selection
from domain.store.reads.orders import OrderFilter
from tests.bulk import figures, finish, results
from tests.stateful.driver import SKUS, Driver
from tests.stateful.order_rules import PICK
from tests.stateful.processing import Planned
from tests.stateful.stock_rules import CENTER
from tests.stateful.world import Line, Order

SIZE = st.sampled_from((1, 3, 10_000))
HOURLY = Timing(cron="0 * * * *")


@dataclass
class Made:
    """An allocation plan: what it gives, of which pool, as of when, made at which step."""

    plan_id: int
    center: str
    planned: Planned
    now: datetime
    step: int
    supposed: bool
    run_id: int | None = None


class RunRules(Driver):
    """Processing, planning, waiting, changing settings, and bulk operations."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.begun: dict[str, tuple[RunHandle, Planned]] = {}
        self.due: dict[str, datetime] = {}
        self.waiting: set[str] = set()
        self.made: Made | None = None

    @rule(center=CENTER, size=SIZE)
    def process(self, center: str, size: int) -> None:
        if center in self.begun:
            return
        run = self._request(center)
        planned = self._begin(center, run)
        self._finish(center, run, planned, size)

    @rule(center=CENTER, size=SIZE)
    def begin_or_end_run(self, center: str, size: int) -> None:
        """Others may come between planning and applying."""
        if center in self.begun:
            run, planned = self.begun.pop(center)
            self._finish(center, run, planned, size)
        else:
            run = self._request(center)
            self.begun[center] = run, self._begin(center, run)

    @rule(minutes=st.sampled_from((1, 30, 60, 240, 1440)), size=SIZE)
    def wait(self, minutes: int, size: int) -> None:
        """Time passes; what is due is run, once for all that was missed, and not beside another run (B2)."""
        self.now += timedelta(minutes=minutes)
        for center, at in self.due.items():
            if at <= self.now:
                self.waiting.add(center)
                self.due[center] = _full_hour_after(self.now)
        self.step += 1
        self.run(start_due_runs(database=self.database, now=self.now))
        startable = [
            RunHandle(
                database=self.database,
                client_id=self.shop.client_id,
                run_id=waiting.run_id,
                holder=f"worker {self.step}",
                lease=timedelta(hours=9),
            )
            for waiting in self.run(waiting_runs(database=self.database))
            if waiting.client_id == self.shop.client_id
        ]
        found = {self._center_of(run): run for run in startable}
        assert found.keys() == self.waiting - self.begun.keys()
        for center, run in sorted(found.items()):
            self.waiting.remove(center)
            self._finish(center, run, self._begin(center, run), size)
        self.count("wait", None)

    @rule(center=CENTER, enabled=st.booleans())
    def schedule(self, center: str, enabled: bool) -> None:
        center_id = self.center_id(center)

        def meant() -> None:
            self.due.pop(center, None)
            if enabled:
                self.due[center] = _full_hour_after(self.now)

        self.both(
            "schedule",
            meant,
            lambda c: set_processor_schedule(
                c, distribution_center_id=center_id, timing=HOURLY, enabled=enabled
            ),
        )

    @rule(
        center=CENTER,
        receipt=st.sampled_from((*[None] * 8, *SKUS)),
        without=st.sampled_from((None, None, None, None, 0, 2)),
        at_once=st.booleans(),
    )
    def plan(self, center: str, receipt: str | None, without: int | None, at_once: bool) -> None:
        left_out = [] if without is None else self.model.orders[-1 - without :][:1]
        receipts = {} if receipt is None else {receipt: 7}
        what_if = WhatIf(
            receipts=tuple(HypotheticalReceipt(sku_code=sku, quantity=7) for sku in receipts),
            cancelled_orders=tuple(self.order_id(order) for order in left_out),
        )
        center_id = self.center_id(center)
        done = self.both(
            "plan",
            lambda: self.model.plan(center, self.now, receipts=receipts, without=left_out),
            lambda c: plan_allocation(c, distribution_center_id=center_id, what_if=what_if),
        )
        assert done is not None
        planned, made = done
        query = "SELECT line_id, given FROM plan_decisions WHERE plan_id = $1 AND given > 0"
        assert dict(self.run(self.shop.tuples(query, made.plan_id))) == self._given(planned)
        supposed = bool(receipts or left_out)
        self.made = Made(made.plan_id, center, planned, self.now, self.step, supposed)
        if at_once:
            self.apply_plan()

    @rule()
    def apply_plan(self) -> None:
        """A plan is carried out exactly, or is stale; one that nothing came after is not stale."""
        if self.made is None:
            return
        made, plan_id = self.made, self.made.plan_id
        try:
            applied = self.run(apply_allocation_plan(self.shop.command(now=self.now), plan_id=plan_id))
        except Refusal as refusal:
            self.count("apply plan", refusal.code)
            fresh = not made.supposed and made.center not in self.begun and self.step == made.step
            if fresh or refusal.code != "STALE_PLAN":
                raise
        else:
            if made.run_id is None:
                assert not made.supposed
                assert self._given(self.model.plan(made.center, made.now)) == self._given(made.planned)
                self.model.carry_out(made.center, made.planned)
                self.model.refresh()
            assert made.run_id in (None, applied.run_id)
            made.run_id = applied.run_id
            self.count("apply plan", None)
        self.step += 1

    @rule(
        action=st.sampled_from(BulkAction),
        picks=st.lists(PICK, min_size=1, max_size=6),
        all_but=st.sampled_from((False, False, True)),
        size=st.sampled_from((1, 2, 1000)),
        hours=st.sampled_from((None, 1)),
    )
    def in_bulk(
        self, action: BulkAction, picks: list[int], all_but: bool, size: int, hours: int | None
    ) -> None:
        if not self.model.orders:
            return
        named = list(dict.fromkeys(self.choose(pick, self.model.orders) for pick in picks))
        orders = [order for order in named if order is not None]
        ids = [self.order_id(order) for order in orders]
        selection = Selection(ids=ids)
        # Everything is cancelled or rejected soon enough.
        if all_but and action not in (BulkAction.CANCEL, BulkAction.REJECT, BulkAction.DROPSHIP):
            orders = [order for order in self.model.orders if order not in orders]
            selection = Selection(order_filter=OrderFilter(), exceptions=ids)
        until = self.in_hours(hours) if action is BulkAction.DELAY else None
        targets = sorted(orders, key=lambda order: order.rank)

        async def asked(command: Any) -> list[tuple[int, str, str | None]]:
            started = await start_bulk_operation(command, action=action, selection=selection, until=until)
            bulk = BulkHandle(
                database=self.database,
                client_id=self.shop.client_id,
                bulk_operation_id=started.bulk_operation_id,
                holder=f"worker {self.step}",
                lease=timedelta(hours=9),
            )
            # A repetition of the request starts nothing, so there is nothing to claim.
            if (await figures(self.shop, bulk))["status"] == "PENDING":
                await finish(bulk, now=self.now, size=size)
            return await results(self.shop, bulk)

        done = self.both(f"bulk {action}", lambda: self._in_chunks(action, targets, size, until), asked)
        if done is not None:
            codes, told = done
            assert [order_id for order_id, _, _ in told] == [self.order_id(order) for order in targets]
            assert [code for _, _, code in told] == codes
            assert [outcome for _, outcome, _ in told] == [
                "SKIPPED" if code else "SUCCEEDED" for code in codes
            ]

    def _in_chunks(
        self, action: BulkAction, targets: Sequence[Order], size: int, until: datetime | None
    ) -> list[str | None]:
        if action is BulkAction.REVERT_BACKLOG_SKUS and not self.model.settings.allow_backlog_sku_revert:
            self.model.revert_backlog_skus(targets[0] if targets else self.model.orders[0])
        codes: list[str | None] = []
        for first in range(0, len(targets), size):
            codes += self._act(action, until)(targets[first : first + size])
            self.model.refresh()
        return codes

    def _act(
        self, action: BulkAction, until: datetime | None
    ) -> Callable[[Sequence[Order]], list[str | None]]:
        if action is BulkAction.CREATE_DELIVERY_NOTES:
            return self.model.deliver_available
        if action is BulkAction.DROPSHIP:
            return self.model.dropship_back_ordered
        if action is BulkAction.SYNCHRONIZE:
            return lambda orders: ["FEATURE_DISABLED" for _ in orders]
        single: Callable[[Order], None] = {
            BulkAction.CREATE_BACKLOG_SKUS: self.model.create_backlog_skus,
            BulkAction.REVERT_BACKLOG_SKUS: self.model.revert_backlog_skus,
            BulkAction.CONFIRM: self.model.confirm,
            BulkAction.REJECT: self.model.reject,
            BulkAction.UNCONFIRM: self.model.unconfirm,
            BulkAction.CANCEL: self.model.cancel,
            BulkAction.DELAY: lambda order: self.model.delay(order, until),
        }[action]
        return lambda orders: self.model.in_bulk(single, orders)

    def _request(self, center: str) -> RunHandle:
        center_id = self.center_id(center)
        self.step += 1
        command = self.shop.command(now=self.now)
        requested = self.run(request_run(command, distribution_center_id=center_id))
        return RunHandle(
            database=self.database,
            client_id=self.shop.client_id,
            run_id=requested.run_id,
            holder=f"worker {self.step}",
            lease=timedelta(hours=9),
        )

    def _begin(self, center: str, run: RunHandle) -> Planned:
        assert self.run(claim_run(run, now=self.now)) is not None
        self.run(plan_run(run, now=self.now))
        planned = self.model.plan(center, self.now)
        assert self._decided(run) == self._given(planned)
        self.count("plan run", None)
        return planned

    def _finish(self, center: str, run: RunHandle, planned: Planned, size: int) -> None:
        self.step += 1
        while self.run(apply_next_chunk(run, now=self.now, size=size)):
            pass
        self.run(finish_run(run, now=self.now))
        made = self.model.carry_out(center, planned)
        self.model.refresh()
        assert self._decided(run) == {self.line_id(line): units for line, units in made.items()}
        left_out = len(planned.given) - len({line.order for line in made})
        self.count("apply run", "something was in the way" if left_out else None)

    def _decided(self, run: RunHandle) -> dict[int, int]:
        query = "SELECT line_id, given FROM run_decisions WHERE run_id = $1 AND given > 0"
        return dict(self.run(self.shop.tuples(query, run.run_id)))

    def _given(self, planned: Planned) -> dict[int, int]:
        given: dict[Line, int] = {}
        for of_order in planned.given.values():
            given |= of_order
        return {self.line_id(line): units for line, units in given.items()}

    def _center_of(self, run: RunHandle) -> str:
        query = """
            SELECT dc.code FROM processor_runs AS run
            JOIN distribution_centers AS dc ON dc.client_id = $2 AND dc.id = run.distribution_center_id
            WHERE run.client_id = $2 AND run.id = $1
        """
        return str(self.run(self.shop.value(query, run.run_id, run.client_id)))


def _full_hour_after(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
