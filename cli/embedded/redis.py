"""A private Redis on a unix socket, from a `redis-server` or `valkey-server` on the PATH."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from cli.embedded.errors import EmbeddedServerError

_PATIENCE_SECONDS = 10.0


def redis_program() -> str | None:
    """The Redis server installed on this machine, or None."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


class EmbeddedRedis:
    """The Redis server of one data directory. It persists nothing: PostgreSQL is the only truth."""

    def __init__(self, *, data_dir: Path, sockets: Path) -> None:
        self._socket = sockets / "redis.sock"
        self._log = data_dir / "redis.log"

    @property
    def url(self) -> str:
        """Where the server is, as BACKFILL_REDIS_URL would name it."""
        return f"unix://{self._socket}"

    def start(self, program: str) -> None:
        """Start `program` unless the server answers. Raises EmbeddedServerError with the end of its log."""
        if self.answers():
            return
        # A socket left by a killed server would keep the new one from listening.
        self._socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            # In a session of its own: Ctrl-C in the terminal must not reach it before we are done with it.
            "daemonize": "yes",
            "pidfile": "",
            "logfile": str(self._log),
            "dir": str(self._log.parent),
        }
        command = [program, *(word for name, value in options.items() for word in (f"--{name}", value))]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while not self.answers():
            if result.returncode != 0 or time.monotonic() > give_up_at:
                last_words = self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
                raise EmbeddedServerError(
                    f"{program} did not start. Set BACKFILL_REDIS_URL to another Redis, "
                    f"or see {self._log}:\n{last_words}"
                )
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server, if it runs."""
        # It closes the connection instead of answering.
        self._answer_to(b"SHUTDOWN NOSAVE")

    def answers(self) -> bool:
        """Whether a server is there."""
        return self._answer_to(b"PING") != b""

    def _answer_to(self, command: bytes) -> bytes:
        """How the server's answer begins; nothing when none is there.

        By hand: importing the client would hold up every command that embeds a server.
        """
        with socket.socket(socket.AF_UNIX) as server:
            try:
                server.connect(str(self._socket))
                server.sendall(command + b"\r\n")
                return server.recv(1024)
            except OSError:
                return b""
