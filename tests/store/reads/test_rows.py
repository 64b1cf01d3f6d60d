"""Rows as they are read: of a class that says which columns they have."""

from __future__ import annotations

import asyncpg
import pytest

from domain.store.database import Database
from domain.store.reads.rows import fetch_rows
from tests.builders import Shop

pytestmark = pytest.mark.anyio

STATEMENT = "SELECT id AS id, code AS code FROM clients WHERE id = $1"


async def test_rows_of_a_statement_that_was_asked_before_say_their_columns_in_order(shop: Shop) -> None:
    async with shop.database.connection(shop.client_id) as sql:
        (first,) = await fetch_rows(sql, STATEMENT, shop.client_id)
        (second,) = await fetch_rows(sql, STATEMENT, shop.client_id)

    assert isinstance(second, asyncpg.Record)
    assert getattr(type(second), "columns_in_order", None) == ("id", "code")
    assert tuple(second) == tuple(first) == (shop.client_id, "ACME")
    assert dict(second) == dict(first)


async def test_statements_with_the_same_columns_have_rows_of_one_class(shop: Shop) -> None:
    async with shop.database.connection(shop.client_id) as sql:
        one, other = [
            (await fetch_rows(sql, statement, shop.client_id))[0]
            for statement in (STATEMENT, STATEMENT + " AND code IS NOT NULL")
            for _ in range(2)
        ][1::2]

    assert type(one) is type(other)


async def test_of_a_statement_that_found_nothing_the_columns_stay_unknown(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        assert await fetch_rows(sql, STATEMENT, -1) == []
        assert await fetch_rows(sql, STATEMENT, -1) == []
