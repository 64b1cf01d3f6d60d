"""PostgreSQL's own programs that write and read backups, from the package that the embedded server is in."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from cli.embedded.postgres import client_programs
from domain.store.connecting import addresses

Result = TypeVar("Result")

_AT_ONCE = 1_048_576
_PREAMBLE = 65_536
# A setting that servers before 17 don't know, and that is the default of those that do.
_NEW_SETTING = b"SET transaction_timeout = 0;\n"


class DumpError(Exception):
    """A program of PostgreSQL could not do its work; the message is its own."""


class Programs:
    """Programs at work in a thread, which another one may end, all at once and for good."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started: list[subprocess.Popen[bytes]] = []
        self._ended = False

    def start(
        self,
        name: str,
        *arguments: str,
        stdin: int = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] = subprocess.PIPE,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start one of PostgreSQL's programs. Raises DumpError when they were ended."""
        words = [str(client_programs() / name), *arguments]
        with self._lock:
            self.go_on()
            program = subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=stderr, env=env)
            self._started.append(program)
        return program

    def go_on(self) -> None:
        """Raise DumpError when they were ended."""
        if self._ended:
            raise DumpError("it was stopped")

    def end(self) -> None:
        """End them as Ctrl-C does: they have the server end what it does for them, too."""
        with self._lock:
            self._ended = True
            for program in self._started:
                program.send_signal(signal.SIGINT)


async def unless_cancelled(work: Callable[[Programs], Result]) -> Result:
    """Do it in a thread; when this is cancelled, the programs end first, and what they left is tidied up."""
    programs = Programs()
    thread = asyncio.ensure_future(asyncio.to_thread(work, programs))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        programs.end()
        await asyncio.gather(thread, return_exceptions=True)
        raise


def dump(url: str, file: Path, programs: Programs) -> str:
    """Write everything in the database, as of this moment, to `file`; it is there only when it is whole.

    Beside it goes its SHA-256, as sha256sum reads it; that is the answer, too. Nobody is kept waiting but who
    changes tables. Raises DumpError, and OSError when the file can't be written.
    """
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        with unfinished.open("wb") as target:
            with programs.start(
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--lock-wait-timeout=30s",
                stdout=target,
                env=_environment(url),
            ) as dumping:
                _, said = dumping.communicate()
            if dumping.returncode != 0:
                raise DumpError(_last_words(said))
            os.fsync(target.fileno())
        checksum = _sha256(unfinished, programs)
        _checksum_of(file).write_text(f"{checksum}  {file.name}\n")
        unfinished.rename(file)
        return checksum
    finally:
        unfinished.unlink(missing_ok=True)


def load(url: str, file: Path, programs: Programs) -> None:
    """Load a backup into an empty database, in one transaction: whole, or not at all.

    pg_restore takes a file that was cut off for whole where the end has no rows, so the checksum is compared
    when there is one. Raises DumpError.
    """
    checksum = _checksum_of(file)
    if checksum.exists() and checksum.read_text().split()[:1] != [_sha256(file, programs)]:
        raise DumpError(f"{file} is not what {checksum.name} says: it was cut off, or changed")
    with (
        # Files, for nobody reads what they say before they have ended, and a pipe that is full stops them.
        TemporaryFile() as said_of_file,
        TemporaryFile() as said_of_database,
        programs.start(
            "pg_restore",
            "--no-owner",
            "--file=-",
            str(file),
            stdout=subprocess.PIPE,
            stderr=said_of_file,
        ) as reading,
        programs.start(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--output=/dev/null",
            stdin=subprocess.PIPE,
            stderr=said_of_database,
            env=_environment(url),
        ) as loading,
    ):
        try:
            _pass_on(_pipe(reading.stdout), _pipe(loading.stdin), reading)
        except BrokenPipeError:
            reading.kill()
        for program, said in ((loading, said_of_database), (reading, said_of_file)):
            if program.wait() != 0:
                said.seek(0)
                raise DumpError(_last_words(said.read()))


def _checksum_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _sha256(file: Path, programs: Programs) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while part := content.read(_AT_ONCE):
            programs.go_on()
            digest.update(part)
    return digest.hexdigest()


def _pass_on(script: IO[bytes], loader: IO[bytes], reading: subprocess.Popen[bytes]) -> None:
    """The script, in a transaction that is committed only when all of it has come."""
    with loader:
        loader.write(b"BEGIN;\n")
        loader.write(script.read(_PREAMBLE).replace(_NEW_SETTING, b"", 1))
        shutil.copyfileobj(script, loader)
        if reading.wait() == 0:
            loader.write(b"\nCOMMIT;\n")


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise DumpError("a program was started without its pipes")
    return stream


def _environment(url: str) -> Mapping[str, str]:
    """Where the database is, as libpq reads it: a password in the command line would be seen by everybody."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    hosts = addresses(parts, query)
    told = {
        "PGHOST": ",".join(host for host, _ in hosts),
        "PGPORT": ",".join(str(port) for _, port in hosts),
        "PGUSER": unquote(parts.username or query.get("user", "postgres")),
        "PGPASSWORD": unquote(parts.password) if parts.password else "",
        "PGDATABASE": unquote(parts.path.lstrip("/")) or "postgres",
        "PGSSLMODE": query.get("ssl", "prefer"),
        "PGAPPNAME": "backfill-backup",
        "PGCONNECT_TIMEOUT": "10",
        "PGTARGETSESSIONATTRS": "read-write" if len(hosts) > 1 else "any",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {name: value for name, value in told.items() if value}


def _last_words(said: bytes) -> str:
    return said.decode(errors="replace").strip()[-2000:] or "it said nothing"
