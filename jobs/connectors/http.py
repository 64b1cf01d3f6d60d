"""Marketplaces that are asked over HTTP, with signed requests (C5).

A request is a POST of {"cursor": …, "orders": …}, signed like a webhook of Standard Webhooks. With `orders`
it asks for the state of the orders with these numbers; else they are null and it asks for what is new after
the cursor. The answer is 200 with a message (domain/operations/marketplace_messages.py), or 204 for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from secrets import token_urlsafe

import httpx
import orjson

from domain.ports import Delivery, Marketplace, MarketplaceError
from domain.rules.signatures import signed_headers
from jobs.outbound import AddressRefusedError, OutboundHttp

_LARGEST_ANSWER = 32 * 1024 * 1024


class HttpMarketplaces:
    """The `Connector` of HTTP; an answer takes at most `seconds`. `trusted_hosts` are jobs/outbound's."""

    def __init__(self, *, seconds: float, trusted_hosts: Collection[str] = ()) -> None:
        self._seconds = seconds
        self._http = OutboundHttp(trusted_hosts=trusted_hosts)

    async def fetch(
        self, marketplace: Marketplace, *, cursor: str | None, order_numbers: Sequence[str] | None
    ) -> Delivery | None:
        """What the marketplace answers."""
        asked = {"cursor": cursor, "orders": order_numbers}
        try:
            answer = await self._post(marketplace, orjson.dumps(asked))
        except AddressRefusedError as error:
            raise MarketplaceError(str(error)) from None
        except TimeoutError:
            raise MarketplaceError(f"It did not answer within {self._seconds:g} seconds.") from None
        except httpx.HTTPError as error:
            # Its text may hold the address, and nobody needs more than what kind of trouble it was.
            raise MarketplaceError(f"It could not be reached: {type(error).__name__}.") from None
        return None if answer is None else Delivery(name=marketplace.address, body=answer)

    async def settle(self, marketplace: Marketplace, delivery: Delivery, *, readable: bool) -> None:
        """Nothing to do: the cursor moves on."""

    async def _post(self, marketplace: Marketplace, body: bytes) -> bytes | None:
        headers = signed_headers(
            marketplace.secret or "",
            message_id=f"msg_{token_urlsafe(18)}",
            at=datetime.now(UTC),
            body=body,
        )
        async with (
            self._http.destination(marketplace.address, seconds=self._seconds) as destination,
            destination.post(body, headers=headers) as response,
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
