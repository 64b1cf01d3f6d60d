"""What a transaction asks of tables as a year leaves them costs what it is about, and not what is there.

Transactions plan for sets, without nested loops: a large table of which a statement doesn't name the rows is
read from one end to the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from asyncpg.connection import LoggedQuery

from domain.bootstrap import create_client
from domain.rules.vocabulary import BulkAction, WebhookStatus
from domain.settings import Settings
from domain.store import (
    back_order_caps,
    back_order_days,
    backlog_skus,
    demand,
    email_deliveries,
    reallocated_dispatches,
    reallocations,
    retention,
    stock,
    webhook_deliveries,
)
from domain.store.database import Connection, Database
from domain.store.events import LoggedEvent, Topic
from domain.store.migrate import migrate
from domain.store.reads.eligibility import facts_of_orders
from domain.store.webhook_messages import messages_of
from tests.api.reading.plans import Statement, work_of
from tests.filled import UNTIL, fill
from tests.new_database import new_database

# On one worker, so that the tables are filled once.
pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("transactions")]

ORDERS = 20_000
CLIENT = 1
LATER = UNTIL + timedelta(hours=1)

Ask = Callable[[Connection], Awaitable[object]]


@pytest.fixture(scope="module")
async def filled(servers: Settings) -> AsyncIterator[Database]:
    """A database of its own: the other tests want theirs empty."""
    async with new_database(servers) as told:
        database = await Database.open(told.postgresql_url(), max_size=1)
        try:
            await migrate(database)
            client = await create_client(database, code="ACME", name="Acme", now=UNTIL)
            assert client.id == CLIENT
            async with database.connection_across_clients() as sql:
                await fill(sql, client_id=client.id, orders=ORDERS)
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[Connection]:
    """A transaction that leaves nothing behind."""
    async with database.transaction_across_clients() as transaction:
        savepoint = transaction.sql.transaction()
        await savepoint.start()
        yield transaction.sql
        await savepoint.rollback()


async def read_by(database: Database, ask: Ask) -> int:
    """How many rows PostgreSQL looks at in tables for what is asked."""
    sent: list[LoggedQuery] = []
    async with undone(database) as sql:
        # The first time, asyncpg asks for types.
        await ask(sql)
    async with undone(database) as sql:
        sql.add_query_logger(sent.append)
        await ask(sql)
        sql.remove_query_logger(sent.append)
    read = 0
    async with undone(database) as sql:
        for query in sent:
            if "set_config" in query.query:
                await sql.execute(query.query)
            else:
                work = await work_of(sql, Statement(query.query, tuple(query.args or ())))
                read += work.read
    return read


def about(topic: Topic, subject: int, *, center: int | None = None) -> LoggedEvent:
    return LoggedEvent(
        client_id=CLIENT,
        topic=topic,
        at=UNTIL,
        cause="test",
        subject_id=subject,
        distribution_center_id=center,
        seq=subject,
    )


DELIVERED = webhook_deliveries.Attempt(
    delivery_id=19_990, number=1, status=WebhookStatus.DELIVERED, due_at=UNTIL
)
EVENTS = [
    about(Topic.ORDER, 19_000, center=1),
    about(Topic.LINE, 57_000, center=1),
    about(Topic.PURCHASE_ORDER, 19_000, center=1),
    about(Topic.STOCK, 7, center=2),
]

ASKED: dict[str, tuple[Ask, int]] = {
    "decisions that newer ones supersede": (
        lambda sql: retention.delete_superseded_decisions(
            sql, client_id=CLIENT, run_id=1, after=0, until=50_000
        ),
        2_000,
    ),
    "e-mails that are due": (
        lambda sql: email_deliveries.claim(sql, now=LATER, until=LATER, limit=20),
        500,
    ),
    "an e-mail that is to be sent again": (
        lambda sql: email_deliveries.lock(sql, client_id=CLIENT, delivery_id=10_000),
        10,
    ),
    "webhooks that are due": (
        lambda sql: webhook_deliveries.claim(
            sql, client_id=CLIENT, endpoint_id=1, only_pings=False, limit=10, now=LATER
        ),
        200,
    ),
    "webhooks that were tried": (
        lambda sql: webhook_deliveries.settle(sql, client_id=CLIENT, attempts=[DELIVERED], now=LATER),
        10,
    ),
    "what webhooks tell": (lambda sql: messages_of(sql, client_id=CLIENT, events=EVENTS), 100),
    "caps on back orders, and what is back-ordered under them": (
        lambda sql: back_order_caps.of_skus(
            sql, client_id=CLIENT, distribution_center_id=2, sku_ids=[1, 4, 7]
        ),
        1_000,
    ),
    "dispatches that a reallocation moves units between": (
        lambda sql: reallocated_dispatches.unpacked(
            sql, client_id=CLIENT, order_ids=[19_001, 19_002, 19_003]
        ),
        100,
    ),
    "what can be delivered of an order that was set aside": (
        lambda sql: backlog_skus.deliverable(sql, client_id=CLIENT, order_ids=[19_001, 19_002]),
        100,
    ),
    "whether anything can be delivered of it": (
        lambda sql: facts_of_orders(
            sql, client_id=CLIENT, action=BulkAction.CREATE_DELIVERY_NOTES, order_ids=[19_001, 19_002]
        ),
        100,
    ),
    "what is available of two SKUs": (
        lambda sql: stock.available(sql, client_id=CLIENT, distribution_center_id=1, sku_ids=[3, 4]),
        2,
    ),
    "what moved of a SKU in the week since it was counted": (
        lambda sql: stock.moved_since(
            sql, client_id=CLIENT, distribution_center_id=1, sku_ids=[3], since=UNTIL - timedelta(days=7)
        ),
        10,
    ),
    "lines of two SKUs whose coverage is to be computed anew": (
        lambda sql: demand.forget_coverage(sql, client_id=CLIENT, distribution_center_id=1, sku_ids=[3, 4]),
        100,
    ),
    "the report of a day that is over": (
        lambda sql: back_order_days.close(
            sql,
            client_id=CLIENT,
            # One that has no report yet.
            day=UNTIL.date() - timedelta(days=90),
            start=UNTIL - timedelta(days=1),
            end=UNTIL,
            taken_at=UNTIL,
        ),
        30_000,
    ),
    "what a pool waits for, and has set aside": (
        lambda sql: reallocations.held(sql, client_id=CLIENT, distribution_center_id=1),
        ORDERS,
    ),
}


@pytest.mark.parametrize(("ask", "enough"), ASKED.values(), ids=ASKED)
async def test_what_is_asked_for_costs_what_it_is_about(filled: Database, ask: Ask, enough: int) -> None:
    assert await read_by(filled, ask) <= enough
