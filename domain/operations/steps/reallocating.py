"""Carrying out a reallocation: moving units between the dispatches of a locked pool (F3).

What an order gains goes on its newest dispatch that is not packed yet, so that gaining ships nothing twice;
only an order that has none gets a new one. What a line loses is taken from the newest dispatch first, and a
dispatch that is left with nothing is cancelled, its lines being open again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from domain.operations.command import Work
from domain.operations.steps.applying import Told
from domain.operations.steps.coverage import COVERAGE_SKUS, refresh_coverage
from domain.operations.steps.exact_plans import ORDERS_CHANGED, forgotten, stale
from domain.operations.steps.moving import move_stock
from domain.operations.steps.settling import settle_orders
from domain.rules.vocabulary import DispatchKind, DispatchStatus
from domain.store import cross_docks, dispatches, lines, locks, reallocated_dispatches, reallocations, stock
from domain.store.database import Row

REASON = "REALLOCATED"
"""The reason code of dispatches that are cancelled because a reallocation took all they held."""


async def carry_out(work: Work, plan: Row, *, size: int, told: Told | None = None) -> None:
    """Do what the plan (its row) says, about `size` lines at a time, and settle and tell the orders of them.

    The pool is locked by the caller and is what it was when the plan was made, and so are its orders. Raises
    STALE_PLAN if one of them isn't all the same, and NOT_FOUND for a plan that is being forgotten.
    """
    distribution_center_id: int = plan["distribution_center_id"]
    planned = plan["units_gained"], plan["units_lost"]
    movements: list[stock.Movement] = []
    skus: set[int] = set()
    done = 0
    parts = reallocations.moves(work.sql, client_id=work.client_id, plan_id=plan["id"], size=size)
    async for moves in parts:
        if (moves[0]["units_gained"], moves[0]["units_lost"]) != planned:
            raise forgotten()
        movements += await _move(work, plan["id"], distribution_center_id, moves)
        skus.update(move["sku_id"] for move in moves)
        done += len(moves)
        if told is not None:
            await told(done)
    if not done and any(planned):
        raise forgotten()
    # What one part gives another may have taken back later, so levels move when all is known of a SKU.
    movements.sort(key=attrgetter("sku_id"))
    for part in _whole_skus(movements, size):
        await move_stock(work, distribution_center_id=distribution_center_id, movements=part)
    covered = sorted(skus)
    for first in range(0, len(covered), COVERAGE_SKUS):
        await refresh_coverage(
            work,
            distribution_center_id=distribution_center_id,
            sku_ids=covered[first : first + COVERAGE_SKUS],
        )


async def _move(
    work: Work, plan_id: int, distribution_center_id: int, moves: Sequence[Row]
) -> list[stock.Movement]:
    """Move units of whole orders; what of that is still to be posted to the ledger."""
    before = await locks.lock_orders(
        work.sql, client_id=work.client_id, order_ids={move["order_id"] for move in moves}
    )
    versions = {order["id"]: order["planned_version"] for order in before}
    if any(versions[move["order_id"]] != move["order_version"] for move in moves):
        raise stale(ORDERS_CHANGED)
    changes = {
        move["line_id"]: move["dispatched_after"] - move["dispatched_before"]
        for move in moves
        if move["dispatched_after"] != move["dispatched_before"]
    }
    touched = {move["order_id"] for move in moves if move["line_id"] in changes}
    shelves = _Shelves(
        await reallocated_dispatches.unpacked(work.sql, client_id=work.client_id, order_ids=touched)
    )
    for move in moves:
        shelves.move(move, changes.get(move["line_id"], 0))
    movements = await _store(work, distribution_center_id, shelves)
    await settle_orders(
        work,
        before=before,
        quantities=[
            lines.QuantityChange(line_id, allocated=change) for line_id, change in sorted(changes.items())
        ],
    )
    await cross_docks.reduce(
        work.sql,
        client_id=work.client_id,
        units={
            move["line_id"]: move["own_after"]
            for move in moves
            # What a line gains uses up its own units as it is counted; the rest is taken from it here.
            if move["own_after"] < max(move["own_before"] - max(changes.get(move["line_id"], 0), 0), 0)
        },
    )
    _audit(work, plan_id, moves, shelves)
    return movements


def _whole_skus(movements: Sequence[stock.Movement], size: int) -> Iterator[list[stock.Movement]]:
    """Movements that are sorted by SKU, in parts of about `size`; those of a SKU are in one part."""
    part: list[stock.Movement] = []
    for _, of_sku in groupby(movements, key=attrgetter("sku_id")):
        part += of_sku
        if len(part) >= size:
            yield part
            part = []
    if part:
        yield part


@dataclass(slots=True)
class _Shelves:
    """The unpacked dispatches of orders, newest first, and what becomes of their lines."""

    rows: Sequence[Row]
    quantities: dict[int, int] = field(default_factory=dict)
    """What dispatch lines that change hold then, by id."""
    added: list[reallocated_dispatches.AddedLine] = field(default_factory=list)
    new: list[dispatches.NewLine] = field(default_factory=list)
    movements: list[stock.Movement] = field(default_factory=list)
    _of_line: defaultdict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    _of_order: defaultdict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    """What each dispatch of an order holds, newest first."""

    def __post_init__(self) -> None:
        for row in self.rows:
            self._of_line[row["order_line_id"]].append(row)
            held = self._of_order[row["order_id"]]
            held[row["dispatch_id"]] = held.get(row["dispatch_id"], 0) + row["quantity"]

    def move(self, move: Row, change: int) -> None:
        """Take `-change` units of the line, or give it `change`; losses of an order need not come first."""
        if change < 0:
            self._take(move, -change)
        elif change > 0:
            self._give(move, change)

    def _take(self, move: Row, units: int) -> None:
        for row in self._of_line[move["line_id"]]:
            taken = min(units, self.quantities.get(row["id"], row["quantity"]))
            if taken:
                self._hold(row, -taken)
                self._record("RELEASE", move, row["dispatch_id"], -taken)
                units -= taken
        if units:
            raise AssertionError("a line has fewer units on dispatches than it was planned with")

    def _give(self, move: Row, units: int) -> None:
        held = self._of_order[move["order_id"]]
        if not held:
            self.new.append(dispatches.NewLine(move["order_id"], move["line_id"], move["sku_id"], units))
            return
        dispatch_id = next(iter(held))
        same = [row for row in self._of_line[move["line_id"]] if row["dispatch_id"] == dispatch_id]
        if same:
            self._hold(same[0], units)
        else:
            held[dispatch_id] += units
            self.added.append(
                reallocated_dispatches.AddedLine(dispatch_id, move["line_id"], move["sku_id"], units)
            )
        self._record("ALLOCATE", move, dispatch_id, units)

    def _hold(self, row: Row, change: int) -> None:
        self.quantities[row["id"]] = self.quantities.get(row["id"], row["quantity"]) + change
        self._of_order[row["order_id"]][row["dispatch_id"]] += change

    def _record(self, kind: str, move: Row, dispatch_id: int, units: int) -> None:
        self.movements.append(
            stock.Movement(
                sku_id=move["sku_id"],
                kind=kind,
                allocated=units,
                dispatch_id=dispatch_id,
                order_line_id=move["line_id"],
            )
        )

    def emptied(self) -> dict[int, Row]:
        """A row of each dispatch that is left with nothing, by the dispatch's id."""
        return {
            row["dispatch_id"]: row
            for row in self.rows
            if not self._of_order[row["order_id"]][row["dispatch_id"]]
        }

    def changed(self) -> dict[int, int]:
        """What lines of dispatches that stay hold now; those of cancelled ones say what they held."""
        emptied = self.emptied()
        return {
            row["id"]: self.quantities[row["id"]]
            for row in self.rows
            if row["id"] in self.quantities and row["dispatch_id"] not in emptied
        }


async def _store(work: Work, distribution_center_id: int, shelves: _Shelves) -> list[stock.Movement]:
    """Write what becomes of dispatches and their lines; the movements that follow from it."""
    await reallocated_dispatches.change_dispatch_lines(
        work.sql, client_id=work.client_id, quantities=shelves.changed()
    )
    await reallocated_dispatches.add_dispatch_lines(work.sql, client_id=work.client_id, lines=shelves.added)
    await reallocated_dispatches.cancel_dispatches(
        work.sql, client_id=work.client_id, dispatch_ids=shelves.emptied(), reason=REASON, at=work.now
    )
    made: Mapping[int, Row] = {}
    if shelves.new:
        made = await dispatches.insert(
            work.sql,
            client_id=work.client_id,
            distribution_center_id=distribution_center_id,
            kind=DispatchKind.PROCESSOR,
            run_id=None,
            at=work.now,
            lines=shelves.new,
        )
    for order_id, dispatch in made.items():
        work.audit(
            "DISPATCH_CREATED",
            f"Dispatch {dispatch['number']} was made.",
            order_id=order_id,
            after={"dispatch": dispatch["id"], "kind": DispatchKind.PROCESSOR},
        )
    return shelves.movements + [
        stock.Movement(
            sku_id=line.sku_id,
            kind="ALLOCATE",
            allocated=line.quantity,
            dispatch_id=made[line.order_id]["id"],
            order_line_id=line.line_id,
        )
        for line in shelves.new
    ]


def _audit(work: Work, plan_id: int, moves: Sequence[Row], shelves: _Shelves) -> None:
    for dispatch_id, row in shelves.emptied().items():
        work.audit(
            "DISPATCH_CANCELLED",
            f"Dispatch {row['number']} was cancelled ({REASON}); its lines are queued again.",
            order_id=row["order_id"],
            before={"dispatch": dispatch_id, "status": DispatchStatus.CREATED},
            after={"status": DispatchStatus.CANCELLED, "reason": REASON, "requeued": True},
        )
    before: defaultdict[int, Counter[str]] = defaultdict(Counter)
    after: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for move in moves:
        line = str(move["line_id"])
        before[move["order_id"]][line] = move["dispatched_before"] + move["own_before"]
        after[move["order_id"]][line] = move["dispatched_after"] + move["own_after"]
    for order_id, units in before.items():
        change = after[order_id].total() - units.total()
        work.audit(
            "ORDER_REALLOCATED",
            f"Reallocation {plan_id} {'gave' if change >= 0 else 'took'} {abs(change)} units.",
            order_id=order_id,
            before={"lines": units},
            after={"lines": after[order_id], "reallocation": plan_id},
        )
