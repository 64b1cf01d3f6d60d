"""API tokens that a client's administrators make and revoke themselves.

The text of a token is told once, to the call that made it, and kept nowhere: the answer that is stored for a
repetition under the same idempotency key has the token's id and nothing that opens anything. Whoever lost the
first answer revokes that token and makes another.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import msgspec

from domain.operations.checks import check_text
from domain.operations.command import Command, Work, perform
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import Role
from domain.store import api_tokens

MOST_TOKENS = 1_000
"""Of one client, that work at the same time."""

OIDC_ACTOR = "oidc:"
"""How the names of those begin in the audit trail who came with a token of an OpenID Connect issuer."""

_PREFIX = "bf_"
"""What a leaked token is found by."""


class TokenChanged(msgspec.Struct, frozen=True):
    """The token it was about. `made` is chosen at random by the call that made it, and means nothing else."""

    token_id: int
    made: str | None = None


@dataclass(frozen=True, slots=True)
class TokenCreated:
    """A new token; `text` is None for a repetition of the call that was told it."""

    token_id: int
    text: str | None = field(repr=False)


def new_token() -> str:
    """The text of a token: 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def hash_of(text: str) -> bytes:
    """What is kept of a token; enough for a secret that nobody can guess."""
    return sha256(text.encode()).digest()


def check_label(label: str, *, path: tuple[str, ...]) -> None:
    """A label names its holder in the audit trail: visible, and nobody else's name.

    Raises INVALID_INPUT.
    """
    check_text(label, what="label", path=path, longest=255)
    if label.lower().startswith(OIDC_ACTOR):
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"A label may not begin with {OIDC_ACTOR}, as the names of an OpenID Connect issuer's users do.",
            path=path,
        )


async def create_api_token(
    command: Command, *, role: Role, label: str, expires_at: datetime | None
) -> TokenCreated:
    """Make a token of the caller's client. Raises INVALID_INPUT."""
    text = new_token()
    made = secrets.token_hex(8)

    async def body(work: Work) -> TokenChanged:
        check_label(label, path=("label",))
        if expires_at is not None and expires_at <= work.now:
            raise Refusal(
                ErrorCode.INVALID_INPUT, "A token must expire in the future, or never.", path=("expiresAt",)
            )
        if await api_tokens.count_valid(work.sql, client_id=work.client_id, now=work.now) >= MOST_TOKENS:
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                f"A client has at most {MOST_TOKENS:,} tokens that work: revoke one first.",
            )
        token_id = await api_tokens.insert(
            work.sql,
            client_id=work.client_id,
            token_hash=hash_of(text),
            role=role.value,
            label=label,
            now=work.now,
            expires_at=expires_at,
        )
        work.settings_changed()
        work.audit(
            "TOKEN_CREATED",
            f"Token {token_id} ({label}) was created.",
            after={"token": token_id, "role": role, "label": label, "expires_at": expires_at},
        )
        return TokenChanged(token_id, made)

    answer = await perform(
        command,
        operation="createApiToken",
        payload=[role, label, expires_at],
        answer=TokenChanged,
        body=body,
    )
    return TokenCreated(answer.token_id, text if answer.made == made else None)


async def revoke_api_token(command: Command, *, token_id: int) -> TokenChanged:
    """End a token's validity for good; one that was revoked before stays as it is. Raises NOT_FOUND."""

    async def body(work: Work) -> TokenChanged:
        before = await api_tokens.revoke(work.sql, client_id=work.client_id, token_id=token_id, now=work.now)
        if before is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such API token.", path=("id",))
        if before["revoked_at"] is None:
            work.settings_changed()
            work.audit(
                "TOKEN_REVOKED",
                f"Token {token_id} ({before['label']}) was revoked.",
                before={"token": token_id, "revoked_at": None},
                after={"token": token_id, "revoked_at": work.now},
            )
        return TokenChanged(token_id)

    return await perform(
        command, operation="revokeApiToken", payload=token_id, answer=TokenChanged, body=body
    )
