"""What tests of operations look at: all there is, what was recorded, and refusals that change nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from domain.rules.refusals import ErrorCode, Refusal
from domain.store.database import Database
from tests.builders import Shop

Contents = dict[str, list[str]]


async def everything(database: Database) -> Contents:
    """Every row of every table, as text."""
    async with database.connection_across_clients() as sql:
        tables = await sql.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^tortoise'"
        )
        names = [table["tablename"] for table in tables]
        rows = await sql.fetch(
            " UNION ALL ".join(
                f"SELECT '{name}' AS name, to_jsonb(t)::text AS line FROM {name} AS t"  # noqa: S608
                for name in names
            )
        )
    contents: Contents = {name: [] for name in names}
    for row in rows:
        contents[row["name"]].append(row["line"])
    return {name: sorted(found) for name, found in contents.items()}


@asynccontextmanager
async def refused(
    shop: Shop, code: ErrorCode, *path: str, says: str = "", **details: str | int
) -> AsyncIterator[None]:
    """The block is refused with this code, path and details, a message that `says` so, and no change."""
    before = await everything(shop.database)
    with pytest.raises(Refusal) as caught:
        yield
    refusal = caught.value
    assert (refusal.code, refusal.path) == (code, path), refusal
    assert says in refusal.message
    if details:
        assert refusal.details == details
    assert await everything(shop.database) == before


async def clear_records(shop: Shop) -> None:
    """Forget the audit trail and the events so far, so that a test sees what comes next."""
    async with shop.database.transaction_across_clients() as transaction:
        await transaction.sql.execute("SET LOCAL session_replication_role = replica")
        await transaction.sql.execute("DELETE FROM audit_entries")
        await transaction.sql.execute("DELETE FROM event_outbox")


async def audited(shop: Shop) -> list[tuple[Any, ...]]:
    """The audit trail: action, order, before, after."""
    rows = await shop.rows("SELECT action, order_id, before, after FROM audit_entries ORDER BY id")
    return [(row["action"], row["order_id"], _read(row["before"]), _read(row["after"])) for row in rows]


async def told(shop: Shop) -> list[tuple[Any, ...]]:
    """The events about orders and what is done to them: topic, cause, subject, data."""
    rows = await shop.rows(
        """
        SELECT topic, cause, subject_id, data FROM event_outbox
        WHERE topic IN ('ORDER', 'LINE', 'PROMISE', 'RUN', 'BULK') ORDER BY id
        """
    )
    return [(row["topic"], row["cause"], row["subject_id"], _read(row["data"])) for row in rows]


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)
