"""Cursors of events, as subscribers see them, and what is said when one can't be used (F5)."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from binascii import Error as Base64Error

from graphql import GraphQLError

from domain.rules.opaque import EVENT_PREFIX, event_cursor

_LARGEST = 2**63 - 1


class BadCursorError(GraphQLError):
    """The argument `after` is no cursor of an event."""

    def __init__(self) -> None:
        super().__init__(
            "The argument 'after' is not a cursor of an event: pass the `cursor` of the last event received.",
            extensions={"code": "INVALID_INPUT", "argumentPath": ["after"]},
        )


class CursorExpiredError(GraphQLError):
    """What came after the cursor can't be replayed completely."""

    def __init__(self) -> None:
        super().__init__(
            "Events after this cursor are no longer kept: "
            "load the current state again and subscribe without 'after'.",
            extensions={"code": "CURSOR_EXPIRED"},
        )


class TooSlowError(GraphQLError):
    """The subscriber leaves its events lying."""

    def __init__(self) -> None:
        super().__init__(
            "The subscriber did not keep up: subscribe again with 'after' and the last cursor received.",
            extensions={"code": "TOO_SLOW"},
        )


class AuthorityEndedError(GraphQLError):
    """The token the subscription was opened with is no longer valid."""

    def __init__(self) -> None:
        super().__init__(
            "The token was revoked or has expired: connect again with a valid one.",
            extensions={"code": "UNAUTHENTICATED"},
        )


def encode(seq: int) -> str:
    """The cursor of the event numbered `seq`."""
    return event_cursor(seq)


def decode(cursor: str) -> int:
    """The number of the event that `cursor` names. Raises BadCursorError when it is not one of `encode`."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        seq = int(text.removeprefix(EVENT_PREFIX))
    except (Base64Error, ValueError):
        raise BadCursorError from None
    # Decoding is lenient in many ways; a cursor that was changed in any of them is not ours.
    if not 0 <= seq <= _LARGEST or encode(seq) != cursor:
        raise BadCursorError
    return seq
