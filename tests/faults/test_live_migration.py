"""The next version comes to a live system: the last release works while its tables are migrated, and after.

The last release is the commit in `released_commit`, which `make released` writes; its code is taken from the
repository and run as it was.

PostgreSQL refuses a statement that a connection has prepared when its columns have changed since. The release
before this one does not try such a transaction again, as this one does: what it tells of that, and of nothing
else, is expected of it. With the next release `_UNTRIED` goes.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from domain.settings import Settings
from tests.cli.running import Served, backfill, environment, serving
from tests.machine import needs_shared_redis
from tests.new_database import new_database
from tests.soak.load import Load
from tests.waiting import eventually

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RELEASED = (HERE / "released_commit").read_text().strip()
# A shallow clone, or an archive, has no commit but its own, and the last release's code is nowhere else:
# without it there is nothing to migrate from. A whole clone has it, and runs the test.
_THERE = subprocess.run(["git", "cat-file", "-e", RELEASED], cwd=ROOT, check=False).returncode == 0  # noqa: S607

_UNTRIED = "InvalidCachedStatementError"

_LONGEST_WAIT = """
SELECT extract(epoch FROM clock_timestamp() - waiting.state_change)::float8,
       format('%s: %s waits for %s: %s', waiting.application_name, waiting.query,
              migrating.wait_event, migrating.query)
FROM pg_stat_activity AS waiting
JOIN pg_stat_activity AS migrating ON migrating.pid = ANY(pg_blocking_pids(waiting.pid))
WHERE migrating.application_name = 'backfill-migrate' AND waiting.application_name <> 'backfill-migrate'
ORDER BY 1 DESC LIMIT 1
"""


@pytest.fixture
def release() -> Iterator[Path]:
    """The code of the last release."""
    with tempfile.TemporaryDirectory(prefix="backfill-release-") as folder:
        archive = subprocess.run(
            ["git", "archive", RELEASED, "api", "cli", "domain", "jobs"],  # noqa: S607
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)  # noqa: S607
        yield Path(folder)


@pytest.fixture
async def told(settings: Settings) -> AsyncIterator[Settings]:
    """Settings of a program on a database without a table."""
    async with new_database(settings) as told:
        yield told


async def longest_wait(url: str, until: asyncio.Event) -> tuple[float, str]:
    """The seconds anybody waited for what a migration had locked, or was about to; and who for what."""
    connection = await asyncpg.connect(url)
    longest = (0.0, "nobody waited")
    try:
        while not until.is_set():
            if waiting := await connection.fetchrow(_LONGEST_WAIT):
                longest = max(longest, tuple(waiting))
            await asyncio.sleep(0.02)
    finally:
        await connection.close()
    return longest


async def _knows_its_token(served: Served) -> bool:
    answer = await served.api.post("/graphql", json={"query": "{ __typename }"})
    return answer.status_code == httpx.codes.OK


async def wrong_counts(url: str) -> int:
    """How many counts of the dashboard are not those of its orders; the last release knows nothing of any."""
    connection = await asyncpg.connect(url)
    try:
        wrong: int = await connection.fetchval("SELECT recount_backlog_orders()")
        return wrong
    finally:
        await connection.close()


@needs_shared_redis
@pytest.mark.skipif(not _THERE, reason=f"the clone lacks the last release, commit {RELEASED}")
async def test_the_last_release_works_on_while_its_tables_are_migrated_and_beside_the_next_version(
    told: Settings, release: Path
) -> None:
    env = environment(told, embedded=False)
    created = await backfill("migrate", env=env, code=release)
    assert created.code == 0, created.errors
    pending = (await backfill("migrate", "--check", env=env)).output.split()
    assert pending, "there is nothing to migrate"

    async with serving(env=env, code=release) as old:
        assert any(
            "lacks migrations" in line
            for line in (await backfill("client", "list", env=env)).errors.splitlines()
        )
        # The last release said that it is ready before its first token was known.
        await eventually(lambda: _knows_its_token(old))
        load = Load(old, seed=1)
        await load.set_up()
        loading = asyncio.create_task(load.go_on(seconds=16, rate=2))
        await asyncio.sleep(4)
        migrated = asyncio.Event()
        watching = asyncio.create_task(longest_wait(told.postgresql_url(), migrated))
        ended = await backfill("migrate", env=env)
        migrated.set()
        assert (ended.code, ended.output.split()) == (0, pending), ended.errors
        waited, of_whom = await watching
        assert waited < told.lock_seconds, of_whom
        assert (await old.api.get("/readyz")).status_code == 200, (
            "a newer schema is current for an older program"
        )

        async with serving("--no-worker", env=env) as new:
            other = Load(new, seed=2)
            await other.set_up()
            await other.go_on(seconds=5, rate=2)
            await loading
            drift = await new.query("{ verifyInventory { field } }")
        assert (other.failures, drift) == ({}, {"verifyInventory": []})
        assert load.failures.total() <= sum(_UNTRIED in line for line in old.logged), load.failures
        assert await wrong_counts(told.postgresql_url()) == 0
        assert load.done["orders"] > 50
        assert other.done["orders"] > 10
    told_of = [line for line in old.logged if _UNTRIED not in line] + new.logged
    assert [line for line in told_of if "Traceback" in line] == []
