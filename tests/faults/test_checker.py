"""The checks of the fault driver find what they are there to find: each kind of loss, put into true books."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import pytest

from api.realtime import cursor
from domain.operations.cancel_orders import cancel_sales_orders
from domain.operations.dispatches import ship_dispatch
from domain.settings import Settings
from domain.store.database import Database
from domain.store.event_relay import RelayTurn
from tests.builders import Shop
from tests.faults.driver.checking import losses
from tests.faults.driver.known import Known, Tenant
from tests.faults.driver.looking import Onlooker
from tests.faults.driver.subscribers import ORDERS, SocketSubscriber
from tests.runs import claimed, process
from tests.waiting import until

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Books:
    """A database at rest, and what was promised of it."""

    shop: Shop
    known: Known
    tenant: Tenant
    subscriber: SocketSubscriber

    async def losses(self) -> list[str]:
        """What the checks find."""
        async with self.shop.database.connection_across_clients() as sql:
            return await losses(sql, self.known, [self.subscriber])

    async def forge(self, statement: str) -> None:
        """Change rows as no operation could: without constraints that span tables, and without triggers."""
        async with self.shop.database.transaction_across_clients() as transaction:
            await transaction.sql.execute("SET LOCAL session_replication_role = replica")
            await transaction.sql.execute(statement)


@pytest.fixture
async def books(database: Database) -> Books:
    """Three orders, one of them cancelled and one shipped, and a receipt; all of it acknowledged and told."""
    shop = await Shop.open(database)
    await shop.stock(TEA=9, CUP=9)
    await shop.order("KEPT", TEA=2, CUP=1)
    await shop.order("CANCELLED", TEA=1)
    shipped = await shop.order("SHIPPED", CUP=3)
    await cancel_sales_orders(shop.command(key="cancel"), numbers=["CANCELLED"])
    dispatch = await shop.dispatch(shipped, CUP=3)
    await ship_dispatch(shop.command(key="ship"), dispatch_id=dispatch)
    await process(await claimed(shop))
    turn = await RelayTurn.open(database)
    assert await turn.take()
    events = await turn.move(limit=1_000)
    await turn.close()

    tenant = Tenant("ACME", shop.client_id, "token")
    tenant.keys = {"cancel": "loadSalesOrderCancellations", "ship": "shipDispatch"}
    tenant.orders = {
        "KEPT": Counter(TEA=2, CUP=1),
        "CANCELLED": Counter(TEA=1),
        "SHIPPED": Counter(CUP=3),
    }
    tenant.cancelled = {"CANCELLED"}
    tenant.shipped = {await shop.value("SELECT number FROM dispatches WHERE id = $1", dispatch)}
    tenant.received = Counter(TEA=await shop.value("SELECT max(on_hand) FROM stock_levels WHERE sku_id = 1"))
    known = Known([tenant])
    subscriber = SocketSubscriber(
        ORDERS,
        tenant=tenant,
        known=known,
        addresses=[],
        random=Random(1),  # noqa: S311 - repeatable, not secret
        after=cursor.encode(0),
    )
    subscriber.seen = [event.seq for event in events if event.topic.value == ORDERS.topic]
    return Books(shop, known, tenant, subscriber)


async def test_true_books_have_no_losses(books: Books) -> None:
    assert await books.losses() == []


@pytest.mark.parametrize(
    ("found", "forged"),
    [
        ("orders are lost: KEPT", "DELETE FROM orders WHERE number = 'KEPT'"),
        ("orders nobody was told of: OTHER", "UPDATE orders SET number = 'OTHER' WHERE number = 'KEPT'"),
        (
            "orders have other lines: KEPT",
            "UPDATE order_lines SET requested = requested + 1 WHERE order_id = 1",
        ),
        (
            "orders were not created exactly once: KEPT (0)",
            "UPDATE event_log SET cause = 'lost' WHERE topic = 'ORDER' AND subject_id = 1",
        ),
        ("acknowledged mutations are lost: ship", "DELETE FROM idempotency_keys WHERE key = 'ship'"),
        ("cancellations are lost: CANCELLED", "UPDATE order_lines SET cancelled = 0"),
        ("shipments are lost: D", "UPDATE dispatches SET status = 'PACKED' WHERE status = 'SHIPPED'"),
        ("units of TEA were received", "UPDATE stock_levels SET on_hand = on_hand + 1 WHERE sku_id = 1"),
        ("the ledger is not the levels", "DELETE FROM stock_movements WHERE kind = 'SHIP'"),
        (
            "what is allocated is not allocated to order lines",
            "UPDATE order_lines SET allocated = allocated - 1 WHERE allocated > 0",
        ),
        ("runs did not complete", "UPDATE processor_runs SET status = 'FAILED', failure = 'broken'"),
        (
            "runs were made twice",
            """INSERT INTO processor_runs
                   (client_id, distribution_center_id, scheduled_at, requested_by, status, finished_at)
               SELECT client_id, distribution_center_id, now(), 'schedule', 'COMPLETED', now()
               FROM processor_runs, generate_series(1, 2)""",
        ),
        (
            "runs overlapped",
            """INSERT INTO processor_runs (client_id, distribution_center_id, scheduled_at, requested_by,
                                           status, planned_at, finished_at)
               SELECT client_id, distribution_center_id, now() + i * interval '1 hour', 'ada', 'COMPLETED',
                      now() + i * interval '1 minute', now() + interval '1 hour'
               FROM processor_runs, generate_series(1, 2) AS i""",
        ),
        (
            "the event log has 1 holes",
            "DELETE FROM event_log WHERE seq = (SELECT max(seq) - 1 FROM event_log)",
        ),
    ],
)
async def test_what_is_lost_in_the_database_is_found(books: Books, found: str, forged: str) -> None:
    await books.forge(forged)

    assert [loss for loss in await books.losses() if found in loss], await books.losses()


async def test_events_that_a_subscriber_lacks_are_found(books: Books) -> None:
    del books.subscriber.seen[2]

    assert any("events are lost" in loss for loss in await books.losses())


async def test_events_of_an_order_that_came_out_of_order_are_found(books: Books) -> None:
    books.subscriber.seen.reverse()

    assert any("events are out of order" in loss for loss in await books.losses())


async def test_events_of_somebody_else_are_found(books: Books) -> None:
    books.subscriber.seen.append(1_000)

    assert any("events of somebody else: 1000" in loss for loss in await books.losses())


async def test_an_event_that_came_twice_is_no_loss(books: Books) -> None:
    books.subscriber.seen.insert(3, books.subscriber.seen[0])

    assert await books.losses() == []


async def test_whoever_looks_sees_what_is_wrong_for_a_moment(books: Books, settings: Settings) -> None:
    onlooker = Onlooker([settings.postgresql_url()], known=books.known)
    await books.forge("UPDATE order_lines SET allocated = allocated - 1 WHERE allocated > 0")
    looking = asyncio.create_task(onlooker.look())
    await until(lambda: onlooker.looks > 0)
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking

    assert any("allocated to order lines" in problem for problem in books.known.problems)
