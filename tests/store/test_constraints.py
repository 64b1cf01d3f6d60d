"""What the database itself refuses: impossible quantities, foreign references, changes of history."""

from __future__ import annotations

import asyncpg
import pytest

from domain.operations.processor_runs import claim_run
from domain.store.database import Database
from tests.builders import NOW, Shop
from tests.runs import process, requested

PRIMARY_KEYS = """
SELECT conrelid::regclass::text AS name,
       (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) AS first
FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text AS name, confrelid::regclass::text AS target,
       (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) AS own,
       (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1]) AS theirs
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
QUANTITY_CHECKS = """
SELECT conname FROM pg_constraint WHERE contype = 'c' AND convalidated AND conrelid = ANY(ARRAY[
    'stock_levels', 'stock_movements', 'order_lines', 'pool_demand', 'dispatch_lines'
]::regclass[])
"""


@pytest.fixture
async def shop(database: Database) -> Shop:
    """A client with 5 TEA, 3 of them on a dispatch; and another one, with id 2 and all ids odd to it."""
    shop = await Shop.open(database)
    await shop.stock(TEA=5)
    await shop.dispatch(await shop.order("SO-1", TEA=3, CUP=1), TEA=3)
    other = await Shop.open(database, "OTHER")
    await other.store("WEB")
    await other.stock(POT=1)
    await other.order("SO-2", POT=1)
    return shop


IMPOSSIBLE = {
    "negative allocated": ("UPDATE stock_levels SET allocated = -1", "stock_levels_allocated_check"),
    "negative protected": ("UPDATE stock_levels SET protected = -1", "stock_levels_protected_check"),
    "oversold": ("UPDATE stock_levels SET allocated = 6 WHERE sku_id = 1", "never_oversold"),
    "nothing requested": (
        "UPDATE order_lines SET requested = 0, allocated = 0",
        "order_lines_requested_check",
    ),
    "negative line": ("UPDATE order_lines SET cancelled = -1", "order_lines_cancelled_check"),
    "negative shipped": ("UPDATE order_lines SET shipped = -1", "order_lines_shipped_check"),
    "negative allocation": ("UPDATE order_lines SET allocated = -1", "order_lines_allocated_check"),
    "more than requested": (
        "UPDATE order_lines SET shipped = 1, cancelled = 1 WHERE id = 1",
        "never_more_than_requested",
    ),
    "more than requested, beyond an integer": (
        "UPDATE order_lines SET shipped = 2147483647, cancelled = 2147483647",
        "never_more_than_requested",
    ),
    "closed demand": ("UPDATE pool_demand SET open = 0, back_ordered = 0", "pool_demand_open_check"),
    "more short than open": ("UPDATE pool_demand SET back_ordered = open + 1", "pool_demand_check"),
    "empty dispatch line": ("UPDATE dispatch_lines SET quantity = 0", "dispatch_lines_quantity_check"),
    "movement of nothing": (
        """
        INSERT INTO stock_movements (client_id, distribution_center_id, sku_id, at, kind, on_hand_change,
                                     allocated_change)
        VALUES (1, 1, 1, now(), 'COUNT', 0, 0)
        """,
        "stock_movements_check",
    ),
    "cancelled for no reason": (
        "UPDATE dispatches SET status = 'CANCELLED', cancelled_at = now()",
        "dispatches_check1",
    ),
    "shipped at no time": ("UPDATE dispatches SET status = 'SHIPPED'", "dispatches_check2"),
    "UP_TO nothing": ("UPDATE client_settings SET max_dispatches = NULL", "up_to_needs_a_number"),
    "unknown status": ("UPDATE orders SET status = 'LOST'", "orders_status_check"),
}


@pytest.mark.rule("F8")
@pytest.mark.parametrize(("statement", "constraint"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
async def test_impossible_figures_are_not_stored(shop: Shop, statement: str, constraint: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await shop.write(statement)

    assert caught.value.as_dict()["constraint_name"] == constraint


FOREIGN = {
    "order in their center": "UPDATE orders SET distribution_center_id = 2 WHERE client_id = 1",
    "order of their store": "UPDATE orders SET store_id = 1 WHERE client_id = 1",
    "line of their order": "UPDATE order_lines SET order_id = 2 WHERE client_id = 1",
    "line of their SKU": "UPDATE order_lines SET sku_id = 3 WHERE client_id = 1",
    "demand of their line": "UPDATE pool_demand SET line_id = 3 WHERE client_id = 1",
    "replaced by their SKU": "UPDATE skus SET replacement_id = 3 WHERE id = 1",
    "dispatch of their order": "UPDATE dispatches SET order_id = 2",
    "dispatch line of their line": "UPDATE dispatch_lines SET order_line_id = 3",
    "level of their SKU": """
        INSERT INTO stock_levels (client_id, distribution_center_id, sku_id) VALUES (1, 1, 3)
    """,
    "level in their pool": """
        INSERT INTO stock_levels (client_id, distribution_center_id, sku_id) VALUES (1, 2, 1)
    """,
    "pool of their center": "INSERT INTO stock_pools (client_id, distribution_center_id) VALUES (1, 2)",
    "row of no client": "INSERT INTO stores (client_id, code, name) VALUES (3, 'X', 'X')",
}


@pytest.mark.parametrize("statement", FOREIGN.values(), ids=FOREIGN)
async def test_nothing_refers_to_what_another_client_has(shop: Shop, statement: str) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await shop.write(statement)


@pytest.mark.rule("F8")
@pytest.mark.rule("F11")
@pytest.mark.parametrize("table", ["stock_movements", "audit_entries"])
async def test_history_is_only_appended_to(shop: Shop, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET at = now()"):  # noqa: S608
        with pytest.raises(asyncpg.RestrictViolationError, match=f"{table} is append-only"):
            await shop.write(statement)


async def test_what_is_derived_is_not_written(shop: Shop) -> None:
    with pytest.raises(asyncpg.GeneratedAlwaysError):
        await shop.write("UPDATE orders SET condition = 'NOT_YET_PACKED'")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO clients (code, name, created_at) VALUES ('ACME', 'Again', now())",
        "INSERT INTO skus (client_id, code, name) VALUES (1, 'TEA', 'Again')",
        "UPDATE skus SET barcode = '1' WHERE client_id = 1",
        """
        INSERT INTO orders (client_id, number, distribution_center_id, ordered_at, accepted_at)
        VALUES (1, 'SO-1', 1, now(), now())
        """,
    ],
    ids=["client", "SKU", "barcode", "order number"],
)
async def test_codes_and_numbers_are_unique_within_a_client(shop: Shop, statement: str) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await shop.write(statement)


@pytest.mark.rule("B2")
async def test_one_run_of_a_pool_runs_and_makes_one_dispatch_of_an_order(shop: Shop) -> None:
    await shop.stock(CUP=1)
    run = await requested(shop)
    assert await claim_run(run, now=NOW)
    await requested(shop, holder="second")

    with pytest.raises(asyncpg.UniqueViolationError, match="processor_runs_one_running"):
        await shop.write(
            "UPDATE processor_runs SET status = 'RUNNING', lease_holder = 'x', lease_until = now()"
        )
    await process(run)
    with pytest.raises(asyncpg.UniqueViolationError, match="dispatches_once_per_run"):
        await shop.write("UPDATE dispatches SET run_id = $1", run.run_id)


async def test_every_table_of_a_client_is_keyed_client_first(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        first = {row["name"]: row["first"] for row in await sql.fetch(PRIMARY_KEYS)}
        foreign = await sql.fetch(FOREIGN_KEYS)

    of_no_client = {
        "clients": "id",
        "event_outbox": "id",
        "event_position": "only_row",
        "shared_schedules": "distribution_center_code",
    }
    assert {
        name: column
        for name, column in first.items()
        if column != "client_id" and not name.startswith("tortoise")
    } == of_no_client
    assert len(foreign) > 20
    for key in foreign:
        expected = "id" if key["target"] == "clients" else "client_id"
        assert (key["own"], key["theirs"]) == ("client_id", expected), key["name"]


@pytest.mark.rule("F8")
async def test_the_checks_of_quantities_are_all_there(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        names = {row["conname"] for row in await sql.fetch(QUANTITY_CHECKS)}

    assert {
        "dispatch_lines_quantity_check",
        "never_more_than_requested",
        "never_oversold",
        "order_lines_allocated_check",
        "order_lines_cancelled_check",
        "order_lines_requested_check",
        "order_lines_shipped_check",
        "pool_demand_check",
        "pool_demand_open_check",
        "stock_levels_allocated_check",
        "stock_levels_on_hand_check",
        "stock_levels_protected_check",
        "stock_movements_check",
    } <= names
