"""An OpenID Connect issuer on loopback: discovery and keys over real HTTP, tokens, and misbehaviour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cli.http_server import http_server, listening_socket
from domain.settings import Settings

AUDIENCE = "backfill"


def rsa_key(kid: str) -> RSAKey:
    """A new key for RS256."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def ec_key(kid: str) -> ECKey:
    """A new key for ES256; made in no time."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@dataclass
class OidcIssuer:
    """What it publishes now; `asked` are the paths it was asked for.

    `answer`, when set, is what it answers instead of its documents.
    """

    port: int
    keys: list[Key] = field(default_factory=lambda: [ec_key("first")])
    asked: list[str] = field(default_factory=list)
    answer: Response | None = None
    told: dict[str, Any] = field(default_factory=dict)
    """Changes of the discovery document."""

    @property
    def url(self) -> str:
        """What it calls itself."""
        return f"http://127.0.0.1:{self.port}/realm"

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of a good token for client ACME, with changes; those that are None are left out."""
        now = int(datetime.now(UTC).timestamp())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ada",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "backfill_client": "ACME",
            "backfill_role": "OPERATOR",
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, *, key: Key | None = None, header: dict[str, Any] | None = None, **changed: Any) -> str:
        """A token signed with the key, or the newest one."""
        signing = key or self.keys[-1]
        alg = signing.alg or "ES256"
        told = {"alg": alg, "kid": signing.kid, **(header or {})}
        return jwt.encode(
            {name: value for name, value in told.items() if value is not None},
            self.claims(**changed),
            signing,
            algorithms=[told["alg"]],
        )

    async def discovery(self, request: Request) -> Response:
        """The discovery document."""
        self.asked.append(request.url.path)
        told = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.told}
        return self.answer or JSONResponse(told)

    async def jwks(self, request: Request) -> Response:
        """The public keys."""
        self.asked.append(request.url.path)
        return self.answer or JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})


@asynccontextmanager
async def oidc_issuer(port: int = 0) -> AsyncIterator[OidcIssuer]:
    """A running issuer; it is away when the block has ended."""
    with listening_socket("127.0.0.1", port) as listener:
        issuer = OidcIssuer(listener.getsockname()[1])
        app = Starlette(
            routes=[
                Route("/realm/.well-known/openid-configuration", issuer.discovery),
                Route("/realm/keys", issuer.jwks),
            ]
        )
        app.state.stopping = asyncio.Event()
        server = http_server(app, Settings())
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield issuer
        finally:
            server.stop()
            await serving
