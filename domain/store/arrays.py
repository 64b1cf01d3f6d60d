"""Arrays as PostgreSQL reads them from text, for parameters such as `$1::text::bigint[]`.

asyncpg's own encoder asks of every element whether it is an array, too, which takes up to thirty times as
long; a run sends millions of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import orjson

_BETWEEN = "\0"
"""Stands between two texts while they are quoted together; no text of PostgreSQL's can hold it."""


def numbers(values: Iterable[int | None]) -> str:
    """Whole numbers, or truth values, as an array."""
    return f"{{{orjson.dumps(list(values)).decode()[1:-1]}}}"


def texts(values: Iterable[str | None]) -> str:
    """Texts as an array. Raises ValueError for one that holds a NUL, which no text in the database can."""
    elements = list(values)
    present = [element for element in elements if element is not None]
    together = _BETWEEN.join(present)
    if together.count(_BETWEEN) > max(len(present) - 1, 0):
        raise ValueError("A text can't hold the character NUL.")
    if len(present) < len(elements):
        return f"{{{','.join('NULL' if text is None else _quoted(text) for text in elements)}}}"
    return f"{{{_quoted(together).replace(_BETWEEN, _QUOTED_BETWEEN)}}}" if elements else "{}"


def moments(values: Iterable[datetime | None]) -> str:
    """Times as an array of timestamptz."""
    # Most arrays hold one time again and again.
    known: dict[datetime | None, str] = {None: "NULL"}
    return f"{{{','.join(known.get(at) or known.setdefault(at, _iso(at)) for at in values)}}}"


_QUOTED_BETWEEN = '","'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _iso(at: datetime | None) -> str:
    return "NULL" if at is None else at.isoformat()
