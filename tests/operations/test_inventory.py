"""Drift is seen, and repaired so that every book of the inventory agrees again."""

from __future__ import annotations

import pytest

from domain.operations.confirm_orders import reject_order
from domain.operations.inventory import repair_inventory
from domain.views.inventory import InventoryDrift, inventory_drifts
from tests.builders import NOW, Shop
from tests.operations.expecting import audited, clear_records, everything
from tests.operations.invariants import assert_consistent

pytestmark = pytest.mark.anyio


async def drifting(shop: Shop) -> list[tuple[int, int, str, int, int]]:
    """(distribution center, SKU, field, recorded, derived) of every drift."""
    return [_tuple(drift) for drift in await inventory_drifts(shop.database, client_id=shop.client_id)]


def _tuple(drift: InventoryDrift) -> tuple[int, int, str, int, int]:
    return (
        drift.distribution_center_id,
        drift.sku_id,
        drift.field,
        drift.recorded,
        drift.derived,
    )


async def break_ledger(shop: Shop) -> None:
    """Lose every movement, as no statement of Backfill could."""
    async with shop.database.transaction_across_clients() as transaction:
        await transaction.sql.execute("SET LOCAL session_replication_role = replica")
        await transaction.sql.execute("DELETE FROM stock_movements")


async def posted(shop: Shop) -> list[tuple[int, int]]:
    """(on hand, allocated) of every repairing entry."""
    return await shop.tuples(
        "SELECT on_hand_change, allocated_change FROM stock_movements WHERE kind = 'REPAIR' ORDER BY sku_id"
    )


@pytest.fixture
async def busy(shop: Shop) -> Shop:
    """A shop with stock on hand, on a dispatch, and short."""
    await shop.stock(TEA=9, CUP=2)
    order = await shop.order("SO-1", TEA=4, CUP=1)
    await shop.dispatch(order, TEA=4, CUP=1)
    await shop.order("SO-2", TEA=3, CUP=2)
    await shop.order("SO-3", TEA=5)
    await clear_records(shop)
    assert await drifting(shop) == []
    return shop


@pytest.mark.rule("F8")
async def test_a_repair_of_what_agrees_changes_nothing(busy: Shop) -> None:
    before = await everything(busy.database)

    assert (await repair_inventory(busy.command())).repaired == 0

    assert await everything(busy.database) == before


@pytest.mark.rule("F8")
async def test_a_level_that_left_its_ledger_behind_is_counted_into_it(busy: Shop) -> None:
    tea = await busy.id_of("skus", "TEA")
    await busy.write("UPDATE stock_levels SET on_hand = 12 WHERE sku_id = $1", tea)
    assert await drifting(busy) == [(1, tea, "onHand", 12, 9)]

    assert (await repair_inventory(busy.command())).repaired == 1

    assert await drifting(busy) == []
    assert await posted(busy) == [(3, 0)]
    assert await busy.value("SELECT on_hand FROM stock_levels WHERE sku_id = $1", tea) == 12
    assert await audited(busy) == [
        (
            "INVENTORY_REPAIRED",
            None,
            {
                "distribution_center": 1,
                "sku": tea,
                "on_hand": 12,
                "allocated": 4,
                "ledger_on_hand": 9,
                "ledger_allocated": 4,
                "held": 4,
            },
            {
                "distribution_center": 1,
                "sku": tea,
                "on_hand": 12,
                "allocated": 4,
                "on_hand_change": 3,
                "allocated_change": 0,
            },
        )
    ]
    await assert_consistent(busy.database)


@pytest.mark.rule("F8")
async def test_what_is_allocated_is_what_dispatches_hold(busy: Shop) -> None:
    tea = await busy.id_of("skus", "TEA")
    await busy.write("UPDATE stock_levels SET allocated = 1 WHERE sku_id = $1", tea)
    assert await drifting(busy) == [(1, tea, "allocated", 1, 4), (1, tea, "dispatched", 1, 4)]

    assert (await repair_inventory(busy.command())).repaired == 2

    assert await drifting(busy) == []
    assert await posted(busy) == []
    assert await busy.value("SELECT allocated FROM stock_levels WHERE sku_id = $1", tea) == 4
    await assert_consistent(busy.database)


@pytest.mark.rule("F8")
async def test_a_lost_ledger_is_made_up_and_a_held_unit_is_on_hand(busy: Shop) -> None:
    tea, cup = await busy.id_of("skus", "TEA"), await busy.id_of("skus", "CUP")
    await break_ledger(busy)
    await busy.write("UPDATE stock_levels SET on_hand = 3, allocated = 0 WHERE sku_id = $1", tea)
    assert await drifting(busy) == [
        (1, tea, "onHand", 3, 0),
        (1, tea, "dispatched", 0, 4),
        (1, cup, "onHand", 2, 0),
        (1, cup, "allocated", 1, 0),
    ]

    assert (await repair_inventory(busy.command())).repaired == 4

    assert await drifting(busy) == []
    assert await posted(busy) == [(4, 4), (2, 1)]
    assert await busy.tuples("SELECT sku_id, on_hand, allocated FROM stock_levels ORDER BY sku_id") == [
        (tea, 4, 4),
        (cup, 2, 1),
    ]
    await assert_consistent(busy.database)


@pytest.mark.rule("F8")
async def test_a_lost_level_comes_back_with_what_dispatches_hold(busy: Shop) -> None:
    cup = await busy.id_of("skus", "CUP")
    await break_ledger(busy)
    await busy.write("DELETE FROM stock_levels")

    await repair_inventory(busy.command())

    assert await drifting(busy) == []
    assert await busy.tuples("SELECT on_hand, allocated FROM stock_levels WHERE sku_id = $1", cup) == [(1, 1)]
    await assert_consistent(busy.database)


@pytest.mark.rule("F8")
async def test_open_demand_is_rebuilt_from_the_lines(busy: Shop) -> None:
    tea, cup = await busy.id_of("skus", "TEA"), await busy.id_of("skus", "CUP")
    first, second, third = [await busy.lines_of(order) for order in (1, 2, 3)]
    await busy.write("DELETE FROM pool_demand WHERE line_id = $1", third[0])
    await busy.write("UPDATE pool_demand SET open = 9, priority = 5 WHERE line_id = $1", second[0])
    await busy.write("UPDATE pool_demand SET sku_id = $2 WHERE line_id = $1", second[1], tea)
    await busy.write(
        """
        INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id, route,
                                 priority, ordered_at, open)
        VALUES ($1, $2, 1, $3, 1, 'PROCESSOR', 0, $4, 7)
        """,
        busy.client_id,
        first[0],
        tea,
        NOW,
    )
    assert await drifting(busy) == [(1, tea, "demand", 9 + 2 + 7, 3 + 5), (1, cup, "demand", 0, 2)]

    assert (await repair_inventory(busy.command())).repaired == 2

    assert await drifting(busy) == []
    assert [entry[:2] for entry in await audited(busy)] == [("INVENTORY_REPAIRED", None)] * 2
    await assert_consistent(busy.database)


@pytest.mark.rule("F8")
@pytest.mark.rule("B10")
async def test_a_lost_line_of_a_back_order_is_a_back_order_line_again(shop: Shop) -> None:
    await shop.stock(TEA=4, CUP=2)
    order = await shop.order("SO-1", TEA=4, CUP=2)
    await shop.dispatch(order, TEA=4)
    lost = (await shop.lines_of(order))[1]
    await shop.write("DELETE FROM pool_demand WHERE line_id = $1", lost)

    await repair_inventory(shop.command())

    # Nothing of it is short, and it waits for another dispatch all the same.
    assert await shop.tuples("SELECT line_id, back_ordered, back_ordered_since FROM pool_demand") == [
        (lost, 0, NOW)
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("F8")
@pytest.mark.rule("A9")
async def test_nobody_misses_the_demand_of_a_rejected_order(busy: Shop) -> None:
    await reject_order(busy.command(), order_id=3)

    assert await drifting(busy) == []


@pytest.mark.rule("F8")
async def test_another_client_is_neither_seen_nor_repaired(busy: Shop, other: Shop) -> None:
    await other.stock(TEA=3)
    await other.write("UPDATE stock_levels SET on_hand = 5 WHERE client_id = $1", other.client_id)

    assert await drifting(busy) == []
    assert (await repair_inventory(busy.command())).repaired == 0
    assert len(await drifting(other)) == 1
