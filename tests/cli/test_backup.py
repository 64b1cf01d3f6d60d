"""A backup of a program at work, and what is there again after it was restored."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cli.graphql_socket import AnsweredWithErrorsError, GraphQLSocket
from domain.settings import Settings
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
            async with asyncio.timeout(10):
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
        loading = asyncio.create_task(load.go_on(seconds=60, rate=2))
        await eventually(lambda: at_least(served, 20))
        before = await cursor(served)
        ended = await backfill("backup", file, env=env)
        assert ended.code == 0, ended.errors
        backed_up = await orders_of(served)
        await eventually(lambda: at_least(served, backed_up + 20))
        loading.cancel()
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
            working = asyncio.create_task(again.go_on(seconds=60, rate=2))

            async def resumed() -> bool:
                return again.done["drop and resume"] > 0

            await eventually(resumed)
            working.cancel()
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
