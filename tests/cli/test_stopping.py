"""Ctrl-C and SIGTERM, once and more than once: everything ends in good order, and nobody sees a traceback."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from domain.settings import Settings
from domain.store.database import Database
from tests.cli.running import Served, environment, serving
from tests.machine import needs_shared_redis
from tests.waiting import eventually, until

pytestmark = pytest.mark.anyio

PATIENTLY = {"BACKFILL_SHUTDOWN_SECONDS": "600"}
"""Whoever is not in a hurry waits for longer than any test."""

STOPPED_AT_ITS_BEGINNING = """
import asyncio, os, signal, uvloop
from cli.signals import StoppedError, unless_stopped

async def work():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)
    finally:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.1)
        print("cleaned up")

try:
    uvloop.run(unless_stopped(work()))
except StoppedError as stopped:
    os.kill(os.getpid(), signal.SIGINT)
    print(stopped.code)
"""

INTERRUPTED_WHILE_IMPORTED = """
import cli.main

def import_module(name):
    raise KeyboardInterrupt

cli.main.import_module = import_module
cli.main.app()
"""


@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["serve", "demo"])
async def test_who_is_impatient_leaves_no_server_behind_and_sees_no_traceback(
    settings: Settings, command: str, what: signal.Signals
) -> None:
    env = environment(settings, embedded=True)
    async with running(command, "--port", "0", env=env) as process:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if b"http://" in line:
                break
        # As a terminal does: the whole group is told.
        for _ in range(4):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, what)
            await asyncio.sleep(0.1)
        said = (await process.stdout.read()).decode()
        await process.wait()

    assert process.returncode in (0, 128 + what)
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said
    assert [one for one in _command_lines() if str(settings.data_dir) in one] == []


async def test_a_second_signal_waits_no_longer_for_what_is_under_way(settings: Settings) -> None:
    async with serving("--no-worker", env=environment(settings, embedded=False) | PATIENTLY) as served:
        _, writer = await asyncio.open_connection(served.api.base_url.host, served.api.base_url.port)
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n")
        writer.write(f"Authorization: {served.api.headers['Authorization']}\r\n".encode())
        writer.write(b"Content-Length: 100\r\n\r\n{")
        await writer.drain()

        await _told_twice(served)

        writer.close()
    assert served.process.returncode == 0
    assert not any("Traceback" in line for line in served.logged)


@needs_shared_redis
async def test_a_second_signal_waits_no_longer_for_a_worker(settings: Settings) -> None:
    async with serving(env=environment(settings, embedded=False) | PATIENTLY) as served:
        await until(lambda: len(_workers_of(served)) == 1)
        (worker,) = _workers_of(served)
        worker.suspend()

        await _told_twice(served)

    assert served.process.returncode == 0
    assert any("process_killed" in line for line in served.logged)
    assert not worker.is_running()


@pytest.mark.parametrize("command", ["worker", "serve"])
async def test_a_second_signal_waits_no_longer_for_a_job(
    settings: Settings, database: Database, tmp_path: Path, command: str
) -> None:
    # Without a Redis server on the PATH, `serve` works in its own process.
    env = environment(settings, embedded=False, path=str(tmp_path)) | PATIENTLY
    if command == "serve":
        env.pop("BACKFILL_REDIS_URL", None)
    async with running(*([command] if command == "worker" else [command, "--port", "0"]), env=env) as process:
        assert process.stdout is not None
        while b"worker.started" not in (line := await process.stdout.readline()):
            assert line
        async with database.transaction_across_clients() as transaction:
            await transaction.sql.execute("LOCK TABLE processor_schedules IN ACCESS EXCLUSIVE MODE")

            async def is_at_work() -> bool:
                waiting = """
                    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
                    WHERE NOT granted AND relation = 'processor_schedules'::regclass
                """
                # Also beside the API work has connections of its own, with limits of its own.
                return bool(await transaction.sql.fetchval(waiting) == "backfill-worker")

            await eventually(is_at_work)
            process.send_signal(signal.SIGINT)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(process.wait(), 1)
            process.send_signal(signal.SIGINT)
            said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert b"Traceback" not in said


async def test_signals_before_the_work_has_its_own_way_to_end_cancel_it_once() -> None:
    async with running(code=STOPPED_AT_ITS_BEGINNING) as process:
        said, _ = await process.communicate()

    assert said.decode().split("\n") == ["cleaned up", "143", ""]


async def test_ctrl_c_ends_watching_and_so_does_sigterm() -> None:
    for what in (signal.SIGINT, signal.SIGTERM):
        told = {**os.environ, "BACKFILL_TOKEN": "x"}
        async with running("watch", "--url", "http://127.0.0.1:1", env=told) as process:
            assert process.stdout is not None
            assert b"No connection" in await process.stdout.readline()
            process.send_signal(what)
            said = await process.stdout.read()
            await process.wait()

        assert (process.returncode, said) == (128 + what, b"")


async def test_ctrl_c_while_a_command_is_imported_ends_it_without_a_word() -> None:
    async with running("demo", code=INTERRUPTED_WHILE_IMPORTED) as process:
        said, _ = await process.communicate()

    assert (process.returncode, said) == (130, b"")


async def _told_twice(served: Served) -> None:
    """Tell it to stop, and when it has begun to, again."""
    served.process.send_signal(signal.SIGINT)

    async def stops() -> bool:
        return any("Shutting down" in line for line in served.logged)

    await eventually(stops)
    served.process.send_signal(signal.SIGINT)
    await asyncio.wait_for(served.process.wait(), 120)


def _workers_of(served: Served) -> list[psutil.Process]:
    return [one for one in psutil.Process(served.process.pid).children() if "worker" in one.cmdline()]


def _command_lines() -> list[str]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            found.append(" ".join(process.cmdline()))
    return found


@asynccontextmanager
async def running(
    *words: str, env: Mapping[str, str] | None = None, code: str | None = None
) -> AsyncIterator[Process]:
    """`backfill WORDS`, or other code with the words, in a group of its own, killed after the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *(("-c", code) if code else ("-m", "cli.main")), *words),
        env=env,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(300):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
