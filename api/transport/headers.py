"""Headers: those of a request, looked up where the server has put them, and those that every response has."""

from __future__ import annotations

from functools import lru_cache

from starlette.types import Scope

Header = tuple[bytes, bytes]

_OF_EVERY_RESPONSE = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-opener-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""They keep browsers careful. A page that needs more than nothing sets its own."""


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this name, in small letters; None when there is none.

    Written out, because every request asks for six of them.
    """
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None


@lru_cache(maxsize=256)
def missing(names: tuple[bytes, ...]) -> list[Header]:
    """The headers of every response that a response with headers of these names does not have of its own."""
    own = {name.lower() for name in names}
    return [item for item in _OF_EVERY_RESPONSE.items() if item[0] not in own]
