"""PostgreSQL and Redis as the program's users run them: processes of their own, reached over TCP."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from cli.embedded.folders import Account, server_account
from cli.embedded.postgres import postgres_programs
from cli.embedded.redis import redis_program
from tests.faults.driver.victims import Victim, spawned_as

DATABASE = "backfill"

_SETTINGS = {
    "max_connections": "120",
    "shared_buffers": "64MB",
    # The machine itself doesn't crash: what a killed server has written the kernel still has.
    "fsync": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "unix_socket_directories": "",
    "jit": "off",
}
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--auth=trust", "--no-sync")
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH", "")}


class PostgresCluster:
    """A cluster of the packaged PostgreSQL in a folder; `address` is where its server will listen."""

    def __init__(self, folder: Path, *, name: str, address: tuple[str, int]) -> None:
        self._account: Account = server_account()
        self._folder = folder
        self.name = name
        self.data = folder / name
        self.address = address
        self.programs = postgres_programs(folder, self._account)

    @property
    def url(self) -> str:
        """The database as BACKFILL_DATABASE_URL would name it, without anything between."""
        host, port = self.address
        return f"postgresql://postgres@{host}:{port}/{DATABASE}"

    def empty(self) -> None:
        """Have an empty folder for the cluster."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        self._account.give(self.data)

    def create(self) -> None:
        """Make the cluster with an empty database."""
        self.empty()
        self.call("initdb", "-D", str(self.data), "--username=postgres", "--encoding=UTF8", *_LOCALE)
        self.call(
            *("postgres", "--single", "-D", str(self.data), "postgres"),
            given=f"CREATE DATABASE {DATABASE};\n",
        )
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 0.0.0.0/0 trust\nhost replication all 0.0.0.0/0 trust\n")

    def call(self, program: str, *words: str, given: str | None = None, place: Sequence[str] = ()) -> None:
        """Run one of PostgreSQL's programs to its end. Raises CalledProcessError."""
        subprocess.run(
            [*self._words(place), str(self.programs / program), *words],
            input=given,
            text=True,
            env=_ENVIRONMENT,
            **spawned_as(Account() if place else self._account),
            check=True,
            capture_output=True,
        )

    def server(self, *, place: Sequence[str] = (), **more: str) -> Victim:
        """The cluster's server, not started yet; `more` are settings of PostgreSQL."""
        host, port = self.address
        told = {**_SETTINGS, "listen_addresses": host, "port": str(port), **more}
        options = (word for name, value in told.items() for word in ("-c", f"{name}={value}"))
        return Victim(
            self.name,
            kind="PostgreSQL",
            words=[*self._words(place), str(self.programs / "postgres"), "-D", str(self.data), *options],
            env=_ENVIRONMENT,
            log=self._folder / f"{self.name}.log",
            ready=self._answers,
            account=Account() if place else self._account,
            # A killed child of a server that recovers from the kill before is its end.
            may_end_after="aborting startup due to startup process failure",
        )

    def _words(self, place: Sequence[str]) -> list[str]:
        """What brings a program to a place: that takes root, which PostgreSQL refuses to be."""
        if not place:
            return []
        uid, gid = self._account.uid, self._account.gid
        return [*place, "setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]

    async def _answers(self) -> bool:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection = await asyncpg.connect(self.url, timeout=2)
            await connection.close(timeout=2)
            return True
        return False


class RedisServer:
    """A Redis in a folder; `disk_full` and `memory_full` make it refuse whatever writes."""

    def __init__(self, folder: Path, *, address: tuple[str, int]) -> None:
        self._folder = folder / "redis"
        self._folder.mkdir()
        self.address = address
        self._log = folder / "redis.log"

    def server(self, *, place: Sequence[str] = ()) -> Victim:
        """The server, not started yet. Raises LookupError when none is installed."""
        program = redis_program()
        if program is None:
            raise LookupError("no redis-server or valkey-server is on the PATH")
        host, port = self.address
        options = {
            "bind": host,
            "port": str(port),
            "save": "",
            "appendonly": "no",
            "protected-mode": "no",
            "dir": str(self._folder),
        }
        return Victim(
            "redis",
            kind="Redis",
            words=[
                *place,
                program,
                *(word for name, value in options.items() for word in (f"--{name}", value)),
            ],
            env=_ENVIRONMENT,
            log=self._log,
            ready=self._answers,
        )

    async def memory_full(self, for_seconds: float) -> None:
        """Let it have no memory for what is written, for a while (OOM)."""
        await self._tell(("CONFIG", "SET", "maxmemory", "1"))
        try:
            await asyncio.sleep(for_seconds)
        finally:
            await self._tell(("CONFIG", "SET", "maxmemory", "0"))

    async def disk_full(self, for_seconds: float) -> None:
        """Let it not save what it has, as on a full disk: it refuses whatever writes (MISCONF)."""
        # A file can't replace a folder, so saving fails at its very end, whoever we are.
        (self._folder / "dump.rdb" / "in-the-way").mkdir(parents=True, exist_ok=True)
        await self._tell(("CONFIG", "SET", "save", "3600 1000000"), ("BGSAVE",))
        try:
            await asyncio.sleep(for_seconds)
        finally:
            await self._tell(("CONFIG", "SET", "save", ""))
            shutil.rmtree(self._folder / "dump.rdb", ignore_errors=True)

    async def forget(self) -> None:
        """Remove everything it holds."""
        await self._tell(("FLUSHALL",))

    async def _tell(self, *commands: tuple[str, ...]) -> None:
        host, port = self.address
        with suppress(RedisError, OSError):
            async with Redis(host=host, port=port, socket_timeout=2, socket_connect_timeout=2) as redis:
                for command in commands:
                    await redis.execute_command(*command)  # type: ignore[no-untyped-call]

    async def _answers(self) -> bool:
        host, port = self.address
        with suppress(RedisError, OSError):
            async with Redis(host=host, port=port, socket_timeout=2, socket_connect_timeout=2) as redis:
                return bool(await redis.ping())
        return False
