"""Every list reads about as much as it shows, whatever it is filtered and sorted by.

On tables as a year leaves them, the statements of every list, by every filter and every sort, are executed
with the plans that the program gets, and what PostgreSQL looked at for a page is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from difflib import unified_diff
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery
from fakeredis import FakeAsyncRedis

from api.context import Context
from api.realtime.feed import Feed
from api.realtime.groups import Groups
from api.schema import schema
from domain.bootstrap import create_client
from domain.ports import Authority
from domain.rules.vocabulary import Role
from domain.settings import Settings
from domain.store.database import Database
from domain.store.migrate import migrate
from domain.store.reads import scattered, select
from tests.api.reading.asking import Question, lists_of, questions
from tests.api.reading.plans import Statement, Work, work_of
from tests.filled import UNTIL, fill
from tests.new_database import new_database

# On one worker, so that the tables are filled once.
pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("every list")]

ORDERS = 20_000
ENOUGH = 4_600
"""Rows that a statement may look at or sort: what is under way, a sixth of all, and for each row of the page
the few rows of a small table, but not what has ended."""

# Filters that read more: what would make them cheap would be written whenever an order moves on, or a hundred
# thousand of them.
EXCEPTIONS = (
    # What is locked has Backlog SKUs, and few orders have; here all of them do.
    ("orders", "'UNDELIVERED_SKU_CREATED'"),
    ("orders", "'locked': True"),
    # What has ended and what has not are two indexes.
    ("orders", "['OC_CONFIRMED', 'OC_REJECTED']"),
    # The latest are open, and are all looked up to be sorted by number.
    ("purchaseOrders", "{'open': True}, 'sort': 'NUMBER'"),
    # Today's figures are computed when they are asked for.
    ("backOrderReport", "backOrderReport"),
)


class ContextOfThen(Context):
    """The clock stands where the data end."""

    def now(self) -> datetime:
        return UNTIL


class Filled:
    """The filled database, with a look at what is sent to it."""

    def __init__(self, database: Database, client_id: int) -> None:
        self.database = database
        self.client_id = client_id
        self._context = ContextOfThen(
            database=database,
            authority=Authority(client_id=client_id, role=Role.ADMIN, actor="tests"),
            groups=Groups(Feed(database=database, redis=FakeAsyncRedis())),
            request_id="tests",
        )
        self._sent: list[Statement] = []

    def hear(self, query: LoggedQuery) -> None:
        """Note a statement."""
        if query.query.lstrip().startswith(("SELECT", "WITH")):
            self._sent.append(Statement(query.query, tuple(query.args or ())))

    async def statements_of(self, question: Question) -> list[Statement]:
        """What is sent for the first page, and for the next one."""
        self._sent.clear()
        after: str | None = None
        for _ in range(2):
            result = await schema.execute(
                question.document, {**question.variables, "after": after}, context_value=self._context
            )
            assert not result.errors, (question.said, result.errors)
            after = _end_cursor(result.data)
            if after is None:
                break
        await asyncio.sleep(0)  # loggers are called in the next turn of the event loop
        return list(dict.fromkeys(self._sent)) if _hashable(self._sent) else list(self._sent)

    async def statements_for(self, question: Question, *, size: int) -> list[str]:
        """What is sent for a page of that size."""
        self._sent.clear()
        document = question.document.replace("first: 50", f"first: {size}")
        result = await schema.execute(document, question.variables, context_value=self._context)
        assert not result.errors, (question.said, result.errors)
        await asyncio.sleep(0)
        return [statement.text for statement in self._sent]


def _hashable(statements: list[Statement]) -> bool:
    return not any(isinstance(value, list | set) for one in statements for value in one.parameters)


def _end_cursor(data: Any) -> str | None:
    (found,) = data.values()
    page = found["orders"] if "orders" in found and "pageInfo" not in found else found
    cursor: str | None = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    return cursor


@pytest.fixture(scope="module")
async def filled(servers: Settings) -> AsyncIterator[Filled]:
    """A database of its own: the other tests want theirs empty."""
    # The tables are a small part of what they can be, and so is what is tried of them.
    patched = pytest.MonkeyPatch()
    patched.setattr(scattered, "_BEARABLE", 400)
    select._page_statement.cache_clear()
    async with new_database(servers) as told:
        # One connection, on which every statement is heard.
        database = await Database.open(told.postgresql_url(), max_size=1)
        try:
            await migrate(database)
            client = await create_client(database, code="ACME", name="Acme", now=UNTIL)
            async with database.connection_across_clients() as sql:
                await fill(sql, client_id=client.id, orders=ORDERS)
                found = Filled(database, client.id)
                sql.add_query_logger(found.hear)
            yield found
        finally:
            patched.undo()
            select._page_statement.cache_clear()
            await database.close()


@pytest.mark.parametrize("name", lists_of(schema._schema))
async def test_a_page_of_a_list_reads_about_as_much_as_it_shows(filled: Filled, name: str) -> None:
    too_much: list[tuple[str, Work, str]] = []
    asked = [
        question
        for question in questions(schema._schema, name)
        if not any(name == of and text in question.said for of, text in EXCEPTIONS)
    ]
    for question in asked:
        for statement in await filled.statements_of(question):
            async with filled.database.connection(filled.client_id) as sql:
                work = await work_of(sql, statement)
            if work.scanned or work.read > ENOUGH or work.sorted > ENOUGH:
                too_much.append((question.said, work, statement.text))

    assert not too_much, "\n".join(f"{said}: {work}\n{text}" for said, work, text in too_much)


@pytest.mark.parametrize("name", lists_of(schema._schema))
async def test_a_long_page_takes_as_many_statements_as_a_short_one(filled: Filled, name: str) -> None:
    question = next(questions(schema._schema, name))
    short, long = [await filled.statements_for(question, size=size) for size in (50, 500)]

    assert len(long) <= len(short), "\n".join(unified_diff(short, long, lineterm=""))
