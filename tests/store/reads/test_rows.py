"""Rows as they are read: of a class that says which columns they have, and of which types."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from domain.store.database import Database
from domain.store.reads.rows import fetch_rows
from tests.builders import Shop

pytestmark = pytest.mark.anyio

STATEMENT = "SELECT id AS id, code AS code FROM clients WHERE id = $1"


def told(row: Any) -> tuple[Any, Any]:
    return type(row).columns_in_order, type(row).column_types


async def test_rows_say_their_columns_in_order(shop: Shop) -> None:
    async with shop.database.connection(shop.client_id) as sql:
        (first,) = await fetch_rows(sql, STATEMENT, shop.client_id)
        (again,) = await fetch_rows(sql, STATEMENT, shop.client_id)

    assert isinstance(first, asyncpg.Record)
    assert type(first) is type(again)
    assert told(first) == (("id", "code"), (int, str))
    assert tuple(first) == (shop.client_id, "ACME")
    assert dict(first) == {"id": shop.client_id, "code": "ACME"}


async def test_statements_with_the_same_columns_have_rows_of_one_class_and_others_of_another(
    shop: Shop,
) -> None:
    async with shop.database.connection(shop.client_id) as sql:
        one, like_it, other = [
            (await fetch_rows(sql, statement, shop.client_id))[0]
            for statement in (
                STATEMENT,
                STATEMENT + " AND code IS NOT NULL",
                STATEMENT.replace("code AS code", "id AS code"),
            )
        ]

    assert type(one) is type(like_it)
    assert told(other) == (("id", "code"), (int, int))


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("true", bool),
        ("1::smallint", int),
        ("1", int),
        ("1::bigint", int),
        ("1.5::float8", float),
        ("'a'::text", str),
        # Infinite, it has no time zone.
        ("now()", None),
        ("1.5::numeric", None),
        ("'{}'::jsonb", None),
        ("ARRAY[1]", None),
    ],
)
async def test_a_type_is_said_where_values_are_always_of_that_very_one(
    database: Database, value: str, type_: type | None
) -> None:
    async with database.connection_across_clients() as sql:
        rows = await fetch_rows(sql, f"SELECT {value} AS one UNION ALL SELECT NULL")

    assert [told(row) for row in rows] == [(("one",), (type_,))] * 2
    if type_ is not None:
        assert [type(row["one"]) for row in rows] == [type_, type(None)]


@pytest.mark.parametrize(
    ("value", "small"),
    [
        ("(-32768)::smallint", True),
        ("(-2147483648)::int", True),
        ("2147483647", True),
        ("1::bigint", False),
        ("true", False),
        ("1.5::float8", False),
        ("'a'::text", False),
        ("'1'::oid", False),
    ],
)
async def test_integers_are_said_to_be_small_where_postgresql_has_none_of_more_than_32_bits(
    database: Database, value: str, small: bool
) -> None:
    async with database.connection_across_clients() as sql:
        (row,) = await fetch_rows(sql, f"SELECT {value} AS one")

    assert type(row).columns_in_32_bits == (small,)  # type: ignore[attr-defined] # a class of its own


async def test_a_statement_that_finds_nothing_is_as_good_as_any(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        assert await fetch_rows(sql, STATEMENT, -1) == []
        assert await fetch_rows(sql, STATEMENT, -1) == []
