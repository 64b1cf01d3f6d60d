"""What values of settings may be: each function gives the value, or raises ValueError with what is right."""

from __future__ import annotations

import re
from email.utils import parseaddr
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationInfo

from domain.rules.vocabulary import Role

_SENTINEL_PATH = re.compile(r"/[^/]+(/\d+)?")

SIGNATURES = frozenset(
    ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
)
"""The algorithms that tokens of an issuer may be signed with: all of public keys."""


_TOKEN = re.compile(r"[!-~]{1,8192}")
"""What a request can carry in `Authorization: Bearer …`."""


def token(text: SecretStr) -> SecretStr:
    """A token that somebody can present."""
    if not _TOKEN.fullmatch(text.get_secret_value()):
        raise ValueError(
            "must be visible ASCII characters without blanks: no request could carry another one"
        )
    return text


def postgresql_url(url: SecretStr) -> SecretStr:
    """A URL of PostgreSQL."""
    if urlsplit(url.get_secret_value()).scheme not in ("postgres", "postgresql"):
        raise ValueError("must start with postgresql:// or postgres://")
    return url


def redis_url(url: SecretStr) -> SecretStr:
    """A URL of Redis or its sentinels."""
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("redis", "rediss", "unix", "redis+sentinel"):
        raise ValueError("must start with redis://, rediss://, unix:// or redis+sentinel://")
    if parts.scheme == "redis+sentinel" and not _SENTINEL_PATH.fullmatch(parts.path):
        raise ValueError("must name the primary: redis+sentinel://host:26379,host:26379/mymaster/0")
    return url


def http_url(url: str) -> str:
    """An address on the web."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a web address, which begins with http:// or https://")
    return url


def smtp_url(url: SecretStr) -> SecretStr:
    """A URL of a mail server."""
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be smtp://user:password@host:port or smtps://…")
    return url


def sender(text: str) -> str:
    """Whom an e-mail is from."""
    if not text.isprintable() or "@" not in parseaddr(text)[1]:
        raise ValueError("must be an address such as orders@shop.example or Shop <orders@shop.example>")
    return text


def separated(text: object) -> object:
    """The parts between commas; anything but a text as it is."""
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def origin(url: str) -> str:
    """The origin of a page, as browsers name it."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or url != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("must be origins such as https://shop.example, separated by commas")
    return url


def issuer(url: str) -> str:
    """An OpenID Connect issuer, character by character as it names itself."""
    parts = urlsplit(http_url(url))
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(
            "must be an address without a user, a query and a fragment: https://login.example/realm"
        )
    return url


def needed_with_issuer(value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Something that is there when an issuer is set."""
    if info.data.get("oidc_issuer") is not None and not value:
        raise ValueError("must be set with BACKFILL_OIDC_ISSUER: else tokens for others would do here")
    return value


def signature(algorithm: str) -> str:
    """An algorithm of signatures by which nobody can sign who knows but the public key."""
    if algorithm not in SIGNATURES:
        raise ValueError(f"must be some of {', '.join(sorted(SIGNATURES))}, separated by commas")
    return algorithm


def roles(text: object) -> object:
    """Roles by names of others: warehouse-admin=ADMIN,picker=SCANNER."""
    if not isinstance(text, str):
        return text
    found = {}
    for part in text.split(","):
        name, sign, role = part.strip().rpartition("=")
        if not sign or not name.strip() or role.strip() not in Role.__members__:
            raise ValueError(f"must be such as picker=SCANNER,boss=ADMIN; the roles are {', '.join(Role)}")
        found[name.strip()] = Role(role.strip())
    return found
