"""The models say what the database has: tables, columns, types and what may be null."""

from __future__ import annotations

from importlib import import_module

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from domain.store.database import Database
from domain.store.tables import MODULES

TYPES: dict[type, str] = {
    ArrayField: "ARRAY",
    fields.BigIntField: "bigint",
    fields.BinaryField: "bytea",
    fields.BooleanField: "boolean",
    fields.CharField: "text",
    fields.DatetimeField: "timestamp with time zone",
    fields.DateField: "date",
    fields.IntField: "integer",
    fields.JSONField: "jsonb",
    fields.TextField: "text",
}

COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable = 'YES' AS nullable FROM information_schema.columns
WHERE table_schema = 'public' AND table_name !~ '^tortoise' ORDER BY table_name, ordinal_position
"""


def models() -> list[type[Model]]:
    named = [each for name in MODULES for each in vars(import_module(name)).values()]
    found = [each for each in named if isinstance(each, type) and issubclass(each, Model)]
    return [model for model in found if model is not Model]


async def test_every_model_is_its_table_and_every_table_has_one(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        stored = {
            (row["table_name"], row["column_name"]): (row["data_type"], row["nullable"])
            for row in await sql.fetch(COLUMNS)
        }

    described = {
        (model._meta.db_table, name): (TYPES[type(field)], field.null)
        for model in models()
        for name, field in model._meta.fields_map.items()
    }

    assert described == stored


async def test_columns_come_in_the_order_of_the_model(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        stored = [(row["table_name"], row["column_name"]) for row in await sql.fetch(COLUMNS)]

    described = {model._meta.db_table: list(model._meta.fields_map) for model in models()}

    assert stored == [(table, column) for table in sorted(described) for column in described[table]]
