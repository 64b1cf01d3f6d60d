"""Rules: a scanner's batches, which are sent twice now and then (F10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from domain.operations.apply_scans import Scan, ScanOutcome, apply_scans
from domain.operations.command import Command
from domain.rules.vocabulary import ScanAction
from tests.stateful.driver import Driver
from tests.stateful.nouns import RefusedError, require
from tests.stateful.order_rules import PICK
from tests.stateful.stock_rules import CENTER, SKU

SCANS = st.lists(
    st.tuples(st.sampled_from(ScanAction), PICK, CENTER, SKU, st.integers(1, 4)), min_size=1, max_size=3
)


class ScanRules(Driver):
    """Receiving, filling, packing, shipping and counting by barcode."""

    @rule(batch=SCANS)
    def scan(self, batch: list[tuple[ScanAction, int, str, str, int]]) -> None:
        # What a scan does may be what a later one of the batch is about, but no scan makes documents.
        scans, meant = [], []
        for place, (action, pick, center, sku, units) in enumerate(batch):
            found = self._scan(action, pick, center, sku, units)
            if found is not None:
                told, doing = found
                key = f"scan {self.step}-{place}"
                scans.append(Scan(key=key, action=action, scanned_at=self.now, **told))
                meant.append(doing)
        if not scans:
            return

        async def asked(command: Command) -> list[ScanOutcome]:
            return await apply_scans(command, scans=scans)

        done = self.both("scan", lambda: [self._outcome(doing) for doing in meant], asked)
        assert done is not None
        assert [(told.outcome, told.error and told.error.code) for told in done[1]] == done[0]
        for scan, (_, code) in zip(scans, done[0], strict=True):
            self.tally.parts[f"scan {scan.action}", code or "done"] += 1

    def _scan(
        self, action: ScanAction, pick: int, center: str, sku: str, units: int
    ) -> tuple[dict[str, Any], Callable[[], None]] | None:
        """What the scanner sends, and what the model makes of it."""
        if action is ScanAction.COUNT:
            told = {"code": sku, "quantity": 5 * units, "distribution_center_code": center}
            return told, lambda: self.model.count([(center, sku, 5 * units)])
        if action in (ScanAction.PACK, ScanAction.SHIP):
            return self._scan_dispatch(action, pick)
        if action is ScanAction.FILL:
            return self._scan_backorder(pick, sku, units)
        return self._scan_purchase(pick, sku, units)

    def _scan_dispatch(
        self, action: ScanAction, pick: int
    ) -> tuple[dict[str, Any], Callable[[], None]] | None:
        here = ("CREATED", "PACKED")
        dispatch = self.choose(pick, self.model.dispatches, lambda dispatch: dispatch.status in here)
        if dispatch is None:
            return None
        take = self.model.pack if action is ScanAction.PACK else self.model.ship
        return {"code": self.dispatch_number(dispatch)}, lambda: require(take(dispatch), "NOTHING_TO_DO")

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
        self, pick: int, sku: str, units: int
    ) -> tuple[dict[str, Any], Callable[[], None]] | None:
        bought = self.choose(pick, self.model.purchases, lambda bought: bought.open)
        if bought is None:
            return None
        lines = [line for line in self.model.purchases if line.purchase_order == bought.purchase_order]
        code = bought.sku if pick % 4 else sku

        def meant() -> None:
            wanted = {line: line.open for line in lines if line.sku == code}
            self.model.receive(self.model.scan_units(wanted, units))

        document_id = self.ids.purchase_orders[bought.purchase_order]
        return {"code": code, "quantity": units, "document_id": document_id}, meant

    def _outcome(self, meant: Callable[[], None]) -> tuple[str, str | None]:
        try:
            meant()
        except RefusedError as refusal:
            return "SKIPPED" if refusal.code == "NOTHING_TO_DO" else "FAILED", refusal.code
        self.model.refresh()
        return "SUCCEEDED", None
