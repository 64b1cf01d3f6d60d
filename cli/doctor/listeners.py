"""Who listens on a port, as Linux tells it; elsewhere nobody can say without the rights of root."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Listener:
    """A process that listens."""

    pid: int
    command: str

    @property
    def is_backfill(self) -> bool:
        """Whether it is this program."""
        return any(name in self.command for name in ("backfill", "cli.main"))


def listener_on(port: int) -> Listener | None:
    """The process that listens on the port, if it is one that we may look at."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not sockets:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        # Processes end while we look, and those of others don't tell.
        with suppress(OSError):
            if any(os.readlink(descriptor) in sockets for descriptor in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
                return Listener(int(process.name), " ".join(words).strip()[:200])
    return None


def _inodes(port: int) -> set[str]:
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(fields[9])
    return found
