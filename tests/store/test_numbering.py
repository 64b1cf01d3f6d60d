"""Numbers of dispatches and Backorders: unique for a client, and telling it nothing of others."""

from __future__ import annotations

import asyncio

import pytest

from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.store import locks, numbering, scans
from domain.store.database import Database
from domain.store.numbering import Numbers
from tests.builders import MAIN, Shop
from tests.runs import claimed, process

NUMBERS = "SELECT number FROM dispatches WHERE client_id = $1 ORDER BY id"


async def numbers(shop: Shop) -> list[str]:
    return [number for (number,) in await shop.tuples(NUMBERS, shop.client_id)]


async def draw(shop: Shop, at: str = MAIN, count: int = 1) -> Numbers:
    """The next numbers of dispatches of the pool."""
    pool = await shop.id_of("distribution_centers", at)
    async with shop.database.transaction(client_id=shop.client_id) as transaction:
        await locks.lock_pools(transaction.sql, client_id=shop.client_id, distribution_center_ids=[pool])
        return await numbering.draw(
            transaction.sql,
            client_id=shop.client_id,
            distribution_center_id=pool,
            of="dispatches",
            count=count,
        )


async def test_what_other_clients_do_does_not_show_in_a_clients_numbers(database: Database) -> None:
    ours, theirs = await Shop.open(database), await Shop.open(database, "OTHER")
    for round_ in ("1", "2"):
        for shop in (ours, theirs):
            await shop.stock(TEA=9)
            await shop.order(f"SO-{round_}", TEA=1)
            await shop.order(f"SO-{round_}-B", TEA=1)
            await process(await claimed(shop))

    assert await numbers(ours) == ["D1-1", "D1-2", "D1-3", "D1-4"]
    assert await numbers(theirs) == ["D1-1", "D1-2", "D1-3", "D1-4"]


async def test_each_pool_numbers_its_own_and_no_number_is_there_twice(shop: Shop) -> None:
    await shop.distribution_center("EAST")

    assert await draw(shop, "EAST", 3) == Numbers("D1-", 1)
    assert await draw(shop, MAIN, 2) == Numbers("D2-", 1)
    assert await draw(shop, "EAST") == Numbers("D1-", 4)


async def test_pools_that_number_for_the_first_time_at_once_get_different_places(shop: Shop) -> None:
    centers = [MAIN, *(f"DC-{number}" for number in range(7))]
    for center in centers[1:]:
        await shop.distribution_center(center)

    drawn = await asyncio.gather(*(draw(shop, center) for center in centers))

    assert sorted(drawn) == [Numbers(f"D{place}-", 1) for place in range(1, 9)]


async def test_two_pools_of_a_client_never_wait_for_each_others_numbers(
    database: Database, shop: Shop
) -> None:
    await shop.distribution_center("EAST")
    await draw(shop, MAIN), await draw(shop, "EAST")
    pool = await shop.id_of("distribution_centers", MAIN)

    async with database.transaction(client_id=shop.client_id) as transaction:
        await numbering.draw(
            transaction.sql, client_id=shop.client_id, distribution_center_id=pool, of="dispatches", count=1
        )
        assert await asyncio.wait_for(draw(shop, "EAST"), timeout=60) == Numbers("D2-", 2)


async def test_numbers_of_a_transaction_that_fails_are_drawn_again(database: Database, shop: Shop) -> None:
    pool = await shop.id_of("distribution_centers", MAIN)

    async def fail() -> None:
        async with database.transaction(client_id=shop.client_id) as transaction:
            await numbering.draw(
                transaction.sql,
                client_id=shop.client_id,
                distribution_center_id=pool,
                of="backorders",
                count=5,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    order_id = await shop.order("SO-1", TEA=1)
    await mark_warehouse_pick(shop.command(), line_ids=await shop.lines_of(order_id))

    assert await shop.value("SELECT number FROM backorders") == "B1-1"


async def test_what_a_program_of_the_release_before_adds_is_numbered_and_found_as_it_always_was(
    database: Database,
    shop: Shop,
) -> None:
    order_id = await shop.order("SO-1", TEA=1)
    pool = await shop.id_of("distribution_centers", MAIN)
    for table in ("dispatches", "backorders"):
        kind = "kind, " if table == "dispatches" else ""
        await shop.write(
            f"""
            INSERT INTO {table} (client_id, id, order_id, distribution_center_id, {kind}created_at)
            VALUES ($1, 77, $2, $3, {"'PROCESSOR', " if kind else ""}now())
            """,  # noqa: S608
            shop.client_id,
            order_id,
            pool,
        )

    async with database.connection(client_id=shop.client_id) as sql:
        found = {
            code: await scans.find(sql, client_id=shop.client_id, code=code)
            for code in ("D77", "b77", "D1-77", "D78")
        }

    assert await numbers(shop) == ["D77"]
    assert found == {"D77": {"Dispatch": 77}, "b77": {"Backorder": 77}, "D1-77": {}, "D78": {}}
