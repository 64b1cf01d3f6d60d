"""Rules: the Order Processor's runs, at once or in the middle of others' work, and workers that go away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.processor_runs import (
    RunHandle,
    apply_next_chunk,
    claim_run,
    fail_run,
    finish_run,
    hand_over_run,
    plan_run,
    renew_run,
    request_run,
)
from tests.stateful.driver import Driver
from tests.stateful.nouns import Line
from tests.stateful.processing import Planned
from tests.stateful.stock_rules import CENTER

SIZE = st.sampled_from((1, 2, 3, 10_000))
"""Lines of a chunk, as BACKFILL_RUN_CHUNK_LINES has them."""
WORKER = st.sampled_from(("stays", "stays", "renews", "hands over", "fails"))


class RunRules(Driver):
    """Processing."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.begun: dict[str, tuple[RunHandle, Planned]] = {}

    @rule(center=CENTER, size=SIZE, worker=WORKER)
    def process(self, center: str, size: int, worker: str) -> None:
        if center in self.begun:
            return
        run = self._request(center)
        self.finish(center, run, self.begin(center, run), size, worker)

    # Twice, or it would be lost among all the others.
    @rule(center=CENTER, size=SIZE, worker=WORKER)
    def process_more(self, center: str, size: int, worker: str) -> None:
        self.process(center, size, worker)

    @rule(center=CENTER, size=SIZE, worker=WORKER)
    def begin_or_end_run(self, center: str, size: int, worker: str) -> None:
        """Others may come between planning and applying."""
        if center in self.begun:
            run, planned = self.begun.pop(center)
            self.finish(center, run, planned, size, worker)
        else:
            run = self._request(center)
            self.begun[center] = run, self.begin(center, run)

    def _request(self, center: str) -> RunHandle:
        center_id = self.center_id(center)
        self.step += 1
        command = self.shop.command(now=self.now)
        requested = self.run(request_run(command, distribution_center_id=center_id))
        return self.handle_of(requested.run_id)

    def handle_of(self, run_id: int) -> RunHandle:
        """A run in the hands of a worker of this step."""
        return RunHandle(
            database=self.database,
            client_id=self.shop.client_id,
            run_id=run_id,
            holder=f"worker {self.step}",
            lease=timedelta(hours=9),
        )

    def begin(self, center: str, run: RunHandle) -> Planned:
        """Take the run and plan it: the model plans the same."""
        assert self.run(claim_run(run, now=self.now)) is not None
        self.run(plan_run(run, now=self.now))
        planned = self.model.plan(center, self.now)
        assert self._decided(run) == self.given(planned)
        self.count("plan run", None)
        return planned

    def finish(self, center: str, run: RunHandle, planned: Planned, size: int, worker: str) -> None:
        """Carry out what was planned, a chunk at a time; the worker may go away after the first one."""
        self.step += 1
        more = self.run(apply_next_chunk(run, now=self.now, size=size))
        if worker == "fails":
            self.run(fail_run(run, failure="The worker broke.", now=self.now))
        else:
            if worker == "renews":
                assert self.run(renew_run(run))
            elif worker == "hands over":
                self.run(hand_over_run(run))
                run = replace(run, holder=f"worker {self.step}, the second")
                assert self.run(claim_run(run, now=self.now)) is not None
            while more:
                more = self.run(apply_next_chunk(run, now=self.now, size=size))
            self.run(finish_run(run, now=self.now))
        reached = self._reached(run)
        made = self.model.carry_out(
            center, planned, reached=[order for order in planned.given if self.order_id(order) in reached]
        )
        self.over()
        units_made = {self.line_id(line): units for line, units in made.items()}
        assert self._decided(run, reached=True) == units_made
        left_out = len(planned.given) - len({line.order for line in made})
        self.count("apply run", "something was in the way" if left_out else None)

    def _decided(self, run: RunHandle, *, reached: bool = False) -> dict[int, int]:
        """Units given by line, by all of the plan or by what was carried out of it."""
        query = """
            SELECT line_id, given FROM run_decisions AS decision
            JOIN processor_runs AS run ON run.client_id = decision.client_id AND run.id = decision.run_id
            WHERE decision.run_id = $1 AND given > 0 AND (rank <= applied_rank OR NOT $2)
        """
        return dict(self.run(self.shop.tuples(query, run.run_id, reached)))

    def _reached(self, run: RunHandle) -> set[int]:
        """The orders that the run came to before it ended."""
        query = """
            SELECT DISTINCT order_id FROM run_decisions AS decision
            JOIN processor_runs AS run ON run.client_id = decision.client_id AND run.id = decision.run_id
            WHERE decision.run_id = $1 AND rank <= applied_rank
        """
        return {order_id for (order_id,) in self.run(self.shop.tuples(query, run.run_id))}

    def given(self, planned: Planned) -> dict[int, int]:
        """Units that the model's plan gives, by the line's id."""
        given: dict[Line, int] = {}
        for of_order in planned.given.values():
            given |= of_order
        return {self.line_id(line): units for line, units in given.items()}
