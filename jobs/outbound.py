"""Requests to addresses that a client has set, asked from within our network.

So an address must be https and lead to a public host, unless the operator trusts the host. The very IP
address that was checked is the one connected to, whatever its name means a moment later; nothing is
redirected, and no answer is read any further than it was asked for.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import httpx

_CONNECT_SECONDS = 5.0

# What carries an IPv4 address inside: a translating network would take us there.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefusedError(Exception):
    """An address leads nowhere, or where no client may send us; the text is for people."""


class OutboundHttp:
    """Makes connections; `trusted_hosts` may be private, and http."""

    def __init__(self, *, trusted_hosts: Collection[str] = ()) -> None:
        self._trusted_hosts = frozenset(trusted_hosts)
        # The certificates are read once; clients are not shared, because a pooled connection to an address
        # could have been opened for another host there.
        self._tls = httpx.create_ssl_context(trust_env=False)

    @asynccontextmanager
    async def destination(self, address: str, *, seconds: float) -> AsyncIterator[Destination]:
        """The host of the address, for some requests; each may take so many seconds.

        Raises AddressRefusedError.
        """
        try:
            url = httpx.URL(address)
            target = url.copy_with(host=await self._checked_address(url))
        except (OSError, UnicodeError, httpx.InvalidURL):
            # A name may be none that a host can have: a part of it too long, or empty.
            raise AddressRefusedError("Its host could not be found.") from None
        async with httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
            trust_env=False,
            verify=self._tls,
        ) as client:
            yield Destination(client, url=url, target=target, seconds=seconds)

    async def _checked_address(self, url: httpx.URL) -> str:
        """The IP address to connect to. Raises AddressRefusedError; OSError or UnicodeError for no host."""
        trusted = url.host in self._trusted_hosts
        if url.scheme != "https" and not trusted:
            raise AddressRefusedError("Its address is not https; the operator may make an exception.")
        async with asyncio.timeout(_CONNECT_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(
                url.host, url.port or 443, type=socket.SOCK_STREAM
            )
        addresses = [str(entry[4][0]) for entry in found]
        if not trusted and not all(is_public(address) for address in addresses):
            raise AddressRefusedError("Its host is not a public one; the operator may make an exception.")
        return addresses[0]


class Destination:
    """An address that was checked, with connections to nothing else."""

    def __init__(
        self, client: httpx.AsyncClient, *, url: httpx.URL, target: httpx.URL, seconds: float
    ) -> None:
        self._client = client
        self._url = url
        self._target = target
        self._seconds = seconds

    @asynccontextmanager
    async def post(self, body: bytes, *, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """The answer, of which nothing but the head has been read.

        Raises TimeoutError when all of it, with what is read of it, takes too long, and httpx.HTTPError.
        """
        told = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Host": self._url.netloc.decode(),
            **headers,
        }
        extensions = {"sni_hostname": self._url.host}
        async with (
            asyncio.timeout(self._seconds),
            self._client.stream(
                "POST", self._target, content=body, headers=told, extensions=extensions
            ) as response,
        ):
            yield response


def is_public(address: str) -> bool:
    """Whether the IP address belongs to one host of the internet, also by the IPv4 address it may carry."""
    ip = ipaddress.ip_address(address)
    carried: ipaddress.IPv4Address | None = None
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour
        if ip in _TRANSLATED:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast and (carried is None or carried.is_global)
