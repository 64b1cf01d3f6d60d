"""What few rows of a list have, anywhere in it, is found without trying them all, and paged like all else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery

from domain.bootstrap import create_client
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate
from domain.store.reads.orders import ORDERINGS, OrderFilter, OrderSort
from domain.store.reads.paging import PageRequest
from domain.views.back_order_lines import BackOrderLineFilter, back_order_lines_page
from domain.views.orders import orders_page
from tests.api.reading.plans import Statement, Work, work_of
from tests.builders import NOW
from tests.new_database import new_database

# On one worker, so that the tables are filled once.
pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("scattered")]

LINES = 20_000
SKUS = 200
TRIED = 1_000
"""So many lines are tried one after another when something is looked up for each; else four times as many."""
PAGE = 51

# A line for each order, all of them waiting, those with the lowest ids longest.
_FILL = """
INSERT INTO distribution_centers (client_id, id, code, name)
VALUES (1, 1, 'MAIN', 'Main'), (1, 2, 'NEW', 'New');
INSERT INTO stock_pools (client_id, distribution_center_id) VALUES (1, 1), (1, 2);
INSERT INTO skus (client_id, id, code, name)
SELECT 1, i, 'S' || i, 'Sku' FROM generate_series(1, {skus}) AS i;
INSERT INTO stock_levels (client_id, distribution_center_id, sku_id, on_hand)
SELECT 1, 1, i, 100 FROM generate_series(1, {skus}) AS i;
INSERT INTO orders (client_id, id, number, distribution_center_id, ordered_at, accepted_at)
SELECT 1, i, 'SO-' || i, 1, timestamptz '{now}' + i * interval '1 s', '{now}'
FROM generate_series(1, {lines}) AS i;
INSERT INTO order_lines (client_id, id, order_id, sku_id, line_number, requested)
SELECT 1, i, i, 1 + i % {skus}, 1, 2 FROM generate_series(1, {lines}) AS i;
INSERT INTO pool_demand (client_id, line_id, distribution_center_id, sku_id, order_id, route, priority,
    ordered_at, open, back_ordered, back_ordered_since, coverage_due)
SELECT 1, i, 1, 1 + i % {skus}, i, 'PROCESSOR', 0, '{now}', 2, 1,
       timestamptz '{now}' + i * interval '1 s', false
FROM generate_series(1, {lines}) AS i;
ANALYZE;
"""


class Waiting:
    """The lists of back-order lines and of orders, and what is sent for them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._sent: list[Statement] = []

    def hear(self, query: LoggedQuery) -> None:
        """Note a statement."""
        if query.query.startswith("SELECT page."):
            self._sent.append(Statement(query.query, tuple(query.args or ())))

    async def change(self, statement: str) -> None:
        """Change what there is, and what PostgreSQL knows of it."""
        async with self.database.connection_across_clients() as sql:
            await sql.execute(statement)
            await sql.execute("ANALYZE orders, pool_demand, stock_levels")

    async def process_in_part(self, orders: str) -> None:
        """Have these orders on the Back Order List."""
        await self.change(f"UPDATE orders SET queue_status = 'PARTIALLY_PROCESSED' WHERE {orders}")  # noqa: S608

    async def ids(self, request: PageRequest | None = None, **chosen: Any) -> list[int]:
        """The lines of a page."""
        page = await back_order_lines_page(
            self.database,
            client_id=1,
            line_filter=BackOrderLineFilter(**chosen),
            request=request or PageRequest(first=PAGE - 1),
            selected=["id", "available", "fulfilled", "sku", "sku.code"],
        )
        return [row["id"] for row in page.nodes]

    async def numbers(self, request: PageRequest | None = None, **chosen: Any) -> list[str]:
        """The orders of a page, in the order in which they are served."""
        page = await orders_page(
            self.database,
            client_id=1,
            order_filter=OrderFilter(**chosen),
            sort=OrderSort.RANK,
            request=request or PageRequest(first=PAGE - 1),
            selected=["number", "distribution_center", "distribution_center.code"],
        )
        return [row["number"] for row in page.nodes]

    async def work(self, **chosen: Any) -> Work:
        """What the first page of lines takes."""
        return await self.work_for(lambda: self.ids(**chosen))

    async def work_for(self, ask: Callable[[], Awaitable[object]]) -> Work:
        """What a page takes."""
        await asyncio.sleep(0)  # loggers are called in the next turn of the event loop
        self._sent.clear()
        await ask()
        await asyncio.sleep(0)
        (statement,) = self._sent
        async with self.database.connection(1) as sql:
            return await work_of(sql, statement)


@pytest.fixture(scope="module")
async def filled(servers: Settings) -> AsyncIterator[Waiting]:
    """A database of its own: the other tests want theirs empty."""
    async with new_database(servers) as told:
        database = await Database.open(told.postgresql_url(), max_size=1)
        try:
            await migrate(database)
            client = await create_client(database, code="ACME", name="Acme", now=NOW)
            assert client.id == 1
            waiting = Waiting(database)
            async with database.connection_across_clients() as sql:
                await sql.execute(_FILL.format(lines=LINES, skus=SKUS, now=NOW.isoformat()))
                sql.add_query_logger(waiting.hear)
            yield waiting
        finally:
            await database.close()


@pytest.fixture
async def waiting(filled: Waiting) -> AsyncIterator[Waiting]:
    """Of no order is anything processed, and no line is short."""
    yield filled
    await filled.change(
        "UPDATE orders SET queue_status = 'QUEUED' WHERE queue_status <> 'QUEUED';"
        "UPDATE stock_levels SET on_hand = 100 WHERE on_hand <> 100;"
        "UPDATE pool_demand SET distribution_center_id = 1 WHERE distribution_center_id <> 1;"
        "UPDATE orders SET locked = false, delivery_status = 'NOT_DELIVERED' WHERE locked;"
        "DELETE FROM backlog_skus"
    )


async def test_while_no_order_is_processed_in_part_no_line_is_tried_for_the_back_order_list(
    waiting: Waiting,
) -> None:
    assert await waiting.ids(on_back_order_list=True) == []
    assert (await waiting.work(on_back_order_list=True)).read <= 2 * TRIED


async def test_the_few_lines_of_the_back_order_list_are_found_at_the_end_of_all(waiting: Waiting) -> None:
    await waiting.process_in_part(f"id > {LINES - 3}")

    assert await waiting.ids(on_back_order_list=True) == [LINES - 2, LINES - 1, LINES]
    assert (await waiting.work(on_back_order_list=True)).read <= 2 * TRIED


async def test_when_most_are_on_the_back_order_list_a_page_of_them_is_full_soon(waiting: Waiting) -> None:
    await waiting.process_in_part("id % 3 > 0")

    assert await waiting.ids(on_back_order_list=True, request=PageRequest(first=4)) == [1, 2, 4, 5]
    assert (await waiting.work(on_back_order_list=True)).read <= 10 * PAGE


async def test_many_lines_of_the_back_order_list_behind_many_others_are_read_once(waiting: Waiting) -> None:
    await waiting.process_in_part(f"id > {LINES // 2}")

    found = await waiting.ids(on_back_order_list=True)
    assert found == list(range(LINES // 2 + 1, LINES // 2 + PAGE))
    # Lines, and orders of half of them, instead of an order for each line.
    assert (await waiting.work(on_back_order_list=True)).read <= LINES + LINES // 2 + 3 * TRIED


async def test_while_no_line_is_short_stock_is_not_looked_up_for_each(waiting: Waiting) -> None:
    assert await waiting.ids(short=True) == []
    assert (await waiting.work(short=True)).read <= LINES + 3 * TRIED


async def test_lines_of_a_distribution_center_that_has_few_are_found_without_trying_all(
    waiting: Waiting,
) -> None:
    await waiting.change("UPDATE pool_demand SET distribution_center_id = 2 WHERE line_id > 19998")

    assert await waiting.ids(distribution_center=2) == [LINES - 1, LINES]
    assert (await waiting.work(distribution_center=2)).read <= 5 * TRIED


async def test_lines_of_a_sku_are_found_in_their_order(waiting: Waiting) -> None:
    assert (await waiting.ids(sku=SKUS))[:3] == [SKUS - 1, 2 * SKUS - 1, 3 * SKUS - 1]
    assert (await waiting.work(sku=SKUS)).read <= 10 * PAGE


@pytest.mark.parametrize(
    "chosen",
    [{"locked": True}, {"delivery_status": ["UNDELIVERED_SKU_CREATED", "DELIVERY_NOTE_CREATED"]}],
    ids=["locked", "delivery status"],
)
async def test_the_few_orders_that_are_set_aside_are_found_at_the_end_of_all(
    waiting: Waiting, chosen: dict[str, Any]
) -> None:
    await waiting.change(
        "UPDATE orders SET locked = true, delivery_status = 'UNDELIVERED_SKU_CREATED' WHERE id > 19998;"
        "INSERT INTO backlog_skus (client_id, line_id, order_id, sku_id, quantity) "
        "SELECT client_id, id, order_id, sku_id, 1 FROM order_lines WHERE order_id > 19998"
    )

    assert await waiting.numbers(**chosen) == ["SO-19999", "SO-20000"]
    assert (await waiting.work_for(lambda: waiting.numbers(**chosen))).read <= 5 * TRIED


@pytest.mark.parametrize("chosen", [{}, {"status": ["CREATE"]}, {"store": 1}], ids=str)
@pytest.mark.parametrize("backwards", [False, True])
async def test_a_page_far_down_the_list_takes_no_more_than_one_above(
    waiting: Waiting, chosen: dict[str, Any], backwards: bool
) -> None:
    cursor = ORDERINGS[OrderSort.RANK].encode(
        {"priority": 0, "ordered_at": NOW + timedelta(seconds=LINES // 2), "id": LINES // 2}  # type: ignore[arg-type]
    )
    request = PageRequest(last=10, before=cursor) if backwards else PageRequest(first=10, after=cursor)
    near = range(LINES // 2 - 10, LINES // 2) if backwards else range(LINES // 2 + 1, LINES // 2 + 11)

    found = await waiting.numbers(request, **chosen)
    assert found == ([] if "store" in chosen else [f"SO-{number}" for number in near])
    assert (await waiting.work_for(lambda: waiting.numbers(request, **chosen))).read <= 5 * TRIED


@pytest.mark.parametrize("kept", ["id % 2 = 0", "id > 19990", "id % 5000 < 3", "id < 3", "false"])
async def test_pages_follow_on_each_other_wherever_the_rows_are(waiting: Waiting, kept: str) -> None:
    await waiting.process_in_part(kept)
    async with waiting.database.connection_across_clients() as sql:
        rows = await sql.fetch("SELECT id FROM orders WHERE partly_processed ORDER BY id")
    expected = [row["id"] for row in rows]

    seen: list[int] = []
    after, before = None, None
    while True:
        page = await back_order_lines_page(
            waiting.database,
            client_id=1,
            line_filter=BackOrderLineFilter(on_back_order_list=True),
            request=PageRequest(first=500, after=after),
            selected=["id"],
        )
        seen += [row["id"] for row in page.nodes]
        assert await page.count() == len(expected)
        if not page.has_next_page:
            break
        after = page.end_cursor
        assert len(seen) < LINES
    assert seen == expected

    backwards: list[int] = []
    while True:
        page = await back_order_lines_page(
            waiting.database,
            client_id=1,
            line_filter=BackOrderLineFilter(on_back_order_list=True),
            request=PageRequest(last=500, before=before),
            selected=["id"],
        )
        backwards = [row["id"] for row in page.nodes] + backwards
        if not page.has_previous_page:
            break
        before = page.start_cursor
        assert len(backwards) < LINES
    assert backwards == expected
