"""A backup of a program at work, and what is there again after it was restored."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import asyncpg
import pytest

from cli.dumping import DumpError, Programs, load
from cli.graphql_socket import AnsweredWithErrorsError, GraphQLSocket
from domain.settings import Settings
from domain.store.database import Database
from tests.cli.running import TOKEN, Served, backfill, environment, serving
from tests.machine import needs_shared_redis
from tests.new_database import new_database
from tests.soak.load import Load
from tests.waiting import eventually

pytestmark = pytest.mark.anyio

_CHANGES = "subscription ($after: String) { orderChanged(after: $after) { cursor order { number } } }"


async def refused(served: Served, after: str) -> str:
    """What a subscriber is answered that comes with a cursor."""
    url = f"{str(served.api.base_url).rstrip('/')}/graphql".replace("http", "ws", 1)
    async with GraphQLSocket.open(url, token=TOKEN) as socket:
        with pytest.raises(AnsweredWithErrorsError) as told:
            async with asyncio.timeout(60):
                await anext(aiter(socket.subscribe(_CHANGES, {"after": after})))
    return str(told.value)


async def orders_of(served: Served) -> int:
    """How many orders there are."""
    return int((await served.query("{ orders { totalCount } }"))["orders"]["totalCount"])


async def at_least(served: Served, orders: int) -> bool:
    """Whether there are as many orders."""
    return await orders_of(served) >= orders


async def cursor(served: Served) -> str:
    """The cursor of the last event."""
    return str((await served.query("{ eventCursor }"))["eventCursor"])


@needs_shared_redis
@pytest.mark.rule("F5")
@pytest.mark.rule("F8")
async def test_a_backup_is_taken_at_work_and_restored_whole_with_a_new_history(
    settings: Settings, tmp_path: Path
) -> None:
    env = environment(settings, embedded=False)
    file = tmp_path / "backup.dump"
    async with serving(env=env) as served:
        load = Load(served, seed=1)
        await load.set_up()
        loading = asyncio.create_task(load.go_on(seconds=600, rate=2))
        await eventually(lambda: at_least(served, 20))
        before = await cursor(served)
        ended = await backfill("backup", file, env=env)
        assert ended.code == 0, ended.errors
        backed_up = await orders_of(served)
        await eventually(lambda: at_least(served, backed_up + 20))
        loading.cancel()
        await asyncio.wait([loading])
        assert load.failures == {}, "a backup keeps nobody waiting"
        lost = await cursor(served)

    async with new_database(settings) as told:
        env = environment(told, embedded=False)
        ended = await backfill("restore", file, env=env)
        assert ended.code == 0, ended.errors
        async with serving(env=env) as restored:
            assert await restored.query("{ verifyInventory { field } }") == {"verifyInventory": []}
            assert 20 <= await orders_of(restored) <= backed_up
            for old in (before, lost):
                assert "no longer kept" in await refused(restored, old)
            # The work goes on: orders, runs and events.
            again = Load(restored, seed=2)
            await again.set_up()
            working = asyncio.create_task(again.go_on(seconds=600, rate=2))

            async def resumed() -> bool:
                return again.done["drop and resume"] > 0

            await eventually(resumed)
            working.cancel()
            await asyncio.wait([working])
            assert again.failures == {}
            for old in (before, lost):
                assert "no longer kept" in await refused(restored, old)
            assert await restored.query("{ verifyInventory { field } }") == {"verifyInventory": []}


async def test_nothing_is_restored_over_what_is_there_nor_in_part(settings: Settings, tmp_path: Path) -> None:
    env = environment(settings, embedded=False)
    file = tmp_path / "backup.dump"
    assert (await backfill("backup", file, env=env)).code == 0
    again = await backfill("backup", file, env=env)
    assert (again.code, "exists already" in again.errors) == (2, True)

    over = await backfill("restore", file, env=env)
    assert (over.code, "has tables already" in over.errors) == (1, True)

    cut = tmp_path / "cut.dump"
    cut.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    (tmp_path / "cut.dump.sha256").write_text((tmp_path / "backup.dump.sha256").read_text())
    async with new_database(settings) as told:
        env = environment(told, embedded=False)
        ended = await backfill("restore", cut, env=env)
        assert (ended.code, "Nothing was restored" in ended.errors) == (1, True), ended.errors
        by_other_means = await backfill("restore", "--done", "--json", env=env)
        assert (by_other_means.code, by_other_means.output) == (1, "")
        assert "None of Backfill's tables" in json.loads(by_other_means.errors)["error"]["message"]
        assert (await backfill("restore", file, env=env)).code == 0, "the database is empty still"
        assert (await backfill("migrate", "--check", env=env)).code == 0


def test_a_checksum_that_was_not_written_whole_fits_no_backup(tmp_path: Path) -> None:
    file = tmp_path / "backup.dump"
    file.write_bytes(b"PGDMP")
    (tmp_path / "backup.dump.sha256").write_text("")
    with pytest.raises(DumpError, match="cut off, or changed"):
        load("postgresql://127.0.0.1/nothing", file, Programs())


_AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'backfill-backup' AND datname = $1"
_WAITS = f"{_AT_WORK} AND wait_event_type = 'Lock'"
_SLEEPS = f"{_AT_WORK} AND wait_event = 'PgSleep'"


async def stopped(*words: str | Path, env: Mapping[str, str], once: Callable[[], Awaitable[bool]]) -> int:
    """Send SIGTERM to a command as soon as it is that far: its code."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "cli.main", *words, env=env)
    try:
        await eventually(once)
        process.terminate()
        return await asyncio.wait_for(process.wait(), 60)
    finally:
        if process.returncode is None:
            process.kill()


async def test_a_backup_that_is_stopped_ends_at_once_and_leaves_nothing_behind(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    env = environment(settings, embedded=False)
    looker, blocker = await database.dedicated_connection(), await database.dedicated_connection()
    name = await looker.fetchval("SELECT current_database()")

    async def it_waits() -> bool:
        return bool(await looker.fetchval(_WAITS, name))

    async def nobody_is_at_work() -> bool:
        return not await looker.fetchval(_AT_WORK, name)

    try:
        async with blocker.transaction():
            # As long as a table is being changed, pg_dump waits.
            await blocker.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            code = await stopped("backup", tmp_path / "backup.dump", env=env, once=it_waits)
            await eventually(nobody_is_at_work)
        # pg_dump would give up by itself, too, after thirty seconds and as a failure.
        assert code == 128 + signal.SIGTERM
        assert os.listdir(tmp_path) == []
    finally:
        await looker.close()
        await blocker.close()


async def test_a_restore_that_is_stopped_ends_at_once_and_has_restored_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "backup.dump"
    assert (await backfill("backup", file, env=environment(settings, embedded=False))).code == 0
    async with new_database(settings) as told:
        sql = await asyncpg.connect(told.postgresql_url())
        name = await sql.fetchval("SELECT current_database()")
        await sql.execute(
            """
            CREATE FUNCTION dawdle() RETURNS event_trigger LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_sleep(600); END';
            CREATE EVENT TRIGGER dawdles ON ddl_command_start WHEN tag IN ('CREATE TABLE')
            EXECUTE FUNCTION dawdle();
            """
        )

        async def it_is_under_way() -> bool:
            return bool(await sql.fetchval(_SLEEPS, name))

        async def nobody_is_at_work() -> bool:
            return not await sql.fetchval(_AT_WORK, name)

        try:
            env = environment(told, embedded=False)
            code = await stopped("restore", file, env=env, once=it_is_under_way)
            assert code == 128 + signal.SIGTERM
            await eventually(nobody_is_at_work)
            tables = (
                "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            )
            assert await sql.fetchval(tables) == 0
        finally:
            await sql.close()


async def test_a_restore_goes_on_whatever_the_server_has_to_say(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backup.dump"
    assert (await backfill("backup", file, env=environment(settings, embedded=False))).code == 0
    async with new_database(settings) as told:
        sql = await asyncpg.connect(told.postgresql_url())
        # More than a pipe takes that nobody reads.
        await sql.execute(
            """
            CREATE FUNCTION chatter() RETURNS event_trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE WARNING '%', repeat('chatter ', 100000); END $$;
            CREATE EVENT TRIGGER chatters ON ddl_command_start WHEN tag IN ('CREATE TABLE')
            EXECUTE FUNCTION chatter();
            """
        )
        await sql.close()
        ended = await backfill("restore", file, env=environment(told, embedded=False))
        assert ended.code == 0, ended.errors[-500:]


async def test_the_embedded_database_is_backed_up_and_restored_alike(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "backup.dump"
    env = environment(settings.model_copy(update={"data_dir": settings.data_dir / "old"}), embedded=True)
    created = await backfill("client", "create", "--code", "ACME", "--name", "Acme", env=env)
    assert created.code == 0, created.errors
    nowhere = await backfill("backup", tmp_path / "not-there" / "backup.dump", "--json", env=env)
    assert (nowhere.code, json.loads(nowhere.errors)["error"]["code"]) == (1, "FAILED")
    backed_up = json.loads((await backfill("backup", file, "--json", env=env)).output)
    assert backed_up == {
        "file": str(file),
        "bytes": file.stat().st_size,
        "sha256": (tmp_path / "backup.dump.sha256").read_text().split()[0],
    }

    env = environment(settings.model_copy(update={"data_dir": settings.data_dir / "new"}), embedded=True)
    ended = await backfill("restore", file, "--json", env=env)
    assert (ended.code, json.loads(ended.output)) == (0, {"pending": []}), ended.errors
    # The first start of an empty database makes DEMO, whichever command it is.
    assert (await backfill("client", "list", env=env)).output == "ACME\tAcme\nDEMO\tDemo\n"
    assert (await backfill("restore", "--done", env=env)).code == 0
