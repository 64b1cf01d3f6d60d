"""Rules: what is done in bulk, by workers that go away or fail, or until it is called off (A4-A6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.bulk_operations import cancel_bulk_operation, start_bulk_operation
from domain.operations.bulk_processing import (
    BulkHandle,
    claim_bulk,
    fail_bulk,
    hand_over_bulk,
    process_next_chunk,
    renew_bulk,
    waiting_bulk_operations,
)
from domain.rules.vocabulary import BulkAction
from domain.store.reads.eligibility import Selection
from domain.store.reads.orders import OrderFilter
from tests.bulk import figures, results
from tests.stateful.driver import Driver
from tests.stateful.nouns import Order, require
from tests.stateful.order_rules import PICK

ENDS = st.sampled_from(("done", "done", "done", "handed over", "called off", "failed"))


class BulkRules(Driver):
    """Bulk operations."""

    @rule(
        action=st.sampled_from(BulkAction),
        picks=st.lists(PICK, min_size=1, max_size=6),
        all_but=st.sampled_from((False, False, True)),
        size=st.sampled_from((1, 2, 1000)),
        hours=st.sampled_from((None, 1)),
        end=ENDS,
    )
    def in_bulk(
        self, action: BulkAction, picks: list[int], all_but: bool, size: int, hours: int | None, end: str
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
        # Who comes after the first chunk has something to do only if there is another one.
        cut = end if len(targets) > size else "done"
        reached = targets[:size] if cut in ("called off", "failed") else targets
        holder = f"worker {self.step}"

        async def asked(command: Any) -> tuple[int, list[tuple[int, str, str | None]]]:
            started = await start_bulk_operation(command, action=action, selection=selection, until=until)
            bulk = BulkHandle(
                database=self.database,
                client_id=self.shop.client_id,
                bulk_operation_id=started.bulk_operation_id,
                holder=holder,
                lease=timedelta(hours=9),
            )
            # A repetition of the request starts nothing, so there is nothing to claim.
            if (await figures(self.shop, bulk))["status"] == "PENDING":
                await self._work(bulk, command.now, size, cut)
            return bulk.bulk_operation_id, (await results(self.shop, bulk))[: len(reached)]

        done = self.both(f"bulk {action}", lambda: self._in_chunks(action, reached, size, until), asked)
        if done is not None:
            codes, (bulk_operation_id, told) = done
            assert [order_id for order_id, _, _ in told] == [self.order_id(order) for order in reached]
            assert [code for _, _, code in told] == codes
            assert [outcome for _, outcome, _ in told] == [
                "SKIPPED" if code else "SUCCEEDED" for code in codes
            ]
            if end == "called off":
                self._call_off(bulk_operation_id, ended=cut == "done")

    async def _work(self, bulk: BulkHandle, now: datetime, size: int, end: str) -> None:
        waiting = await waiting_bulk_operations(database=self.database)
        assert bulk.bulk_operation_id in [each.bulk_operation_id for each in waiting]
        assert await claim_bulk(bulk, now=now)
        more = await process_next_chunk(bulk, now=now, size=size)
        if end == "failed":
            await fail_bulk(bulk, failure="The worker broke.", now=now)
        elif end == "handed over":
            assert await renew_bulk(bulk)
            await hand_over_bulk(bulk)
            bulk = replace(bulk, holder=f"{bulk.holder}, the second")
            assert await claim_bulk(bulk, now=now)
        while more and end in ("done", "handed over"):
            more = await process_next_chunk(bulk, now=now, size=size)

    def _call_off(self, bulk_operation_id: int, *, ended: bool) -> None:
        self.both(
            "call bulk off",
            lambda: require(not ended, "NOTHING_TO_DO"),
            lambda c: cancel_bulk_operation(c, bulk_operation_id=bulk_operation_id),
        )

    def _in_chunks(
        self, action: BulkAction, targets: Sequence[Order], size: int, until: datetime | None
    ) -> list[str | None]:
        if action is BulkAction.REVERT_BACKLOG_SKUS and not self.model.settings.allow_backlog_sku_revert:
            self.model.revert_backlog_skus(targets[0] if targets else self.model.orders[0])
        codes: list[str | None] = []
        for first in range(0, len(targets), size):
            codes += self._act(action, until)(targets[first : first + size])
            self.over()
        return codes

    def _act(
        self, action: BulkAction, until: datetime | None
    ) -> Callable[[Sequence[Order]], list[str | None]]:
        if action is BulkAction.CREATE_DELIVERY_NOTES:
            return self.model.deliver_available
        if action is BulkAction.DROPSHIP:
            return self.model.dropship_back_ordered
        if action is BulkAction.SYNCHRONIZE:
            return lambda orders: [self.model.why_not_asked(order) for order in orders]
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
