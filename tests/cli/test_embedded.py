"""The embedded servers: started once, shared, stopped by the last, and picked up again after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest
from pydantic import SecretStr

from cli.embedded.errors import EmbeddedServerError
from cli.embedded.servers import databases, running_redis
from domain.settings import Settings

# Another terminal: uses the servers of the folder it is given until its input ends.
OTHER_TERMINAL = """
import sys
from pathlib import Path
from cli.embedded.servers import databases
from domain.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]), database_url=None, redis_url=None)
with databases(settings, redis=True, durable=False) as found:
    print(found.postgresql_url(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="backfill-embedded-") as name:
        yield Path(name)


def test_to_ask_whether_redis_runs_makes_nothing(tmp_path: Path) -> None:
    assert running_redis(tmp_path / "new") is None
    assert not list(tmp_path.iterdir())


def test_where_redis_is_inside_a_second_process_is_refused_and_told_what_it_takes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    elsewhere = SecretStr("postgresql://127.0.0.1:1/backfill")
    told = Settings(data_dir=folder, database_url=elsewhere, redis_url=None)
    with (
        databases(told, redis=True, durable=False),
        pytest.raises(EmbeddedServerError, match="set BACKFILL_REDIS_URL for every process"),
        databases(told, redis=True, durable=False),
    ):
        pass


def alone(folder: Path) -> Settings:
    """Settings that name no server, whatever the environment of the tests names."""
    return Settings(data_dir=folder, database_url=None, redis_url=None, bootstrap_token=None)


def servers_of(folder: Path) -> list[str]:
    """The names of the server programs that work in `folder`."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if process.info["name"] in ("postgres", "redis-server", "valkey-server") and str(folder) in words:
            found.append(process.info["name"])
    return found


def open_terminal(folder: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKFILL_")}
    terminal = subprocess.Popen(
        [sys.executable, "-c", OTHER_TERMINAL, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert terminal.stdout is not None
    assert terminal.stdout.readline().startswith("postgresql://")
    return terminal


async def fetch(settings: Settings, query: str) -> object:
    connection = await asyncpg.connect(settings.postgresql_url())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_what_was_written_is_there_at_the_next_start(folder: Path) -> None:
    with databases(alone(folder), redis=False) as settings:
        assert await fetch(settings, "SELECT current_database()") == "backfill"
        await fetch(settings, "CREATE TABLE kept AS SELECT 7 AS number")
    assert servers_of(folder) == []
    with databases(alone(folder), redis=False) as settings:
        assert await fetch(settings, "SELECT number FROM kept") == 7


async def test_a_second_terminal_uses_the_running_servers_and_the_last_one_out_stops_them(
    folder: Path,
) -> None:
    with databases(alone(folder), redis=False, durable=False) as settings:
        running = servers_of(folder)
        terminal = open_terminal(folder)
        assert servers_of(folder).count("postgres") == running.count("postgres")
    # We have left; the other terminal still works on it.
    assert await fetch(settings, "SELECT 1") == 1
    terminal.communicate(timeout=120)
    assert servers_of(folder) == []


async def test_servers_left_by_a_killed_program_are_used_and_then_stopped(folder: Path) -> None:
    terminal = open_terminal(folder)
    terminal.send_signal(signal.SIGKILL)
    terminal.communicate(timeout=120)
    assert "postgres" in servers_of(folder)
    with databases(alone(folder), redis=True, durable=False) as settings:
        assert await fetch(settings, "SELECT 1") == 1
    assert servers_of(folder) == []


async def test_a_killed_postgresql_recovers_at_the_next_start(folder: Path) -> None:
    with databases(alone(folder), redis=False) as settings:
        await fetch(settings, "CREATE TABLE kept AS SELECT 7 AS number")
        pid = int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        server = psutil.Process(pid)
        for process in [server, *server.children()]:
            # The others end by themselves when they find the first gone.
            with suppress(psutil.NoSuchProcess):
                process.kill()
        server.wait(120)
    with databases(alone(folder), redis=False) as settings:
        assert await fetch(settings, "SELECT number FROM kept") == 7


def test_an_interrupted_first_start_leaves_nothing_half_made(folder: Path) -> None:
    (folder / "postgres.making").mkdir()
    (folder / "postgres.making" / "PG_VERSION").write_text("18\n")
    with databases(alone(folder), redis=False, durable=False):
        assert (folder / "postgres" / "postmaster.pid").exists()


def test_no_other_user_can_reach_the_socket(folder: Path) -> None:
    with databases(alone(folder), redis=True, durable=False):
        assert (folder / "run").stat().st_mode & 0o077 == 0
        assert (folder / "postgres").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", [f"{'a' * 60}/{'b' * 60}", "a&b,c %20?d#e+f", "o'neill", "größe 1"])
async def test_a_data_folder_may_be_long_and_have_any_name(folder: Path, name: str) -> None:
    with databases(alone(folder / name), redis=True, durable=False) as settings:
        assert await fetch(settings, "SELECT 1") == 1


def test_a_database_with_a_url_is_never_embedded(folder: Path) -> None:
    told = alone(folder).model_copy(update={"database_url": "set", "redis_url": "set"})
    with databases(told, redis=True) as settings:
        assert settings is told
    assert list(folder.iterdir()) == []


def test_without_a_redis_server_only_one_process_can_have_redis(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    with databases(alone(folder), redis=True, durable=False) as settings:
        assert settings.redis_url is None
        with (
            pytest.raises(EmbeddedServerError, match="BACKFILL_REDIS_URL"),
            databases(alone(folder), redis=True, durable=False),
        ):
            pass
        with databases(alone(folder), redis=False, durable=False) as loading:
            assert loading.postgresql_url() == settings.postgresql_url()


def test_data_of_another_postgresql_is_refused_with_what_to_do(folder: Path) -> None:
    with databases(alone(folder), redis=False, durable=False):
        pass
    (folder / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match="PostgreSQL 17"), databases(alone(folder), redis=False):
        pass
