"""Global ids: opaque outside, a type's name and a number inside."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable

import strawberry

from domain.rules.opaque import global_id
from domain.rules.refusals import ErrorCode, Refusal

_LARGEST = 2**63 - 1
_DIGITS = len(str(_LARGEST))
"""Looked at before the number is: Python reads none of thousands of digits."""


def encode_id(kind: str, number: int) -> strawberry.ID:
    """The global id of the object of this type and number."""
    return strawberry.ID(global_id(kind, number))


def split_id(given: str) -> tuple[str, int] | None:
    """The type's name and the number in a global id; None for a text that is none."""
    try:
        text = given.encode("ascii")
        inside = a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
        kind, _, number = inside.decode().partition(":")
    except ValueError:
        return None
    if not kind or not number.isascii() or not number.isdigit() or len(number) > _DIGITS:
        return None
    # Only the text that `encode_id` makes: one object has one id.
    written = b2a_base64(inside, newline=False).rstrip(b"=") == text and number[0] != "0"
    return (kind, int(number)) if written and int(number) <= _LARGEST else None


def decode_id(kind: str, given: str, *, argument: str | tuple[str, ...]) -> int:
    """The number in a global id. Raises INVALID_INPUT, pointing at `argument`, for an id of another kind."""
    found = split_id(given)
    if found is None or found[0] != kind:
        what = "is not an id" if found is None else f"is an id of the type {found[0]}"
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"{given!r} {what}; pass one of the type {kind}, as the API gave it.",
            path=(argument,) if isinstance(argument, str) else argument,
        )
    return found[1]


def decode_ids(kind: str, given: Iterable[str], *, argument: str | tuple[str, ...]) -> list[int]:
    """The numbers in global ids; what is raised points at the place in `argument`, too."""
    path = (argument,) if isinstance(argument, str) else argument
    return [decode_id(kind, each, argument=(*path, str(place))) for place, each in enumerate(given)]


def decode_optional(kind: str, given: str | None, *, argument: str | tuple[str, ...]) -> int | None:
    """The number in a global id that may be absent."""
    return None if given is None else decode_id(kind, given, argument=argument)
