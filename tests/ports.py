"""Ports for servers that can't be given a listening socket."""

from __future__ import annotations

import socket


def free_ports(count: int) -> int:
    """The first of some ports in a row that nobody has just now."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            first: int = probe.getsockname()[1]
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
