"""From a token of an issuer to an authority: the signature, the claims, and the client and role they name.

A token is taken only when everything holds: its algorithm is one of those allowed, which all take a public
key (there is no `none` among them and no HMAC, so no public key can be taken for a secret); a key of the
issuer fits the algorithm and has signed it; it is from this issuer, for this audience, valid now, and names a
subject, a client that there is, and a role that we know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Self

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, Key, OKPKey

from api.oidc.claims import Names, subject
from api.oidc.documents import IssuerDocuments
from api.oidc.keys import IssuerKeys
from domain.bootstrap import client_id_of
from domain.operations.api_tokens import OIDC_ACTOR
from domain.ports import Authority, IssuedToken, RefusedToken
from domain.settings import Settings
from domain.store.database import Database

# A header in JSON begins with {", which is eyJ in base64; no token of ours does.
_COMPACT = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*", re.ASCII)

_TYPES = (None, "jwt", "at+jwt", "application/at+jwt")
"""What a token may say of itself. A logout token, say, is signed by the same keys and is none."""

_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""The kind of key of each kind of algorithm."""

_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "Ed25519": "Ed25519"}

_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()

_TRIED_KEYS = 10
"""Of those that fit, when a token does not say which one it is."""

_MADE_UP = (JoseError, ValueError, TypeError, LookupError, RecursionError)
"""What joserfc raises at a token that no issuer made: anybody may send anything."""


class Issuer:
    """The issuer whose tokens are taken beside our own."""

    def __init__(self, settings: Settings, *, issuer: str, keys: IssuerKeys) -> None:
        self.keys = keys
        self._names = Names.of(settings)
        self._leeway = settings.oidc_leeway_seconds
        self._registry = jws.JWSRegistry(algorithms=settings.oidc_algorithms, strict_check_header=False)
        self._expected: dict[str, jwt.ClaimsOption] = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "values": list(settings.oidc_audience)},
            "sub": {"essential": True},
        }

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """The issuer that is set; None when none is."""
        if settings.oidc_issuer is None:
            return None
        documents = IssuerDocuments(settings.oidc_issuer, jwks_url=settings.oidc_jwks_url)
        keys = IssuerKeys(documents, keep_seconds=settings.oidc_keys_seconds)
        return cls(settings, issuer=settings.oidc_issuer, keys=keys)

    def may_have_made(self, token: str) -> bool:
        """Whether the token has the form of one of an issuer's: then it is none of ours."""
        return _COMPACT.fullmatch(token) is not None

    async def authority(
        self, database: Database, *, token: str, now: datetime, source: str | None
    ) -> Authority | RefusedToken:
        """What the holder of the token may do, or why it opens nothing.

        Raises IssuerAwayError when the issuer's keys can't be had, and one of DATABASE_ERRORS.
        """
        try:
            header = jws.extract_compact(token.encode()).headers()
            # First what takes no key: nobody makes us look for one with a token that none would do for.
            self._check(header)
            claims, key = self._signed(token, header, await self.keys.of(header.get("kid")))
        except _MADE_UP:
            return RefusedToken("it is not signed as it should be")
        try:
            expired = self._is_expired(claims, now=now)
        except JoseError as error:
            return RefusedToken(f"it is not for here, or not for now ({error.error}: {error.description})")
        return await self._admitted(database, claims, key=key, expired=expired, source=source)

    def is_good(self, token: IssuedToken, *, now: datetime) -> bool:
        """Whether what was admitted with the token may go on."""
        return now < token.expires_at and self.keys.has(token.key)

    def _check(self, header: Mapping[str, Any]) -> None:
        """Raises one of _MADE_UP for a header that no token of the issuer has."""
        self._registry.check_header(dict(header))
        self._registry.get_alg(header["alg"])
        kind = header.get("typ")
        if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
            raise ValueError("a token of another kind")

    def _signed(
        self, token: str, header: Mapping[str, Any], candidates: Sequence[Key]
    ) -> tuple[dict[str, Any], Key]:
        """The claims, and the key that has signed them. Raises one of _MADE_UP."""
        for key in islice((key for key in candidates if fits(key, header["alg"])), _TRIED_KEYS):
            try:
                return jwt.decode(token, key, registry=self._registry).claims, key
            except JoseError:
                continue
        raise BadSignatureError

    def _is_expired(self, claims: Mapping[str, Any], *, now: datetime) -> bool:
        """Whether a token that is right in everything else has expired. Raises JoseError.

        Last, so that whose a token was that has expired is as certain as of one that has not.
        """
        time = int(now.timestamp())
        others = {name: value for name, value in claims.items() if name != "exp"}
        jwt.JWTClaimsRegistry(time, self._leeway, **self._expected).validate(others)
        try:
            jwt.JWTClaimsRegistry(time, self._leeway, exp={"essential": True}).validate(
                {"exp": claims.get("exp")}
            )
        except ExpiredTokenError:
            return True
        return False

    async def _admitted(
        self, database: Database, claims: Mapping[str, Any], *, key: Key, expired: bool, source: str | None
    ) -> Authority | RefusedToken:
        name = subject(claims)
        code = self._names.client_code(claims)
        role = self._names.role_of(claims)
        if name is None:
            return RefusedToken("its subject is no name")
        client_id = None if code is None else await client_id_of(database, code=code)
        actor = f"{OIDC_ACTOR}{name}"
        if client_id is None:
            return RefusedToken("it names no client of ours", actor=actor)
        if expired:
            return RefusedToken("it has expired", client_id, actor)
        if role is None:
            return RefusedToken("it names no role of ours", client_id, actor)
        expires_at = datetime.fromtimestamp(min(claims["exp"], _LATEST), tz=UTC)
        return Authority(
            client_id=client_id,
            role=role,
            actor=actor,
            source=source,
            credential=IssuedToken(expires_at + timedelta(seconds=self._leeway), key.thumbprint()),
        )


def fits(key: Key, algorithm: str) -> bool:
    """Whether signatures of the algorithm can be by the key."""
    if key.key_type != _KINDS[algorithm[:2]] or key.alg not in (None, algorithm):
        return False
    return not isinstance(key, ECKey | OKPKey) or key.curve_name == _CURVES[algorithm]
