"""Global ids: opaque outside, a type's name and a number inside."""

from __future__ import annotations

import base64
import binascii

import strawberry

from domain.rules.refusals import ErrorCode, Refusal

_LARGEST = 2**63 - 1


def encode_id(kind: str, number: int) -> strawberry.ID:
    """The global id of the object of this type and number."""
    # Letters, digits and a colon never give the characters in which the URL-safe alphabet differs.
    encoded = binascii.b2a_base64(f"{kind}:{number}".encode(), newline=False)
    return strawberry.ID(encoded.rstrip(b"=").decode())


def split_id(global_id: str) -> tuple[str, int] | None:
    """The type's name and the number in a global id; None for a text that is none."""
    try:
        padded = global_id.encode("ascii") + b"=" * (-len(global_id) % 4)
        kind, _, number = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        return None
    # Only the text that `encode_id` makes: one object has one id.
    if not kind or not number.isascii() or not number.isdigit() or not 0 < int(number) <= _LARGEST:
        return None
    return (kind, int(number)) if encode_id(kind, int(number)) == global_id else None


def decode_id(kind: str, global_id: str, *, argument: str | tuple[str, ...]) -> int:
    """The number in a global id. Raises INVALID_INPUT, pointing at `argument`, for an id of another kind."""
    found = split_id(global_id)
    if found is None or found[0] != kind:
        what = "is not an id" if found is None else f"is the id of a {found[0]}"
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{global_id!r} {what}; pass the id of a {kind} as the API gave it.",
            path=(argument,) if isinstance(argument, str) else argument,
        )
    return found[1]


def decode_optional(kind: str, global_id: str | None, *, argument: str | tuple[str, ...]) -> int | None:
    """The number in a global id that may be absent."""
    return None if global_id is None else decode_id(kind, global_id, argument=argument)
