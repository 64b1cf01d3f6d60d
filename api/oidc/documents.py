"""What an issuer publishes about itself: its discovery document, and its keys. Read with little trust."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

_LARGEST_DOCUMENT = 256 * 1024
_MOST_KEYS = 100
_SECONDS = 5.0
_SHORTEST_RSA_BITS = 2048

_ACCEPT = {"Accept": "application/json"}
_OF_PUBLIC_KEYS = ("kty", "kid", "use", "alg", "n", "e", "crv", "x", "y")
"""So that a private key which is published by mistake is not even read."""


class IssuerDocumentError(Exception):
    """The issuer did not tell what it should; the text is for whoever runs the installation."""


class IssuerDocuments:
    """Fetches the documents of one issuer: as an operator has set it, so wherever that is."""

    def __init__(self, issuer: str, *, jwks_url: str | None) -> None:
        """Without the URL of its keys, the issuer's discovery document is asked for it."""
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._tls: ssl.SSLContext | None = None

    async def keys(self) -> list[Key]:
        """The public keys that the issuer signs with, at least one. Raises IssuerDocumentError."""
        async with self._client() as client:
            url = self._jwks_url or await self._discovered(client)
            found = await _json(client, url)
        listed = found.get("keys")
        if not isinstance(listed, list):
            raise IssuerDocumentError(f"{url} has no list of keys.")
        keys = [key for one in listed[:_MOST_KEYS] if (key := _signing_key(one)) is not None]
        if not keys:
            raise IssuerDocumentError(f"{url} has no key that signatures can be checked with.")
        return keys

    def _client(self) -> httpx.AsyncClient:
        # Reading the certificates takes long enough to do it once, and only when there is somebody to ask.
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        return httpx.AsyncClient(timeout=_SECONDS, verify=self._tls)

    async def _discovered(self, client: httpx.AsyncClient) -> str:
        url = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        told = await _json(client, url)
        # Else somebody could be made to trust the keys of another issuer.
        if told.get("issuer") != self._issuer:
            raise IssuerDocumentError(f"{url} is about another issuer than {self._issuer}.")
        keys_url = told.get("jwks_uri")
        if not isinstance(keys_url, str) or urlsplit(keys_url).scheme not in ("https", "http"):
            raise IssuerDocumentError(f"{url} does not tell where the keys are (jwks_uri).")
        return keys_url


async def _json(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The JSON object at this URL, which is neither large nor slow. Raises IssuerDocumentError."""
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS), client.stream("GET", url, headers=_ACCEPT) as response:
            if response.status_code != httpx.codes.OK:
                raise IssuerDocumentError(f"{url} answered with the status {response.status_code}.")
            async for chunk in response.aiter_bytes(_LARGEST_DOCUMENT):
                body += chunk
                if len(body) > _LARGEST_DOCUMENT:
                    raise IssuerDocumentError(f"{url} has more than {_LARGEST_DOCUMENT // 1024} KiB.")
        found = orjson.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise IssuerDocumentError(f"{url} could not be reached: {type(error).__name__}.") from error
    except orjson.JSONDecodeError as error:
        raise IssuerDocumentError(f"{url} is not JSON.") from error
    if not isinstance(found, dict):
        raise IssuerDocumentError(f"{url} is not a JSON object.")
    return found


def _signing_key(told: object) -> Key | None:
    """A published key, if it is a public one that signatures may be checked with.

    A key that we can't use is no reason to use none: issuers publish others beside them.
    """
    # A secret that is published is none, whatever was signed with it.
    if not isinstance(told, dict) or told.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    operations = told.get("key_ops")
    if told.get("use", "sig") != "sig" or (isinstance(operations, list) and "verify" not in operations):
        return None
    try:
        key = JWKRegistry.import_key({name: told[name] for name in _OF_PUBLIC_KEYS if name in told})
    except (JoseError, ValueError, TypeError, LookupError):
        return None
    if isinstance(key, RSAKey):
        return key if key.public_key.key_size >= _SHORTEST_RSA_BITS else None
    return key if isinstance(key, ECKey | OKPKey) else None
