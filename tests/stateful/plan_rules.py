"""Rules: dry runs, and reallocations by variants, planned, and carried out or out of date (F2, F3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.apply_allocation_plan import apply_allocation_plan
from domain.operations.apply_reallocation import apply_reallocation
from domain.operations.exact_runs import apply_exactly
from domain.operations.line_pins import pin_order_line, unpin_order_line
from domain.operations.plan_allocation import (
    HypotheticalReceipt,
    WhatIf,
    plan_allocation,
)
from domain.operations.plan_reallocation import plan_reallocation
from domain.operations.processor_runs import RunHandle, claim_run
from domain.operations.reallocation_variants import (
    SegmentInput,
    VariantInput,
    delete_reallocation_variant,
    set_reallocation_variant,
)
from domain.operations.recompute_back_orders import recompute_back_orders
from domain.operations.steps.applying import CHUNK_LINES
from domain.rules.refusals import Refusal
from domain.rules.vocabulary import ConfirmationStrategy, SegmentSort, UnmetWin
from domain.store.reallocation_variants import StoredFilter
from tests.stateful.driver import SKUS
from tests.stateful.nouns import Line
from tests.stateful.order_rules import PICK
from tests.stateful.processing import Planned
from tests.stateful.reallocating import Segment, Shares
from tests.stateful.run_rules import RunRules
from tests.stateful.stock_rules import CENTER

NAMES = ("usual", "peak")
TAKES = st.sampled_from(
    (
        (),
        (("priority_from", 1),),
        (("min_age_hours", 2),),
        (("store_codes", ("WEB",)),),
        (("countries", ("DE", "NL")),),
        (("sku_codes", ("POT",)), ("priority_from", 0)),
    )
)
SEGMENTS = st.lists(
    st.builds(Segment, st.sampled_from(ConfirmationStrategy), st.sampled_from(SegmentSort), TAKES),
    min_size=1,
    max_size=3,
)

THEN = st.sampled_from(("at once", "by a run", "later"))
"""What becomes of a plan that was just made."""


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


@dataclass
class Shared:
    """A reallocation plan: by which variant, and what it says; of which pool, as of when, at which step."""

    plan_id: int
    center: str
    name: str
    variant: tuple[str, tuple[Segment, ...]]
    shares: Shares
    now: datetime
    step: int
    applied: bool = False


class PlanRules(RunRules):
    """Planning and applying."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.made: Made | None = None
        self.shared: Shared | None = None

    @rule(
        center=CENTER,
        receipt=st.sampled_from((*[None] * 8, *SKUS)),
        without=st.sampled_from((None, None, None, None, 0, 2)),
        then=THEN,
    )
    def plan(self, center: str, receipt: str | None, without: int | None, then: str) -> None:
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
        assert dict(self.run(self.shop.tuples(query, made.plan_id))) == self.given(planned)
        supposed = bool(receipts or left_out)
        self.made = Made(made.plan_id, center, planned, self.now, self.step, supposed)
        if then != "later":
            self.apply_plan(large=then == "by a run")

    @rule(large=st.booleans())
    def apply_plan(self, large: bool = False) -> None:
        """A plan is carried out exactly, or is stale; one that nothing came after is not stale."""
        if self.made is None:
            return
        made, plan_id = self.made, self.made.plan_id
        command, at_once = self.shop.command(now=self.now), self._at_once(made.center, large)
        try:
            applied = self.run(apply_allocation_plan(command, plan_id=plan_id, at_once=at_once))
        except Refusal as refusal:
            self.count("apply plan", refusal.code)
            fresh = not made.supposed and made.center not in self.begun and self.step == made.step
            if fresh or refusal.code != "STALE_PLAN":
                raise
        else:
            if made.run_id is None:
                assert not made.supposed
                assert self.given(self.model.plan(made.center, made.now)) == self.given(made.planned)
                self.model.carry_out(made.center, made.planned)
                self.over()
            assert made.run_id in (None, applied.run_id)
            made.run_id = applied.run_id
            self.count("apply plan by a run" if self._left_to_a_run() else "apply plan", None)
        self.step += 1

    @rule(name=st.sampled_from(NAMES), unmet_win=st.sampled_from(UnmetWin), segments=SEGMENTS)
    def set_variant(self, name: str, unmet_win: UnmetWin, segments: list[Segment]) -> None:
        segments.sort(key=lambda segment: not segment.takes)
        sent = VariantInput(
            name=name,
            unmet_win=unmet_win,
            segments=tuple(
                SegmentInput(
                    name=segment.strategy.lower(),
                    strategy=ConfirmationStrategy(segment.strategy),
                    sort=SegmentSort(segment.sort),
                    filter=StoredFilter(**dict(segment.takes)),
                )
                for segment in segments
            ),
        )
        self.both(
            "set variant",
            lambda: self.model.set_variant(name, unmet_win, tuple(segments)),
            lambda c: set_reallocation_variant(c, variant=sent),
        )

    @rule(name=st.sampled_from(NAMES), rarely=st.integers(0, 3))
    def delete_variant(self, name: str, rarely: int) -> None:
        if name in self.model.variants and not rarely:
            variant_id = self._variant_id(name)
            self.both(
                "delete variant",
                lambda: self.model.variants.pop(name),
                lambda c: delete_reallocation_variant(c, variant_id=variant_id),
            )

    @rule(pick=PICK, reason=st.sampled_from((None, "VIP", "fair")))
    def pin(self, pick: int, reason: str | None) -> None:
        fitting = self._is_pinned if reason is None else self._is_set_aside
        if line := self.choose(pick, self.model.lines, fitting):
            line_id = self.line_id(line)
            if reason is None:
                self.both(
                    "unpin", lambda: self.model.unpin(line), lambda c: unpin_order_line(c, line_id=line_id)
                )
            else:
                self.both(
                    "pin",
                    lambda: self.model.pin(line, reason),
                    lambda c: pin_order_line(c, line_id=line_id, reason=reason),
                )

    @rule(center=CENTER, name=st.sampled_from(NAMES), segments=SEGMENTS, then=THEN)
    def reallocate(self, center: str, name: str, segments: list[Segment], then: str) -> None:
        """Plan a reallocation: the model shares out the same."""
        if name not in self.model.variants:
            self.set_variant(name, UnmetWin.CONTINUE, segments[:1])
        center_id, variant_id = self.center_id(center), self._variant_id(name)
        variant = self.model.variants[name]
        done = self.both(
            "plan reallocation",
            lambda: self.model.reallocate(center, variant[1], self.now),
            lambda c: plan_reallocation(c, distribution_center_id=center_id, variant_id=variant_id),
        )
        assert done is not None
        shares, made = done
        query = "SELECT line_id, dispatched_after, own_after FROM reallocation_decisions WHERE plan_id = $1"
        told = self.run(self.shop.tuples(query, made.plan_id))
        assert {line_id: (has, own) for line_id, has, own in told} == {
            self.line_id(line): (shares.has[line], shares.own[line]) for line in shares.has
        }
        self.shared = Shared(made.plan_id, center, name, variant, shares, self.now, self.step)
        if then != "later":
            self.apply_reallocation(large=then == "by a run")

    @rule(large=st.booleans())
    def apply_reallocation(self, large: bool = False) -> None:
        """It is carried out exactly, or is stale, or somebody can't win."""
        if self.shared is None:
            return
        shared, model = self.shared, self.model
        unmet = "INSUFFICIENT_STOCK" if shared.shares.unmet and shared.variant[0] == "STOP" else None
        fresh = shared.center not in self.begun and self.step == shared.step
        at_once = self._at_once(shared.center, large)
        code = self.code_of(lambda c: apply_reallocation(c, plan_id=shared.plan_id, at_once=at_once))
        by_a_run = self._left_to_a_run()
        if code is not None:
            assert not shared.applied
            assert code in (unmet, "STALE_PLAN")
            assert not fresh or code == unmet
        elif not shared.applied:
            assert not unmet
            assert model.variants.get(shared.name) == shared.variant
            now = model.reallocate(shared.center, shared.variant[1], shared.now)
            assert now.changes == shared.shares.changes
            model.share_out(now)
            self.over()
            shared.applied = True
            code = None if now.changes else "nothing to move"
        self.count("apply reallocation by a run" if by_a_run else "apply reallocation", code)
        self.step += 1

    @rule(center=CENTER, sku=st.sampled_from((None, None, *SKUS)))
    def recompute(self, center: str, sku: str | None) -> None:
        """Computed anew, nothing is another; whoever was not looked at is (D3)."""
        center_id = self.center_id(center)
        done = self.both(
            "recompute",
            lambda: self.model.look_at(center, sku),
            lambda c: recompute_back_orders(
                c, distribution_center_id=center_id, sku_codes=None if sku is None else [sku]
            ),
        )
        assert done is not None
        assert done[1].lines == done[0]

    def _at_once(self, center: str, large: bool) -> int:
        """How many lines a request takes: what is `large` is left to a run, which waits for no other here."""
        return 0 if large and center not in self.begun else CHUNK_LINES

    def _left_to_a_run(self) -> bool:
        """Have a worker apply what was left to a run, if anything was; it can't fail."""
        waiting = self.run(
            self.shop.tuples(
                """
            SELECT id FROM processor_runs WHERE client_id = $1 AND status = 'SCHEDULED'
              AND (plan_id IS NOT NULL OR reallocation_id IS NOT NULL)
            """,
                self.shop.client_id,
            )
        )
        for (run_id,) in waiting:
            run = RunHandle(
                database=self.database, client_id=self.shop.client_id, run_id=run_id, holder="exact"
            )
            assert self.run(claim_run(run, now=self.now))
            self.run(apply_exactly(run, telling=run, now=self.now, size=2))
            ended = self.run(
                self.shop.row("SELECT status, failure FROM processor_runs WHERE id = $1", run_id)
            )
            assert ended == {"status": "COMPLETED", "failure": None}
        return bool(waiting)

    def _is_pinned(self, line: Line) -> bool:
        return line.pin is not None

    def _is_set_aside(self, line: Line) -> bool:
        return line.allocated > 0 or line.own > 0

    def _variant_id(self, name: str) -> int:
        query = "SELECT id FROM reallocation_variants WHERE client_id = $1 AND name = $2"
        return int(self.run(self.shop.value(query, self.shop.client_id, name)))
