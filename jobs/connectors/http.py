"""Marketplaces that are asked over HTTP, with signed requests (C5).

A request is a POST of {"cursor": …, "orders": …}, signed like a webhook of Standard Webhooks. With `orders`
it asks for the state of the orders with these numbers; else they are null and it asks for what is new after
the cursor. The answer is 200 with a message (domain/operations/marketplace_messages.py), or 204 for nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from secrets import token_urlsafe

import httpx
import orjson

from domain.ports import Delivery, Marketplace, MarketplaceError
from domain.rules.signatures import signed_headers

_LARGEST_ANSWER = 32 * 1024 * 1024
_CONNECT_SECONDS = 5.0


class HttpMarketplaces:
    """The `Connector` of HTTP.

    An address is set by a client and asked from within our network, so it must be https and lead to a public
    host, unless the operator names the host in `trusted_hosts`. An answer takes at most `seconds`.
    """

    def __init__(self, *, seconds: float, trusted_hosts: Collection[str] = ()) -> None:
        self._seconds = seconds
        self._trusted_hosts = frozenset(trusted_hosts)
        # The certificates are read once; clients are not shared, because a pooled connection to an address
        # could have been opened for another host there.
        self._tls = httpx.create_ssl_context(trust_env=False)

    async def fetch(
        self, marketplace: Marketplace, *, cursor: str | None, order_numbers: Sequence[str] | None
    ) -> Delivery | None:
        """What the marketplace answers."""
        asked = {"cursor": cursor, "orders": order_numbers}
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._post(marketplace, orjson.dumps(asked))
        except TimeoutError:
            raise MarketplaceError(f"It did not answer within {self._seconds:g} seconds.") from None
        except httpx.HTTPError as error:
            # Its text may hold the address, and nobody needs more than what kind of trouble it was.
            raise MarketplaceError(f"It could not be reached: {type(error).__name__}.") from None
        return None if answer is None else Delivery(name=marketplace.address, body=answer)

    async def settle(self, marketplace: Marketplace, delivery: Delivery, *, readable: bool) -> None:
        """Nothing to do: the cursor moves on."""

    async def _post(self, marketplace: Marketplace, body: bytes) -> bytes | None:
        url = httpx.URL(marketplace.address)
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Host": url.netloc.decode(),
            **signed_headers(
                secret=marketplace.secret or "",
                message_id=f"msg_{token_urlsafe(18)}",
                at=datetime.now(UTC),
                body=body,
            ),
        }
        # The very address that was checked is the one connected to, whatever the name means a moment later.
        target = url.copy_with(host=await self._checked_address(url))
        async with (
            httpx.AsyncClient(
                timeout=httpx.Timeout(self._seconds, connect=_CONNECT_SECONDS),
                trust_env=False,
                verify=self._tls,
            ) as client,
            client.stream(
                "POST", target, content=body, headers=headers, extensions={"sni_hostname": url.host}
            ) as response,
        ):
            if response.status_code == httpx.codes.NO_CONTENT:
                return None
            if response.status_code != httpx.codes.OK:
                raise MarketplaceError(f"It answered with the status {response.status_code}.")
            chunks: list[bytes] = []
            size = 0
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > _LARGEST_ANSWER:
                    raise MarketplaceError(f"Its answer has more than {_LARGEST_ANSWER // 1024**2} MiB.")
                chunks.append(chunk)
            return b"".join(chunks)

    async def _checked_address(self, url: httpx.URL) -> str:
        """The IP address to connect to. Raises MarketplaceError for one that clients may not name."""
        trusted = url.host in self._trusted_hosts
        if url.scheme != "https" and not trusted:
            raise MarketplaceError("Its address is not https; the operator may make an exception.")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                url.host, url.port or 443, type=socket.SOCK_STREAM
            )
        except OSError:
            raise MarketplaceError("Its host could not be found.") from None
        addresses = [str(entry[4][0]) for entry in found]
        if not trusted and not all(ipaddress.ip_address(address).is_global for address in addresses):
            raise MarketplaceError("Its host is not a public one; the operator may make an exception.")
        return addresses[0]
