"""What a scanner recorded offline tells of its moment, however late it is applied (F8, F10)."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from functools import partial
from itertools import count as numbers
from random import Random
from typing import Any

import pytest

from domain.operations.apply_scans import Scan, ScanOutcome, apply_scans
from domain.operations.dispatches import ship_dispatch
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.rules.vocabulary import ScanAction
from domain.settings import Settings
from domain.store.database import Database
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import everything
from tests.operations.invariants import assert_consistent

pytestmark = [pytest.mark.rule("F8"), pytest.mark.rule("F10")]

HOUR = timedelta(hours=1)
BEFORE = NOW - timedelta(days=10)
SKEW = timedelta(hours=-5, minutes=3)
"""The device's clock is nobody else's."""
LEDGER = "SELECT kind, on_hand_change, at, happened_at, note FROM stock_movements ORDER BY id DESC LIMIT 1"

keys = numbers(1)


def scan(action: ScanAction, at: datetime, code: str = "TEA", **more: Any) -> Scan:
    """Something scanned at this time, which the device's clock shows as another."""
    return Scan(key=f"scan-{next(keys)}", action=action, code=code, scanned_at=at + SKEW, **more)


def counted(units: int, at: datetime) -> Scan:
    return scan(ScanAction.COUNT, at, quantity=units, distribution_center_code=MAIN)


async def apply(shop: Shop, *scans: Scan, now: datetime = NOW) -> list[ScanOutcome]:
    return await apply_scans(shop.command(now=now), scans=scans, sent_at=now + SKEW)


async def on_hand(shop: Shop) -> int:
    return int(await shop.value("SELECT on_hand FROM stock_levels"))


async def dispatched(shop: Shop, number: str, units: int, *, now: datetime = BEFORE) -> int:
    return await shop.dispatch(await shop.order(number, now=now, TEA=units), now=now, TEA=units)


async def ship(shop: Shop, dispatch: int, at: datetime) -> None:
    await ship_dispatch(shop.command(now=at), dispatch_id=dispatch)


async def receive(shop: Shop, number: str, units: int, at: datetime) -> None:
    ordered, (line,) = await shop.purchase_order(number, now=at, TEA=units)
    await shop.receive(ordered, {line: units}, now=at)


async def test_what_came_and_left_after_the_count_is_added_to_what_was_counted(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    early, late = await dispatched(shop, "SO-1", 3), await dispatched(shop, "SO-2", 5)
    await ship(shop, early, NOW - 3 * HOUR)
    await receive(shop, "PO-1", 10, NOW - HOUR)
    await ship(shop, late, NOW - HOUR / 2)

    (told,) = await apply(shop, counted(18, NOW - 2 * HOUR))

    assert told.error is None
    assert await on_hand(shop) == 18 + 10 - 5
    assert await shop.tuples(LEDGER) == [
        ("COUNT", 1, NOW, NOW - 2 * HOUR, "18 counted, and 5 more came than left since")
    ]
    assert await shop.value("SELECT counted_at FROM stock_levels") == NOW - 2 * HOUR
    entry, _ = await shop.rows("SELECT * FROM audit_entries WHERE action = 'STOCK_COUNTED' ORDER BY id DESC")
    assert entry["at"] == NOW
    place = json.loads(entry["before"])
    assert place.pop("on_hand") == 22
    assert json.loads(entry["after"]) == {
        **place,
        "on_hand": 23,
        "counted": 18,
        "counted_at": (NOW - 2 * HOUR).isoformat(),
        "moved_since": 5,
    }
    await assert_consistent(shop.database)


async def test_without_the_time_of_sending_a_count_sets_the_level_as_it_always_did(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    await receive(shop, "PO-1", 10, NOW - HOUR)

    await apply_scans(shop.command(), scans=[counted(18, NOW - 2 * HOUR)])

    assert await on_hand(shop) == 18
    assert await shop.tuples(LEDGER) == [("COUNT", -12, NOW, None, None)]
    assert await shop.value("SELECT counted_at FROM stock_levels") == NOW


async def test_what_the_scanner_itself_moved_before_it_counted_is_in_the_count(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    ordered, _ = await shop.purchase_order("PO-1", now=BEFORE, TEA=10)
    left, leaves = await dispatched(shop, "SO-1", 2), await dispatched(shop, "SO-2", 4)

    await apply(
        shop,
        scan(ScanAction.RECEIVE, NOW - 5 * HOUR, quantity=10, document_id=ordered),
        scan(ScanAction.SHIP, NOW - 4 * HOUR, f"D1-{left}"),
        counted(27, NOW - 3 * HOUR),
        scan(ScanAction.SHIP, NOW - 2 * HOUR, f"D1-{leaves}"),
    )

    assert await on_hand(shop) == 27 - 4
    await assert_consistent(shop.database)


async def test_what_was_moved_before_a_count_and_is_told_after_it_was_counted_already(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    ordered, _ = await shop.purchase_order("PO-1", now=BEFORE, TEA=10)
    left = await dispatched(shop, "SO-1", 2)
    await shop.order("SO-3", now=BEFORE, TEA=40)
    await apply(shop, counted(28, NOW - 3 * HOUR), now=NOW - 3 * HOUR)

    told = await apply(
        shop,
        scan(ScanAction.SHIP, NOW - 5 * HOUR, f"D1-{left}"),
        scan(ScanAction.RECEIVE, NOW - 4 * HOUR, quantity=10, document_id=ordered),
    )

    assert [one.error for one in told] == [None, None]
    assert await on_hand(shop) == 28
    assert await shop.value("SELECT allocated FROM stock_levels") == 0
    assert await shop.value("SELECT received FROM purchase_order_lines") == 10
    assert await shop.tuples(LEDGER) == [
        ("COUNT", -10, NOW, NOW - 4 * HOUR, "was there when the SKU was counted later")
    ]
    await assert_consistent(shop.database)


async def test_an_older_count_does_not_undo_a_later_one(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    await apply(shop, counted(20, NOW - HOUR))
    before = await shop.tuples("SELECT * FROM stock_levels")

    (told,) = await apply(shop, counted(12, NOW - 2 * HOUR))

    assert told.error is not None
    assert (told.outcome, told.error.code, told.error.path) == (
        "SKIPPED",
        "NOTHING_TO_DO",
        ("scans", "0", "scannedAt"),
    )
    assert "counted again at 2026-03-02T07:00:00+00:00" in told.error.message
    assert await shop.tuples("SELECT * FROM stock_levels") == before


async def test_a_count_that_can_not_be_right_any_more_is_refused_and_says_why(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    leaves, waits = await dispatched(shop, "SO-1", 6), await dispatched(shop, "SO-2", 4)
    await ship(shop, leaves, NOW - HOUR)

    for units, says in ((5, "leaves -1"), (9, "leaves 3"), (10, None)):
        (told,) = await apply(shop, counted(units, NOW - 2 * HOUR))
        if says is None:
            assert told.error is None
        else:
            assert told.error is not None
            assert (told.error.code, told.error.path) == ("INSUFFICIENT_STOCK", ("scans", "0", "quantity"))
            assert says in told.error.message
            assert await on_hand(shop) == 14
    assert await on_hand(shop) == 4
    await ship(shop, waits, NOW)
    await assert_consistent(shop.database)


@pytest.mark.parametrize(
    ("age", "refused"),
    [
        (timedelta(minutes=-1), None),
        (timedelta(minutes=-1, seconds=-1), "INVALID_INPUT"),
        (timedelta(days=7), None),
        (timedelta(days=7, seconds=1), "COUNT_TOO_OLD"),
        (timedelta(days=20000), "COUNT_TOO_OLD"),
    ],
)
async def test_a_count_of_which_nobody_can_say_when_it_was_is_to_be_made_again(
    shop: Shop, age: timedelta, refused: str | None
) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    await receive(shop, "PO-1", 10, NOW - HOUR)

    (told,) = await apply(shop, counted(25, NOW - age))

    if refused is None:
        assert told.error is None
        assert await on_hand(shop) == (25 if age < HOUR else 35)
    else:
        assert told.error is not None
        assert (told.error.code, told.error.path) == (refused, ("scans", "0", "scannedAt"))
        assert "ount it again" in told.error.message
        assert await on_hand(shop) == 30


async def test_goods_whose_time_nobody_knows_have_come_now(shop: Shop) -> None:
    await shop.stock(now=NOW - HOUR, TEA=20)
    ordered, _ = await shop.purchase_order("PO-1", now=BEFORE, TEA=10)

    for at in (NOW - timedelta(days=8), NOW + HOUR):
        (told,) = await apply(shop, scan(ScanAction.RECEIVE, at, quantity=5, document_id=ordered))
        assert told.error is None
        assert await shop.value("SELECT happened_at FROM stock_movements ORDER BY id DESC LIMIT 1") is None

    assert await on_hand(shop) == 30


@pytest.mark.rule("F6")
async def test_sent_again_later_a_scan_is_the_same_request_and_is_answered_as_before(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    queue = [counted(18, NOW - 2 * HOUR), counted(12, NOW - 3 * HOUR)]
    first = await apply(shop, *queue)
    await receive(shop, "PO-1", 10, NOW + HOUR)
    before = await everything(shop.database)

    again = await apply(shop, *queue, now=NOW + 2 * HOUR)

    assert again == first
    assert await everything(shop.database) == before


async def test_a_request_that_came_to_nothing_is_sent_again_and_the_count_is_still_of_its_moment(
    shop: Shop,
) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    await receive(shop, "PO-1", 10, NOW + HOUR)

    await apply(shop, counted(18, NOW - 2 * HOUR), now=NOW + 2 * HOUR)

    assert await on_hand(shop) == 28
    assert await shop.value("SELECT counted_at FROM stock_levels") == NOW - 2 * HOUR


@pytest.mark.rule("F11")
async def test_the_audit_trail_tells_both_times_of_a_scan(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=20)
    await apply(shop, counted(20, NOW - HOUR))

    entry = await shop.value("SELECT after FROM audit_entries WHERE action = 'SCAN_APPLIED'")
    told = json.loads(entry)
    assert told["scannedAt"] == (NOW - HOUR + SKEW).isoformat()
    assert told["happenedAt"] == (NOW - HOUR).isoformat()


async def test_goods_for_an_order_that_were_counted_already_serve_it_once(shop: Shop) -> None:
    await shop.stock(now=BEFORE, TEA=0)
    order = await shop.order("SO-1", now=BEFORE, TEA=4)
    (line,) = await shop.lines_of(order)
    ordered, _ = await shop.purchase_order("PO-1", now=BEFORE, linked=line, TEA=4)
    await apply(shop, counted(4, NOW - HOUR), now=NOW - HOUR)

    await apply(shop, scan(ScanAction.RECEIVE, NOW - 2 * HOUR, quantity=4, document_id=ordered))

    assert await on_hand(shop) == 4
    await assert_consistent(shop.database)
    await mark_warehouse_pick(shop.command(), line_ids=[line])
    assert await shop.tuples("SELECT on_hand, allocated FROM stock_levels") == [(4, 4)]
    await assert_consistent(shop.database)


async def test_in_whatever_order_they_get_their_turn_the_level_is_what_lies_on_the_shelf(
    shop: Shop, settings: Settings
) -> None:
    """Scanners come back at the same moment, while others ship at their desks."""
    await shop.stock(now=BEFORE, TEA=100)
    ordered, _ = await shop.purchase_order("PO-1", now=BEFORE, TEA=90)
    dispatches = [await dispatched(shop, f"SO-{number}", 3) for number in range(10)]
    truth, queues = 93, []
    for hour in range(12, 2, -1):
        truth += 9
        queues.append([scan(ScanAction.RECEIVE, NOW - hour * HOUR, quantity=9, document_id=ordered)])
        queues.append([counted(truth, NOW - hour * HOUR + HOUR / 4)])
        if hour % 2:
            truth -= 3
            queues.append([scan(ScanAction.SHIP, NOW - hour * HOUR + HOUR / 2, f"D1-{dispatches.pop()}")])
    crowded = await Database.open(settings.postgresql_url(), max_size=10)
    together = Shop(crowded, shop.client_id)
    truth -= 3 * len(dispatches)

    await asyncio.gather(
        *(apply(together, *queue) for queue in queues),
        *(ship(together, dispatch, NOW) for dispatch in dispatches),
    )

    await crowded.close()
    assert await on_hand(shop) == truth
    await assert_consistent(shop.database)


class Heard:
    """What was heard of the level, in the order of hearing, and what follows from it in the plainest way."""

    def __init__(self) -> None:
        self.counts: list[tuple[datetime, int, int]] = []
        self.moves: list[tuple[datetime, int, int]] = []

    def level(self) -> int:
        when, place, units = max(self.counts)
        return units + sum(moved for at, heard, moved in self.moves if (at, heard) > (when, place))


@pytest.mark.parametrize("seed", range(6))
async def test_the_level_is_the_latest_count_and_what_moved_after_it_whatever_is_heard_of_when(
    shop: Shop, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 (not for secrets)
    await shop.stock(now=BEFORE, TEA=1000)
    heard = Heard()
    heard.counts.append((BEFORE, 0, 1000))
    ordered, (line,) = await shop.purchase_order("PO-1", now=BEFORE, TEA=500)
    dispatches = [await dispatched(shop, f"SO-{number}", 1 + number % 4) for number in range(20)]
    # Few moments, so that much happens at the same.
    moments = sorted(NOW + random.randrange(20) * HOUR for _ in range(40))
    places = numbers(1)
    kept: list[tuple[ScanAction, datetime, int]] = []

    async def do(action: ScanAction, at: datetime, units: int, *, now: datetime) -> None:
        place, at_a_desk = next(places), at == now and random.random() < 0.5
        if action is ScanAction.COUNT:
            heard.counts.append((at, place, units))
            told = counted(units, at)
            typed = partial(shop.stock, now=now, TEA=units)
        elif action is ScanAction.RECEIVE:
            heard.moves.append((at, place, units))
            told = scan(action, at, quantity=units, document_id=ordered)
            typed = partial(shop.receive, ordered, {line: units}, now=now)
        else:
            dispatch = dispatches.pop()
            units = await shop.value("SELECT quantity FROM dispatch_lines WHERE dispatch_id = $1", dispatch)
            heard.moves.append((at, place, -units))
            told = scan(action, at, f"D1-{dispatch}")
            typed = partial(ship, shop, dispatch, now)
        if at_a_desk:
            await typed()
        else:
            (outcome,) = await apply(shop, told, now=now)
            assert outcome.error is None or outcome.error.code == "NOTHING_TO_DO"
        assert await on_hand(shop) == heard.level(), (action, at, now)

    for now in moments:
        action = random.choice((ScanAction.COUNT, ScanAction.RECEIVE, ScanAction.SHIP))
        units = random.randint(900, 1100) if action is ScanAction.COUNT else random.randint(1, 9)
        if action is ScanAction.SHIP and len(dispatches) <= sum(one[0] is action for one in kept):
            continue
        if random.random() < 0.4:
            kept.append((action, now, units))
        else:
            await do(action, now, units, now=now)
        if kept and random.random() < 0.2:
            late = kept.pop(random.randrange(len(kept)))
            await do(*late, now=now + HOUR / 3)
    random.shuffle(kept)
    for late in kept:
        await do(*late, now=NOW + 21 * HOUR)

    await assert_consistent(shop.database)
