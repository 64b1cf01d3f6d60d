"""Answers that are kept under an idempotency key, and what makes a request the same as another (F6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Self, TypeVar

import msgspec

from domain.rules.refusals import ErrorCode, Refusal
from domain.store import idempotency, recording
from domain.store.database import Connection

Answer = TypeVar("Answer", bound=msgspec.Struct)
Key = TypeVar("Key", int, str)


class UserError(msgspec.Struct, frozen=True):
    """One refusal inside an otherwise successful answer: what, why, where and what to do."""

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()
    details: dict[str, str | int] = {}

    @classmethod
    def of(cls, refusal: Refusal, *, path: tuple[str, ...] | None = None) -> UserError:
        """The refusal as data; `path`, when given, replaces the refusal's own."""
        where = refusal.path if path is None else path
        return cls(refusal.code, refusal.message, where, dict(refusal.details))

    @classmethod
    def of_each(cls, given: Iterable[Key], refusals: Mapping[Key, Refusal], *, path: str) -> list[UserError]:
        """The refusals of what was given at `path`, in its order, each pointing at its place there."""
        return [
            cls.of(refusals[key], path=(path, str(place)))
            for place, key in enumerate(given)
            if key in refusals
        ]


class OrderChanged(msgspec.Struct, frozen=True):
    """The order that was changed: what whoever changes one answers."""

    order_id: int


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """What makes a request the same as another: key, operation, and the hash of its payload."""

    key: str
    operation: str
    payload_hash: bytes

    @classmethod
    def of(cls, key: str, *, operation: str, payload: Any) -> Self:
        """The request under this key. Raises INVALID_INPUT for a key that is none."""
        if not (1 <= len(key) <= 255 and key.isprintable()):
            raise Refusal(
                ErrorCode.INVALID_INPUT,
                "An idempotency key has 1 to 255 visible characters.",
                path=("idempotencyKey",),
            )
        return cls(key, operation, sha256(msgspec.json.encode(payload)).digest())

    async def claim(
        self, sql: Connection, *, client_id: int, now: datetime
    ) -> idempotency.StoredAnswer | None:
        """Take the key for the transaction, or what was answered under it before."""
        return await idempotency.claim(
            sql,
            client_id=client_id,
            key=self.key,
            operation=self.operation,
            payload_hash=self.payload_hash,
            now=now,
        )

    def kept(self, outcome: msgspec.Struct | Refusal) -> recording.Answer:
        """What to keep of an operation's answer, or of its refusal."""
        return recording.Answer(self.key, _Stored.encode(outcome))

    def answered(self, stored: idempotency.StoredAnswer, answer: type[Answer]) -> Answer:
        """The answer, or the refusal, again. Raises IDEMPOTENCY_KEY_REUSED when it was to another request."""
        if (stored.operation, stored.payload_hash) != (self.operation, self.payload_hash):
            raise Refusal(
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                "This idempotency key was used before for another request; take a new key for a new request.",
                path=("idempotencyKey",),
            )
        outcome = _Stored.decode(stored.answer, answer)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome


class _Stored(msgspec.Struct):
    """An answer as it is kept: the operation's own, or its refusal."""

    answer: msgspec.Raw = msgspec.Raw(b"null")
    refusal: UserError | None = None

    @classmethod
    def encode(cls, outcome: msgspec.Struct | Refusal) -> bytes:
        if isinstance(outcome, Refusal):
            return msgspec.json.encode(cls(refusal=UserError.of(outcome)))
        return msgspec.json.encode(cls(answer=msgspec.Raw(msgspec.json.encode(outcome))))

    @classmethod
    def decode(cls, stored: bytes, answer: type[Answer]) -> Answer | Refusal:
        kept = msgspec.json.decode(stored, type=cls)
        if kept.refusal is not None:
            error = kept.refusal
            return Refusal(error.code, error.message, path=error.path, details=error.details)
        return msgspec.json.decode(kept.answer, type=answer)
