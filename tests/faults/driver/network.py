"""Hosts on one machine: network namespaces on a bridge, each with an address, which can be cut off."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

_SUBNET = "10.213.77"
_FIRST_ADDRESS = 11


class NoHostsError(Exception):
    """This machine can't have hosts; the message says what they take."""


@dataclass(eq=False)
class Host:
    """A host: processes started with `place` before their words run on it, and it is found at `address`."""

    name: str
    address: str
    place: Sequence[str]
    port: str
    faults: Counter[str] = field(default_factory=Counter)
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def cut_off(self, for_seconds: float) -> None:
        """Take its cable out for a while: what is sent either way is lost, and nobody is told."""
        self.faults["hosts cut off"] += 1
        self.unplug()
        try:
            await asyncio.sleep(for_seconds)
        finally:
            self.plug_in()

    def unplug(self) -> None:
        """Take its cable out."""
        _ip("link", "set", self.port, "down")

    def plug_in(self) -> None:
        """Put its cable back."""
        _ip("link", "set", self.port, "up")

    def isolate(self, *, isolated: bool) -> None:
        """Have it reach only hosts that are not isolated themselves, or everybody again."""
        _ip("link", "set", self.port, "type", "bridge_slave", "isolated", "on" if isolated else "off")


async def parted(one: Host, other: Host, for_seconds: float) -> None:
    """Let two hosts not reach each other for a while, though everybody else reaches both."""
    one.faults["partitions"] += 1
    for host in (one, other):
        host.isolate(isolated=True)
    try:
        await asyncio.sleep(for_seconds)
    finally:
        for host in (one, other):
            host.isolate(isolated=False)


@contextmanager
def hosts(names: Sequence[str]) -> Iterator[dict[str, Host]]:
    """Hosts of these names for the time of the block. Raises NoHostsError."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        raise NoHostsError("hosts of their own are network namespaces: that takes root and iproute2")
    prefix = f"bf{os.getpid()}"
    bridge = f"{prefix}br"
    made: dict[str, Host] = {}
    try:
        _ip("link", "add", bridge, "type", "bridge")
        _ip("address", "add", f"{_SUBNET}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for number, name in enumerate(names, start=_FIRST_ADDRESS):
            space, port = f"{prefix}-{name}", f"{prefix}v{number}"
            host = Host(name, f"{_SUBNET}.{number}", ["ip", "netns", "exec", space], port)
            _ip("netns", "add", space)
            made[name] = host
            _ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", port, "master", bridge, "up")
            _ip("-n", space, "address", "add", f"{host.address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _ip("-n", space, "link", "set", device, "up")
        yield made
    finally:
        for name in made:
            # Its end of the cable goes with it, and the other one too.
            _ip("netns", "delete", f"{prefix}-{name}")
        subprocess.run(["ip", "link", "delete", bridge], check=False, capture_output=True)  # noqa: S607


def _ip(*words: str) -> None:
    try:
        subprocess.run(["ip", *words], check=True, capture_output=True, text=True)  # noqa: S607
    except subprocess.CalledProcessError as error:
        raise NoHostsError(f"ip {' '.join(words)} failed: {error.stderr.strip()}") from error
