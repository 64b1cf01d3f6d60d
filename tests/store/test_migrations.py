"""Bringing a database to the current schema."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest

from domain.settings import Settings
from domain.store import migrations
from domain.store.database import Database
from domain.store.migrate import LOCK_SECONDS, MigrationBlockedError, migrate, pending
from tests.new_database import new_database

MIGRATIONS = Path(migrations.__file__).parent


@pytest.fixture
async def empty(servers: Settings) -> AsyncIterator[Database]:
    """A database without a table."""
    async with new_database(servers) as told:
        database = await Database.open(told.postgresql_url())
        try:
            yield database
        finally:
            await database.close()


async def test_of_programs_that_start_together_one_migrates_and_the_others_find_nothing_to_do(
    empty: Database,
) -> None:
    names = await pending(empty)
    assert names[0] == "0001_initial"

    applied = await asyncio.gather(*(migrate(empty) for _ in range(4)))

    assert sorted(applied) == [[], [], [], names]
    assert await pending(empty) == []


async def test_a_current_database_is_left_as_it_is(database: Database) -> None:
    assert await pending(database) == []
    assert await migrate(database) == []


async def test_a_migration_lets_others_pass_and_tries_again_when_it_is_kept_from_a_lock(
    empty: Database,
) -> None:
    await migrate(empty)
    applied = await _applied(empty)
    # What is made CONCURRENTLY is in no transaction, keeps nobody waiting, and may wait.
    last = applied[max(place for place, name in enumerate(applied) if _is_in_a_transaction(name)) :]
    blocker = await empty.dedicated_connection()
    try:
        await blocker.execute("DELETE FROM tortoise_migrations WHERE name = ANY($1)", last)
        blocking = blocker.transaction()
        await blocking.start()
        # Everybody can read, and nobody can write: the migration can't be noted.
        await blocker.execute("LOCK TABLE tortoise_migrations IN SHARE MODE")
        with pytest.raises(MigrationBlockedError, match=f"The migration {last[0]} could not lock"):
            await migrate(empty, lock_seconds=0.05, tries=2)
        assert await pending(empty) == last, "what was done of it is undone"

        patient = asyncio.create_task(migrate(empty, lock_seconds=0.05, tries=200))
        await asyncio.sleep(0.3)
        assert not patient.done()
        await blocking.rollback()
        assert await patient == last
    finally:
        await blocker.close()
    assert await pending(empty) == []


def test_no_migration_gives_itself_longer_to_wait_for_a_lock_than_it_is_given() -> None:
    given = 1000 * LOCK_SECONDS
    scripts = [path for path in MIGRATIONS.iterdir() if path.suffix in (".py", ".sql")]
    own = [
        (path.name, int(number) * {"ms": 1, "s": 1000, "": 1}[unit])
        for path in scripts
        for number, unit in re.findall(r"lock_timeout\W+(\d+)(ms|s|)", path.read_text())
    ]
    assert own, "one waits for a table at a time, and for less long"
    assert [one for one in own if one[1] > given] == []


async def test_a_schema_that_is_newer_than_the_program_is_current(empty: Database) -> None:
    await migrate(empty)
    async with empty.transaction_across_clients() as transaction:
        await transaction.sql.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('backfill', '9999_next', now())"
        )
    assert await pending(empty) == []
    assert await migrate(empty) == []


def _is_in_a_transaction(name: str) -> bool:
    atomic: bool = import_module(f"{migrations.__name__}.{name}").Migration.atomic
    return atomic


async def _applied(database: Database) -> list[str]:
    async with database.connection_across_clients() as sql:
        rows = await sql.fetch("SELECT name FROM tortoise_migrations ORDER BY name")
    return [row["name"] for row in rows]
