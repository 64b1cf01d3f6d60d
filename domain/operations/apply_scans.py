"""What a scanner recorded while it was offline, applied scan by scan (F10).

Each scan is a transaction of its own under a key of its own, so a scanner that does not know what has
arrived sends its whole queue again: what was applied is answered as it was then, and the rest is applied.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from domain.operations import dispatches, fill_backorders
from domain.operations.answers import UserError
from domain.operations.checks import WrongRows, check_count, check_quantity, check_text, refusals_at
from domain.operations.command import Command, Work, perform
from domain.operations.fill_backorders import ChosenItem
from domain.operations.purchase_orders import open_purchase_order
from domain.operations.receive_purchase_orders import Receipt, receive
from domain.operations.steps.counting import Counted, count_pool
from domain.rules import counts
from domain.rules.picking import Wanted, spread
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import Outcome, ScanAction
from domain.store import locks, reference, scans

MOST_SCANS = 1000


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """One scan: what was done with which code, how many units of it, when, and on which document.

    `document_id` is a Backorder for FILL and a purchase order for RECEIVE.
    """

    key: str
    action: ScanAction
    code: str
    quantity: int = 1
    distribution_center_code: str | None = None
    document_id: int | None = None
    scanned_at: datetime


class ScanApplied(msgspec.Struct, frozen=True):
    """A scan that was applied, and the order it was about, if it was about one."""

    order_id: int | None


class ScanOutcome(msgspec.Struct, frozen=True):
    """What became of a scan; the error says why it was skipped or failed."""

    key: str
    outcome: Outcome
    error: UserError | None = None


async def apply_scans(
    command: Command, *, scans: Sequence[Scan], sent_at: datetime | None = None
) -> list[ScanOutcome]:
    """Apply up to 1,000 scans in their order; what became of each, in the same order.

    `sent_at` is what the clock that `scanned_at` was read from shows now: with it each scan tells of its own
    moment (rules/counts), without it of the present. It is no part of what makes a scan the same when it is
    sent again: then it is another.

    A scan that is refused changes nothing and keeps none of the others from being applied. Raises
    INVALID_INPUT for none or too many.
    """
    check_count(scans, what="scans", path=("scans",))
    if len(scans) > MOST_SCANS:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"At most {MOST_SCANS:,} scans fit into one call; send the others in the next ones.",
            path=("scans",),
        )
    outcomes = []
    for place, scan in enumerate(scans):
        try:
            await _apply(replace(command, idempotency_key=scan.key), scan, sent_at)
            outcomes.append(ScanOutcome(scan.key, Outcome.SUCCEEDED))
        except Refusal as refusal:
            field = ("key",) if refusal.path == ("idempotencyKey",) else refusal.path
            outcomes.append(
                ScanOutcome(
                    scan.key,
                    Outcome.SKIPPED if refusal.code is ErrorCode.NOTHING_TO_DO else Outcome.FAILED,
                    UserError.of(refusal, path=("scans", str(place), *field)),
                )
            )
    return outcomes


async def _apply(command: Command, scan: Scan, sent_at: datetime | None) -> ScanApplied:
    async def body(work: Work) -> ScanApplied:
        check_text(scan.code.strip(), what="code", path=("code",), longest=255)
        work.happened_at = _happened_at(scan, sent_at, now=work.now)
        order_id = await _ACTIONS[scan.action](work, scan)
        work.audit(
            "SCAN_APPLIED",
            f"{scan.action} of {scan.code} was scanned.",
            order_id=order_id,
            after={
                "key": scan.key,
                "action": scan.action,
                "code": scan.code,
                "quantity": scan.quantity,
                "scannedAt": scan.scanned_at,
                **({} if work.happened_at is None else {"happenedAt": work.happened_at}),
            },
        )
        return ScanApplied(order_id)

    return await perform(command, operation="applyScans", payload=scan, answer=ScanApplied, body=body)


async def _count(work: Work, scan: Scan) -> int | None:
    check_quantity(scan.quantity, path=("quantity",), least=0)
    if scan.distribution_center_code is None:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            "A count is of one distribution center; give its code.",
            path=("distributionCenterCode",),
        )
    sku_id = await _scanned(work, "Sku", scan)
    codes = await reference.resolve(
        work.sql, client_id=work.client_id, distribution_centers=[scan.distribution_center_code]
    )
    pool = codes.distribution_centers.get(scan.distribution_center_code)
    if pool is None:
        raise Refusal(
            ErrorCode.NOT_FOUND,
            f"There is no distribution center with the code {scan.distribution_center_code!r}.",
            path=("distributionCenterCode",),
        )
    await locks.lock_pools(work.sql, client_id=work.client_id, distribution_center_ids=[pool])
    try:
        await count_pool(work, pool, {sku_id: Counted(0, scan.quantity)}, WrongRows(set_apart=False))
    except Refusal as refusal:
        outdated = refusal.code is ErrorCode.NOTHING_TO_DO
        raise refusal.at("scannedAt" if outdated else "quantity") from None
    return None


def _happened_at(scan: Scan, sent_at: datetime | None, *, now: datetime) -> datetime | None:
    """When it was scanned, if that can be told: a count is of no use without, goods have moved anyway."""
    if sent_at is None:
        return None
    try:
        return counts.happened_at(scanned_at=scan.scanned_at, sent_at=sent_at, now=now)
    except Refusal:
        if scan.action is ScanAction.COUNT:
            raise
        return None


async def _receive(work: Work, scan: Scan) -> int | None:
    check_quantity(scan.quantity, path=("quantity",))
    sku_id = await _scanned(work, "Sku", scan)
    ordered, present = await open_purchase_order(
        work, _document(scan, "purchase order"), path=("documentId",)
    )
    received = _shared_out(
        scan,
        [Wanted(line["id"], sku_id, line["open"]) for line in present.values() if line["sku_id"] == sku_id],
        document=f"purchase order {ordered['number']}",
    )
    with refusals_at("quantity"):
        await receive(
            work, ordered["id"], [Receipt(line_id=line, quantity=units) for line, units in received.items()]
        )
    order_id: int | None = ordered["dropship_order_id"]
    return order_id


async def _fill(work: Work, scan: Scan) -> int | None:
    check_quantity(scan.quantity, path=("quantity",))
    sku_id = await _scanned(work, "Sku", scan)
    backorder, order, items = await fill_backorders.open_backorder(
        work, backorder_id=_document(scan, "Backorder"), path=("documentId",)
    )
    units = _shared_out(
        scan,
        [Wanted(item["id"], sku_id, item["open"]) for item in items if item["sku_id"] == sku_id],
        document=f"Backorder {backorder['number']}",
    )
    chosen = [ChosenItem(item, units[item["id"]], ("quantity",)) for item in items if item["id"] in units]
    await fill_backorders.fill(work, backorder, order, chosen)
    order_id: int = order["id"]
    return order_id


async def _move_on(work: Work, scan: Scan) -> int | None:
    take = dispatches.pack if scan.action is ScanAction.PACK else dispatches.ship
    step = await take(work, dispatch_id=await _scanned(work, "Dispatch", scan), path=("code",))
    if step.before is step.after:
        raise Refusal(ErrorCode.NOTHING_TO_DO, f"The dispatch is {step.after} already.", path=("code",))
    return step.order_id


_ACTIONS: Mapping[ScanAction, Callable[[Work, Scan], Awaitable[int | None]]] = {
    ScanAction.COUNT: _count,
    ScanAction.RECEIVE: _receive,
    ScanAction.FILL: _fill,
    ScanAction.PACK: _move_on,
    ScanAction.SHIP: _move_on,
}
"""What each action does; it answers the order it was about, if it was about one."""


async def _scanned(work: Work, kind: str, scan: Scan) -> int:
    """The id of what the code is of. Raises NOT_FOUND when it is of nothing of this kind."""
    found = await scans.find(work.sql, client_id=work.client_id, code=scan.code)
    if kind not in found:
        what = "SKU" if kind == "Sku" else kind.lower()
        raise Refusal(
            ErrorCode.NOT_FOUND, f"There is no {what} with the barcode {scan.code!r}.", path=("code",)
        )
    return found[kind]


def _document(scan: Scan, what: str) -> int:
    if scan.document_id is None:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{scan.action} is of a {what}; give its id.",
            path=("documentId",),
        )
    return scan.document_id


def _shared_out(scan: Scan, lines: Sequence[Wanted], *, document: str) -> dict[int, int]:
    """The scanned units by line. Raises INVALID_INPUT when less is open, NOTHING_TO_DO when nothing is."""
    if not lines:
        raise Refusal(ErrorCode.INVALID_INPUT, f"SKU {scan.code} is not on {document}.", path=("code",))
    open_units = sum(line.units for line in lines)
    if not open_units:
        raise Refusal(
            ErrorCode.NOTHING_TO_DO, f"Nothing of SKU {scan.code} is open on {document}.", path=("code",)
        )
    if scan.quantity > open_units:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{open_units} units of SKU {scan.code} are open on {document}, not {scan.quantity}.",
            path=("quantity",),
            details={"open": open_units},
        )
    return spread(units=scan.quantity, over=lines)
