"""Rules: a scanner's batches, which are sent twice now and then (F10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.apply_scans import Scan, ScanOutcome, apply_scans
from domain.operations.command import Command
from domain.rules.counts import LONGEST
from domain.rules.vocabulary import ScanAction
from tests.stateful.driver import Driver
from tests.stateful.nouns import RefusedError, require
from tests.stateful.order_rules import PICK
from tests.stateful.stock_rules import CENTER, SKU

SCANS = st.lists(
    st.tuples(
        st.sampled_from(ScanAction),
        PICK,
        CENTER,
        SKU,
        st.integers(1, 4),
        st.sampled_from((0, 0, 1, 3, 30, 200)),
    ),
    min_size=1,
    max_size=3,
)
SKEW = timedelta(days=400, hours=-7)
"""What the device's clock shows is nobody else's time."""


class ScanRules(Driver):
    """Receiving, filling, packing, shipping and counting by barcode."""

    @rule(batch=SCANS, timed=st.sampled_from((True, True, False)))
    def scan(self, batch: list[tuple[ScanAction, int, str, str, int, int]], timed: bool) -> None:
        """Scans of now or of hours ago; only `timed` ones are told apart by the server."""
        # What a scan does may be what a later one of the batch is about, but no scan makes documents.
        scans, meant = [], []
        sent_at = self.now + SKEW if timed else None
        for place, (action, pick, center, sku, units, hours) in enumerate(batch):
            then = self.now - timedelta(hours=hours) if timed else None
            found = self._scan(action, pick, center, sku, units, then)
            if found is not None:
                told, doing = found
                key = f"scan {self.step}-{place}"
                scans.append(Scan(key=key, action=action, scanned_at=(then or self.now) + SKEW, **told))
                meant.append(doing)
        if not scans:
            return

        async def asked(command: Command) -> list[ScanOutcome]:
            return await apply_scans(command, scans=scans, sent_at=sent_at)

        done = self.both("scan", lambda: [self._outcome(doing) for doing in meant], asked)
        assert done is not None
        assert [(told.outcome, told.error and told.error.code) for told in done[1]] == done[0]
        for scan, (_, code) in zip(scans, done[0], strict=True):
            self.tally.parts[f"scan {scan.action}", code or "done"] += 1

    def _scan(
        self, action: ScanAction, pick: int, center: str, sku: str, units: int, then: datetime | None
    ) -> tuple[dict[str, Any], Callable[[], None]] | None:
        """What the scanner sends, and what the model makes of it."""
        if action is ScanAction.COUNT:
            told = {"code": sku, "quantity": 5 * units, "distribution_center_code": center}
            return told, lambda: self._counted(center, sku, 5 * units, then)
        if then is not None and self.now - then > LONGEST:
            then = None
        if action in (ScanAction.PACK, ScanAction.SHIP):
            return self._scan_dispatch(action, pick, then)
        if action is ScanAction.FILL:
            return self._scan_backorder(pick, sku, units)
        return self._scan_purchase(pick, sku, units, then)

    def _counted(self, center: str, sku: str, units: int, then: datetime | None) -> None:
        require(then is None or self.now - then <= LONGEST, "COUNT_TOO_OLD")
        self.model.count([(center, sku, units)], self.now, then=then)

    def _scan_dispatch(
        self, action: ScanAction, pick: int, then: datetime | None
    ) -> tuple[dict[str, Any], Callable[[], None]] | None:
        here = ("CREATED", "PACKED")
        dispatch = self.choose(pick, self.model.dispatches, lambda dispatch: dispatch.status in here)
        if dispatch is None:
            return None

        def meant() -> None:
            packs = action is ScanAction.PACK
            done = self.model.pack(dispatch) if packs else self.model.ship(dispatch, self.now, then=then)
            require(done, "NOTHING_TO_DO")

        return {"code": self.dispatch_number(dispatch)}, meant

    def _scan_backorder(
        self, pick: int, sku: str, units: int
    ) -> tuple[dict[str, Any], Callable[[], None]] | None:
        backorder = self.choose(
            pick, self.model.backorders, lambda b: any(item.open for item in b.items.values())
        )
        if backorder is None:
            return None
        items = list(backorder.items.values())
        code = next((item.line.sku for item in items if item.open), sku) if pick % 4 else sku

        def meant() -> None:
            require(any(item.open for item in items), "NOTHING_TO_DO")
            wanted = {item: item.open for item in items if item.line.sku == code}
            self.model.fill(backorder, self.model.scan_units(wanted, units))

        document_id = self.ids.backorders[self.backorder_key(backorder)]
        return {"code": code, "quantity": units, "document_id": document_id}, meant

    def _scan_purchase(
        self, pick: int, sku: str, units: int, then: datetime | None
    ) -> tuple[dict[str, Any], Callable[[], None]] | None:
        bought = self.choose(pick, self.model.purchases, lambda bought: bought.open)
        if bought is None:
            return None
        lines = [line for line in self.model.purchases if line.purchase_order == bought.purchase_order]
        code = bought.sku if pick % 4 else sku

        def meant() -> None:
            wanted = {line: line.open for line in lines if line.sku == code}
            self.model.receive(self.model.scan_units(wanted, units), self.now, then=then)

        document_id = self.ids.purchase_orders[bought.purchase_order]
        return {"code": code, "quantity": units, "document_id": document_id}, meant

    def _outcome(self, meant: Callable[[], None]) -> tuple[str, str | None]:
        try:
            meant()
        except RefusedError as refusal:
            return "SKIPPED" if refusal.code == "NOTHING_TO_DO" else "FAILED", refusal.code
        self.model.refresh()
        return "SUCCEEDED", None
