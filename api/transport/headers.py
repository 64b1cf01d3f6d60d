"""Headers of a request, looked up where the server has put them."""

from __future__ import annotations

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of this name, in small letters; None when there is none.

    Written out, because every request asks for six of them.
    """
    for key, value in scope["headers"]:
        if key == name:
            text: str = value.decode("latin-1")
            return text
    return None
