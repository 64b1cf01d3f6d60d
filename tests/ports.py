"""Ports for servers that can't be given a listening socket."""

from __future__ import annotations

import socket
from pathlib import Path
from random import randrange

_LOWEST = 10_000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int) -> int:
    """The first of some ports in a row that nobody has just now.

    They are none of those that the system gives to whoever asks for any: until a server has them, which on a
    busy machine takes a while, and while it is restarted, nobody else gets them by chance.
    """
    below = int(_EPHEMERAL.read_text().split()[0]) if _EPHEMERAL.exists() else 32_768
    while True:
        first = randrange(_LOWEST, max(below, _LOWEST + 10_000) - count)  # noqa: S311 - not a secret
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
