"""What is done to four hundred orders at once takes as many statements as what is done to a hundred."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from difflib import unified_diff
from itertools import count

import pytest

from domain.operations.bulk_processing import claim_bulk, process_next_chunk
from domain.operations.cancel_orders import cancel_sales_orders
from domain.operations.load_sales_orders import load_sales_orders
from domain.operations.processor_runs import apply_next_chunk, finish_run, plan_run
from domain.rules.vocabulary import BulkAction
from domain.settings import Settings
from domain.store.database import Database
from tests.builders import NOW, Shop, sales_order
from tests.bulk import load, started, these
from tests.runs import claimed

pytestmark = pytest.mark.anyio

FEW, MANY = 100, 400

PAGES = 3
"""More statements, at most: of a SKU that many wait for, its queue is read in pages that grow eightfold."""

Work = Callable[[], Awaitable[object]]
"""What is done to orders, once everything it takes is there."""

_numbers = count(1)


@pytest.fixture
async def heard(settings: Settings) -> AsyncIterator[tuple[Shop, list[str]]]:
    """A shop, and the statements that are sent for it."""
    database = await Database.open(settings.postgresql_url(), max_size=2)
    statements: list[str] = []
    shop = await Shop.open(database)
    await shop.stock(TEA=1_000, CUP=150)
    async with database.connection(shop.client_id) as one, database.connection(shop.client_id) as two:
        for sql in (one, two):
            sql.add_query_logger(lambda query: statements.append(query.query))
    yield shop, statements
    await database.close()


async def orders(shop: Shop, size: int) -> list[int]:
    return await load(shop, [sales_order(f"SO-{next(_numbers)}", TEA=1, CUP=1) for _ in range(size)])


async def loading(shop: Shop, size: int) -> Work:
    made = [sales_order(f"SO-{next(_numbers)}", TEA=1, CUP=1) for _ in range(size)]
    return lambda: load_sales_orders(shop.command(), sales_orders=made)


async def cancelling(shop: Shop, size: int) -> Work:
    await orders(shop, size)
    rows = await shop.rows("SELECT number FROM orders ORDER BY id DESC LIMIT $1", size)
    return lambda: cancel_sales_orders(shop.command(), numbers=[row["number"] for row in rows])


async def applying(shop: Shop, size: int) -> Work:
    await orders(shop, size)
    run = await claimed(shop)
    await plan_run(run, now=NOW)

    async def work() -> None:
        await apply_next_chunk(run, now=NOW)
        await finish_run(run, now=NOW)

    return work


async def planning(shop: Shop, size: int) -> Work:
    await orders(shop, size)
    run = await claimed(shop)

    async def work() -> None:
        await plan_run(run, now=NOW)
        await finish_run(run, now=NOW)

    return work


def bulk(action: BulkAction, *, before: BulkAction | None = None) -> Callable[[Shop, int], Awaitable[Work]]:
    async def prepared(shop: Shop, size: int) -> Work:
        made = await orders(shop, size)
        if action is not BulkAction.CONFIRM:
            await shop.write(
                "UPDATE orders SET status = 'OC_CONFIRMED', confirmed_at = $1 WHERE status = 'CREATE'", NOW
            )
        if before is not None:
            first = await started(shop, before, these(*made))
            assert await claim_bulk(first, now=NOW)
            assert not await process_next_chunk(first, now=NOW)
        until = NOW + timedelta(days=1) if action is BulkAction.DELAY else None
        operation = await started(shop, action, these(*made), until=until)
        assert await claim_bulk(operation, now=NOW)

        async def work() -> None:
            assert not await process_next_chunk(operation, now=NOW)

        return work

    return prepared


WORK = {
    "loading orders": loading,
    "cancelling orders": cancelling,
    "planning a run": planning,
    "applying a chunk of a run": applying,
    "creating Backlog SKUs in bulk": bulk(BulkAction.CREATE_BACKLOG_SKUS),
    "delivery notes in bulk": bulk(BulkAction.CREATE_DELIVERY_NOTES, before=BulkAction.CREATE_BACKLOG_SKUS),
    "confirming in bulk": bulk(BulkAction.CONFIRM),
    "cancelling in bulk": bulk(BulkAction.CANCEL),
    "delaying in bulk": bulk(BulkAction.DELAY),
}


@pytest.mark.parametrize("prepare", WORK.values(), ids=WORK)
async def test_many_orders_take_as_many_statements_as_a_few(
    heard: tuple[Shop, list[str]], prepare: Callable[[Shop, int], Awaitable[Work]]
) -> None:
    shop, statements = heard
    taken = []
    # The first time, asyncpg asks for types.
    for size in (1, FEW, MANY):
        work = await prepare(shop, size)
        await asyncio.sleep(0)  # loggers are called in the next turn of the event loop
        statements.clear()
        await work()
        await asyncio.sleep(0)
        taken.append(list(statements))

    _, few, many = taken
    assert len(many) <= len(few) + PAGES, "\n".join(unified_diff(few, many, lineterm=""))
