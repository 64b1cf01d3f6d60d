"""What it costs to read a document that nobody keeps, in the points that operations cost.

Reading a document of a few kilobytes can take as long as answering a hundred pages, whatever it asks for.
So whoever sends one that is not known pays for that as well; what is sent again, as applications do, is
known and free. A page of fifty orders may cost 5,000 points and takes two or three milliseconds of
processors, so a point is about half a microsecond.
"""

from __future__ import annotations

from api.transport.limits import Limits

_PARSING = 4
"""Points of each character: half of what the shortest tokens take, twice what usual ones do."""

_EACH = 3_000
"""Of each document that is validated, however short."""

_VALIDATING = 8
"""Of each character, parsed once more and looked at by some thirty rules."""

_COMPARING = 10
"""Of each pair of fields that validation may compare."""

_LONGEST_TOKEN = 4
"""Characters of a token that are paid for: long texts and comments are passed over quickly."""

_SHARE = 10
"""At most this part of what a token may spend at once: what it may have executed, it may have read."""


def parsing(query: str, limits: Limits) -> int:
    """The points of finding out what the document asks for."""
    return _at_most(_PARSING * _paid(query, limits), limits)


def validating(query: str, limits: Limits, *, compared: int) -> int:
    """The points of validating the document, which may have so many pairs of fields to compare."""
    return _at_most(_EACH + _VALIDATING * _paid(query, limits) + _COMPARING * compared, limits)


def _paid(query: str, limits: Limits) -> int:
    return min(len(query), _LONGEST_TOKEN * limits.document_tokens)


def _at_most(points: int, limits: Limits) -> int:
    return min(points, limits.cost_burst // _SHARE)
