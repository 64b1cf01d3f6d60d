"""Counts of the dashboard are those of its orders, whoever changes them and whoever adds them up (C2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from domain.operations.backlog_counts import add_up_backlog_counts
from domain.rules.vocabulary import CancelledBy, MarketplaceStatus, OrderStatus
from domain.store import backlog_counts
from domain.store.database import Connection, Database
from domain.store.reads.backlog_orders import BacklogOrderFilter, backlog_conditions, count_by_condition
from domain.store.reads.orders import ORDERS
from tests.builders import MAIN, NOW, Shop

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C2")]

HOUR = timedelta(hours=1)

# A thousand orders of eight hours, one every half minute, of everything that a condition is made of.
_ORDERS = """
INSERT INTO orders (client_id, number, distribution_center_id, store_id, ordered_at, accepted_at, status,
                    marketplace_status, sales_order_code, invoice_code, cancelled_by, packed)
SELECT $1, $2 || i, ($3::bigint[])[1 + i % 2], ($4::bigint[])[1 + i % 3],
       $5::timestamptz + i * interval '30 seconds', $5, ($6::text[])[1 + i % 7], ($7::text[])[1 + i % 8],
       CASE WHEN i % 3 = 0 THEN 'SC' END, CASE WHEN i % 4 = 0 THEN 'IC' END, ($8::text[])[1 + i % 3],
       i % 5 = 0
FROM generate_series(0, 999) AS i
"""
_CHANGES = (
    "UPDATE orders SET status = 'CANCELLED', cancelled_by = 'CUSTOMER' WHERE client_id = $1 AND id % 5 = 0",
    "UPDATE orders SET status = 'COMPLETED' WHERE client_id = $1 AND id % 7 = 0",
    "UPDATE orders SET status = 'OC_REJECTED' WHERE client_id = $1 AND id % 11 = 0",
    "UPDATE orders SET status = 'COMMIT' WHERE client_id = $1 AND id % 13 = 0",
    "UPDATE orders SET delivery_status = 'DELIVERED' WHERE client_id = $1 AND id % 2 = 0",
    "UPDATE orders SET status = 'PARTIALLY_CANCELLED' WHERE client_id = $1 AND id % 29 < 2",
    "UPDATE orders SET packed = NOT packed WHERE client_id = $1",
    "UPDATE orders SET invoice_code = 'IC', sales_order_code = 'SC' WHERE client_id = $1 AND id % 3 = 0",
    "UPDATE orders SET marketplace_status = 'CANCELLED' WHERE client_id = $1 AND id % 17 = 0",
    "UPDATE orders SET store_id = NULL WHERE client_id = $1 AND id % 19 = 0",
    "DELETE FROM orders WHERE client_id = $1 AND id % 23 = 0",
)


class Busy:
    """A client with two distribution centers and two stores."""

    def __init__(self, shop: Shop, centers: Sequence[int], stores: Sequence[int]) -> None:
        self.shop = shop
        self.centers = centers
        self.stores = stores

    async def load(self, sql: Connection, prefix: str = "A") -> None:
        await sql.execute(
            _ORDERS,
            self.shop.client_id,
            prefix,
            self.centers,
            [*self.stores, None],
            NOW,
            [*OrderStatus],
            [None, *MarketplaceStatus],
            [None, *CancelledBy],
        )

    async def change(self, sql: Connection) -> None:
        for statement in _CHANGES:
            await sql.execute(statement, self.shop.client_id)

    async def plain(
        self, sql: Connection, backlog_filter: BacklogOrderFilter, start: datetime, end: datetime
    ) -> dict[str, int]:
        """A count of the orders themselves."""
        conditions = backlog_conditions(self.shop.client_id, backlog_filter, start=start, end=end)
        rows = await sql.fetch(
            ORDERS.select([], extra=["o.condition", "count(*)"]) + conditions.text() + " GROUP BY 1",
            *conditions.parameters,
        )
        return {row["condition"]: row["count"] for row in rows}

    async def counted(
        self, sql: Connection, backlog_filter: BacklogOrderFilter, start: datetime, end: datetime
    ) -> dict[str, int]:
        """What the dashboard says."""
        return await count_by_condition(sql, self.shop.client_id, backlog_filter, start=start, end=end)


@pytest.fixture
async def busy(database: Database) -> Busy:
    shop = await Shop.open(database)
    centers = [await shop.id_of("distribution_centers", MAIN), await shop.distribution_center("OTHER")]
    return Busy(shop, centers, [await shop.store("WEB"), await shop.store("APP")])


async def owner_says(database: Database, statement: str) -> object:
    async with database.connection_across_clients() as sql:
        return await sql.fetchval(statement)


async def assert_every_count_is_plain(database: Database, busy: Busy) -> None:
    windows = [
        (NOW, NOW + 9 * HOUR),
        (NOW + timedelta(minutes=17), NOW + timedelta(hours=4, seconds=31)),
        (NOW - 5 * HOUR, NOW + timedelta(hours=2, microseconds=1)),
        (NOW + timedelta(minutes=59, seconds=59, microseconds=999999), NOW + 2 * HOUR),
        (NOW + timedelta(minutes=3), NOW + timedelta(minutes=50)),
        (NOW + timedelta(minutes=40), NOW + timedelta(minutes=80)),
        (NOW + 3 * HOUR, NOW + 3 * HOUR),
    ]
    filters = [
        BacklogOrderFilter(distribution_center=center, store=store, invoice_number=invoice)
        for center, store, invoice in product(
            [None, *busy.centers], [None, *busy.stores, 999_999], [None, "IC"]
        )
    ]
    # As the server does by itself, only later: what is long gone would be read again for each of the counts.
    await owner_says(database, "VACUUM (ANALYZE) orders, backlog_order_changes, backlog_order_counts")
    async with database.connection(busy.shop.client_id) as sql:
        for (start, end), backlog_filter in product(windows, filters):
            assert await busy.counted(sql, backlog_filter, start, end) == await busy.plain(
                sql, backlog_filter, start, end
            ), (start, end, backlog_filter)


async def test_every_window_and_filter_counts_what_is_there_whatever_is_added_up_yet(
    database: Database, busy: Busy
) -> None:
    other = await Shop.open(database, "OTHER")
    await other.order("SO-1", TEA=1)
    async with database.transaction(busy.shop.client_id) as transaction:
        await busy.load(transaction.sql)
    await assert_every_count_is_plain(database, busy)

    await add_up_backlog_counts(database=database)
    assert await owner_says(database, "SELECT count(*) FROM backlog_order_changes") == 0
    await assert_every_count_is_plain(database, busy)

    async with database.transaction(busy.shop.client_id) as transaction:
        await busy.change(transaction.sql)
    await assert_every_count_is_plain(database, busy)

    await add_up_backlog_counts(database=database)
    await assert_every_count_is_plain(database, busy)
    assert await owner_says(database, "SELECT recount_backlog_orders()") == 0


async def test_an_hour_without_an_order_on_the_dashboard_takes_no_room(
    database: Database, busy: Busy
) -> None:
    async with database.transaction(busy.shop.client_id) as transaction:
        await busy.load(transaction.sql)
    await add_up_backlog_counts(database=database)
    assert await owner_says(database, "SELECT count(*) FROM backlog_order_counts") != 0

    await busy.shop.write("UPDATE orders SET status = 'COMPLETED' WHERE client_id = 1")
    await add_up_backlog_counts(database=database)

    assert await owner_says(database, "SELECT count(*) FROM backlog_order_counts") == 0


async def test_after_many_changes_nobody_goes_through_what_is_added_up(
    database: Database, busy: Busy
) -> None:
    async with database.transaction(busy.shop.client_id) as transaction:
        await busy.load(transaction.sql)
        await busy.change(transaction.sql)

    await add_up_backlog_counts(database=database, at_once=100)

    assert await owner_says(database, "SELECT pg_relation_size('backlog_order_changes')") == 0
    await assert_every_count_is_plain(database, busy)


async def test_what_is_rolled_back_was_never_counted(database: Database, busy: Busy) -> None:
    async def fail() -> None:
        async with database.transaction(busy.shop.client_id) as transaction:
            await busy.load(transaction.sql)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await owner_says(database, "SELECT count(*) FROM backlog_order_changes") == 0


@pytest.mark.rule("B4")
async def test_what_a_run_changes_of_an_order_is_nothing_to_be_counted(
    database: Database, busy: Busy
) -> None:
    await busy.shop.order("SO-1", TEA=1)
    await add_up_backlog_counts(database=database)

    await busy.shop.write(
        "UPDATE orders SET status = 'COMMIT', queue_status = 'PROCESSED', version = version + 1 "
        "WHERE client_id = 1"
    )

    assert await owner_says(database, "SELECT count(*) FROM backlog_order_changes") == 0


async def test_nobody_ever_counts_a_change_twice_or_not_at_all(database: Database, busy: Busy) -> None:
    """Who looks at orders and at counts in one snapshot sees the same, while others write and add up."""
    everything = BacklogOrderFilter()
    over = asyncio.Event()

    async def write(prefix: str) -> None:
        async with database.transaction(busy.shop.client_id) as transaction:
            await busy.load(transaction.sql, prefix)
        for statement in _CHANGES:
            await busy.shop.write(statement, busy.shop.client_id)

    async def add_up() -> None:
        while not over.is_set():
            async with database.transaction_across_clients() as transaction:
                await backlog_counts.add_up(transaction.sql, limit=7)
            await asyncio.sleep(0)

    async def look() -> int:
        looks = 0
        while not over.is_set():
            async with database.transaction(busy.shop.client_id, repeatable_read=True) as transaction:
                window = (NOW + timedelta(minutes=17), NOW + timedelta(hours=7, minutes=3))
                counted = await busy.counted(transaction.sql, everything, *window)
                assert counted == await busy.plain(transaction.sql, everything, *window)
            looks += 1
        return looks

    others = asyncio.gather(add_up(), add_up())
    looking = asyncio.create_task(look())
    for prefix in "ABC":
        await write(prefix)
    over.set()
    await others
    assert await looking > 0

    await assert_every_count_is_plain(database, busy)
    await add_up_backlog_counts(database=database)
    await assert_every_count_is_plain(database, busy)


async def test_orders_that_were_there_before_are_counted_while_others_go_on_writing(
    database: Database, busy: Busy
) -> None:
    async with database.transaction_across_clients() as transaction:
        # As a release before triggers left them.
        await transaction.sql.execute("SET LOCAL session_replication_role = replica")
        await busy.load(transaction.sql, "OLD")
    assert await owner_says(database, "SELECT count(*) FROM backlog_order_changes") == 0

    async def change(remainder: int) -> None:
        async with database.transaction(busy.shop.client_id) as transaction:
            await transaction.sql.execute(
                "UPDATE orders SET status = 'COMPLETED' WHERE client_id = $1 AND id % 10 = $2",
                busy.shop.client_id,
                remainder,
            )

    await asyncio.gather(
        *(change(remainder) for remainder in range(4)),
        owner_says(database, "SELECT recount_backlog_orders()"),
        add_up_backlog_counts(database=database),
        *(change(remainder) for remainder in range(4, 8)),
    )

    await assert_every_count_is_plain(database, busy)
    assert await owner_says(database, "SELECT recount_backlog_orders()") == 0


async def test_only_one_adds_up_at_a_time(database: Database, busy: Busy) -> None:
    await busy.shop.order("SO-1", TEA=1)

    async with database.transaction_across_clients() as first:
        assert await backlog_counts.add_up(first.sql, limit=10) == 1
        async with database.transaction_across_clients() as second:
            assert await backlog_counts.add_up(second.sql, limit=10) == 0

    assert await owner_says(database, "SELECT count(*) FROM backlog_order_changes") == 0


async def test_an_hour_is_one_of_utc_whatever_the_session_says(database: Database, busy: Busy) -> None:
    async with database.connection_across_clients() as sql:
        await sql.execute("SET TIME ZONE 'Asia/Kathmandu'")
        try:
            await busy.load(sql)
        finally:
            await sql.execute("SET TIME ZONE 'UTC'")
        hours = await sql.fetch("SELECT DISTINCT hour FROM backlog_order_changes ORDER BY 1")

    assert [row["hour"] for row in hours] == [
        datetime(NOW.year, NOW.month, NOW.day, NOW.hour + hour, tzinfo=UTC) for hour in range(9)
    ]
