"""Pins of order lines: set, changed and removed, and seen by everybody who has to know."""

from __future__ import annotations

import pytest

from domain.operations.line_pins import pin_order_line, unpin_order_line
from domain.rules.refusals import ErrorCode
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, refused, told

pytestmark = pytest.mark.anyio


@pytest.mark.rule("F3")
@pytest.mark.rule("F11")
async def test_a_pin_says_who_why_and_when_and_is_a_change_of_the_order(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    await clear_records(shop)

    changed = await pin_order_line(shop.command(), line_id=line, reason="promised", expected_version=1)

    assert changed.order_id == order
    assert await shop.tuples("SELECT line_id, reason, pinned_by, pinned_at FROM line_pins") == [
        (line, "promised", "ada", NOW)
    ]
    assert await shop.value("SELECT version FROM orders") == 2
    assert await audited(shop) == [
        (
            "ORDER_LINE_PINNED",
            order,
            {"line": line, "pin": None},
            {"line": line, "pin": "promised"},
        )
    ]
    assert [event[:3] for event in await told(shop)] == [("ORDER", "pinOrderLine", order)]


@pytest.mark.rule("F3")
async def test_a_pin_can_get_another_reason_and_be_removed(shop: Shop) -> None:
    (line,) = await shop.lines_of(await shop.order("SO-1", TEA=3))
    await pin_order_line(shop.command(), line_id=line, reason="promised")

    await pin_order_line(shop.command(), line_id=line, reason="for the fair")
    assert await shop.value("SELECT reason FROM line_pins") == "for the fair"

    await unpin_order_line(shop.command(), line_id=line, expected_version=3)
    assert await shop.value("SELECT count(*) FROM line_pins") == 0
    assert [entry[0] for entry in await audited(shop)][-1] == "ORDER_LINE_UNPINNED"


@pytest.mark.rule("F3")
async def test_a_pin_that_changes_nothing_or_comes_too_late_is_refused(shop: Shop) -> None:
    (line,) = await shop.lines_of(await shop.order("SO-1", TEA=3))
    (over,) = await shop.lines_of(await shop.order("SO-2", TEA=3))
    await shop.cancel("SO-2")
    await pin_order_line(shop.command(), line_id=line, reason="promised")

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "reason"):
        await pin_order_line(shop.command(), line_id=line, reason="promised")
    async with refused(shop, ErrorCode.VERSION_CONFLICT, "expectedVersion", currentVersion=2):
        await pin_order_line(shop.command(), line_id=line, reason="other", expected_version=1)
    async with refused(shop, ErrorCode.ORDER_STATUS_NOT_ALLOWED, "lineId"):
        await pin_order_line(shop.command(), line_id=over, reason="promised")
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "lineId"):
        await unpin_order_line(shop.command(), line_id=over)


@pytest.mark.rule("F3")
async def test_another_clients_line_can_be_neither_pinned_nor_unpinned(shop: Shop, other: Shop) -> None:
    (line,) = await other.lines_of(await other.order("SO-T", TEA=3))
    await pin_order_line(other.command(), line_id=line, reason="theirs")

    async with refused(shop, ErrorCode.NOT_FOUND, "lineId"):
        await pin_order_line(shop.command(), line_id=line, reason="mine")
    async with refused(shop, ErrorCode.NOT_FOUND, "lineId"):
        await unpin_order_line(shop.command(), line_id=line)
