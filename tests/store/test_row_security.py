"""What PostgreSQL shows whoever works for one client: nothing of another, whatever a statement says."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

import domain.store.database as database_module
from domain.settings import Settings
from domain.store.copying import copy_records
from domain.store.database import Connection, Database
from domain.store.migrate import MigrationRefusedError, migrate, pending
from domain.store.serving import CLIENT_ROLE
from tests.builders import Shop

_TABLES = """
SELECT relname, relrowsecurity FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ '^tortoise'
  AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'client_id')
ORDER BY relname
"""
# No client's business, or everybody's.
SHARED = {"clients", "event_position", "shared_schedules"}


async def scoped(sql: Connection) -> list[str]:
    """Every table that has the column client_id."""
    return [row["relname"] for row in await sql.fetch(_TABLES)]


async def seen(sql: Connection, tables: Sequence[str]) -> dict[str, int]:
    """How many rows of each table there are to be seen."""
    return {name: await sql.fetchval(f"SELECT count(*) FROM {name}") for name in tables}  # noqa: S608


@pytest.fixture
async def busy(shop: Shop) -> Shop:
    """A client with rows in most tables."""
    await shop.order("SO-1", TEA=2, POT=1)
    await shop.stock(TEA=1)
    await shop.dispatch(await shop.order("SO-2", TEA=1), TEA=1)
    return shop


async def test_every_table_of_clients_has_the_policy(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        tables = await sql.fetch(_TABLES)
        policies = {
            row["tablename"]: (row["cmd"], row["roles"], row["qual"], row["with_check"])
            for row in await sql.fetch("SELECT * FROM pg_policies WHERE policyname = 'of_the_client'")
        }

    own = policies["orders"][2]
    assert [row["relname"] for row in tables if not row["relrowsecurity"]] == []
    assert own.startswith("(client_id = ( SELECT (NULLIF(current_setting('backfill.client_id'")
    assert {row["relname"]: policies.get(row["relname"]) for row in tables} == {
        row["relname"]: ("ALL", [CLIENT_ROLE], own, own) for row in tables
    }


async def test_a_table_is_a_clients_or_known_to_be_nobodys(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        every = {
            row[0]
            for row in await sql.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^tortoise'"
            )
        }
        assert every - set(await scoped(sql)) == SHARED


async def test_the_role_can_not_bypass_policies_nor_log_in_nor_owns_anything(database: Database) -> None:
    async with database.connection_across_clients() as sql:
        role = await sql.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", CLIENT_ROLE)
        assert role is not None
        owned = await sql.fetchval("SELECT count(*) FROM pg_class WHERE relowner = $1", role["oid"])

    assert (role["rolsuper"], role["rolbypassrls"], role["rolcanlogin"], owned) == (False, False, False, 0)


async def test_a_client_sees_its_own_rows_and_no_other(busy: Shop, other: Shop) -> None:
    async with busy.database.connection_across_clients() as sql:
        tables = await scoped(sql)
        of_client = {
            name: await sql.fetchval(
                f"SELECT count(*) FROM {name} WHERE client_id = $1",  # noqa: S608
                busy.client_id,
            )
            for name in tables
        }
        all_rows = await seen(sql, tables)
    async with busy.database.connection(busy.client_id) as sql:
        own = await seen(sql, [*tables, "clients"])
    async with busy.database.connection(other.client_id) as sql:
        others = await seen(sql, [*tables, "clients"])

    assert own == {**of_client, "clients": 1}
    assert others == {**{name: all_rows[name] - of_client[name] for name in tables}, "clients": 1}
    assert sum(count > 0 for count in of_client.values()) > 12


@pytest.mark.parametrize("served", ["", "0", "-1"])
async def test_while_nobody_is_served_there_is_nothing_to_be_seen(busy: Shop, served: str) -> None:
    async with busy.database.transaction_across_clients() as transaction:
        sql = transaction.sql
        tables = await scoped(sql)
        await sql.execute(
            "SELECT set_config('role', $1, true), set_config('backfill.client_id', $2, true)",
            CLIENT_ROLE,
            served,
        )
        assert set((await seen(sql, [*tables, "clients"])).values()) == {0}
        assert await sql.fetch("SELECT orders_beginning_with('so')") == []
        assert not await sql.fetchval("SELECT is_common_beginning('so', 0)")
        assert await sql.fetch("SELECT orders_invoiced_as('INV-1')") == []


async def test_nothing_of_another_client_can_be_written_changed_or_deleted(busy: Shop, other: Shop) -> None:
    async with busy.database.connection_across_clients() as sql:
        tables = await scoped(sql)
        before = await seen(sql, tables)
    for name in tables:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with busy.database.connection(other.client_id) as sql:
                await sql.execute(f"INSERT INTO {name} (client_id) VALUES ($1)", busy.client_id)  # noqa: S608
        for statement in (
            f"UPDATE {name} SET client_id = client_id WHERE client_id = $1",  # noqa: S608
            f"DELETE FROM {name} WHERE client_id = $1",  # noqa: S608
        ):
            try:
                async with busy.database.connection(other.client_id) as sql:
                    assert (await sql.execute(statement, busy.client_id)).endswith(" 0")
            except asyncpg.InsufficientPrivilegeError:
                assert name in ("audit_entries", "stock_movements", "event_outbox", "event_log")
    async with busy.database.connection_across_clients() as sql:
        assert await seen(sql, tables) == before


async def test_no_row_is_moved_to_another_client(busy: Shop, other: Shop) -> None:
    async with busy.database.connection(busy.client_id) as sql:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await sql.execute("UPDATE skus SET client_id = $1", other.client_id)


async def test_what_is_shared_by_all_clients_is_not_a_clients_to_change(shop: Shop) -> None:
    async with shop.database.transaction_across_clients() as transaction:
        await transaction.sql.execute("INSERT INTO shared_schedules VALUES ('MAIN', '0 6 * * *', null, true)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with shop.database.connection(shop.client_id) as sql:
            await sql.execute("UPDATE shared_schedules SET enabled = false")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with shop.database.connection(shop.client_id) as sql:
            await sql.execute("DELETE FROM shared_schedules")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with shop.database.connection(shop.client_id) as sql:
            await sql.execute("UPDATE event_position SET last_seq = 0")


async def test_orders_are_searched_among_those_of_the_client(busy: Shop, other: Shop) -> None:
    theirs = await other.order("SO-9", TEA=1)
    async with busy.database.connection(other.client_id) as sql:
        assert [row[0] for row in await sql.fetch("SELECT orders_beginning_with('so-')")] == [theirs]
        assert await sql.fetchval("SELECT is_common_beginning('so-', 0)")
        assert not await sql.fetchval("SELECT is_common_beginning('so-', 1)")


async def test_a_transaction_serves_its_client_until_it_ends_and_then_the_connection_as_before(
    busy: Shop, other: Shop
) -> None:
    served = "SELECT ARRAY[current_user::text, current_setting('backfill.client_id', true)]"
    async with busy.database.transaction(busy.client_id) as transaction:
        assert await transaction.sql.fetchval(served) == [CLIENT_ROLE, str(busy.client_id)]
    async with busy.database.connection(other.client_id) as sql:
        assert await sql.fetchval(served) == [CLIENT_ROLE, str(other.client_id)]
    async with busy.database.connection_across_clients() as sql:
        user, client = await sql.fetchval(served)
    assert user != CLIENT_ROLE
    assert client == ""


async def test_rows_are_copied_for_the_client_alone_and_its_role_is_taken_again(shop: Shop) -> None:
    async with shop.database.transaction(shop.client_id) as transaction:
        copied = await copy_records(
            transaction.sql,
            "stores",
            client_id=shop.client_id,
            columns=("code", "name"),
            records=[("A", "Aa"), ("B", "Bb")],
        )
        assert await transaction.sql.fetchval("SELECT current_user::text") == CLIENT_ROLE
        assert await transaction.sql.fetchval("SELECT count(*) FROM stores WHERE code IN ('A', 'B')") == 2
    assert copied == 2


@pytest.fixture
async def humble(
    servers: Settings,
) -> AsyncIterator[tuple[Database, str, asyncpg.Connection[asyncpg.Record]]]:
    """An empty database of a user who may do nothing else, the user's name, and an administrator."""
    name = f"backfill_test_{secrets.token_hex(4)}"
    administrator = await asyncpg.connect(servers.postgresql_url())
    try:
        await administrator.execute(f"CREATE ROLE {name} LOGIN")
        await administrator.execute(f"CREATE DATABASE {name} OWNER {name}")
        parts = urlsplit(servers.postgresql_url())
        host = parts.netloc.rpartition("@")[2]
        url = urlunsplit(parts._replace(netloc=f"{name}@{host}", path=f"/{name}"))
        inside = await asyncpg.connect(urlunsplit(parts._replace(path=f"/{name}")))
        await inside.execute(f"GRANT ALL ON SCHEMA public TO {name}")
        await inside.close()
        database = await Database.open(url, max_size=4)
        yield database, name, administrator
        await database.close()
        await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await administrator.execute(f"DROP ROLE {name}")
    finally:
        await administrator.close()


async def test_a_user_who_may_not_take_the_role_is_told_what_an_administrator_has_to_do(
    humble: tuple[Database, str, asyncpg.Connection[asyncpg.Record]],
) -> None:
    database, user, administrator = humble

    with pytest.raises(MigrationRefusedError, match=f"GRANT backfill_client TO {user}"):
        await migrate(database)

    await administrator.execute(f"GRANT {CLIENT_ROLE} TO {user}")
    assert "0002_row_security" in await migrate(database)
    assert await pending(database) == []
    shop = await Shop.open(database)
    await shop.order("SO-1", TEA=1)
    async with database.connection(shop.client_id) as sql:
        assert await sql.fetchval("SELECT count(*) FROM orders") == 1


async def test_a_table_in_use_keeps_the_migration_waiting_and_nobody_else(database: Database) -> None:
    text = (Path(database_module.__file__).parent / "migrations" / "0002_client_policies.sql").read_text()
    reading, migrating = await database.dedicated_connection(), await database.dedicated_connection()
    try:
        transaction = reading.transaction()
        await transaction.start()
        await reading.fetch("SELECT * FROM orders")
        again = asyncio.create_task(migrating.execute(text))
        async with asyncio.timeout(60):
            await waits_for_a_lock(database, migrating)
            async with database.connection_across_clients() as sql:
                assert await sql.fetch("SELECT * FROM orders") == []
            assert not again.done()
            await transaction.rollback()
            await again
    finally:
        await reading.close()
        await migrating.close()


async def waits_for_a_lock(database: Database, who: asyncpg.Connection[asyncpg.Record]) -> None:
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted)"
    async with database.connection_across_clients() as sql:
        while not await sql.fetchval(waiting, who.get_server_pid()):
            pass
