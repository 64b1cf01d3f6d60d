"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How it is: FAIL keeps something from working, WARN will, or keeps something unimportant from it."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: what was looked at, how it is, what was found, and what to do about it."""

    name: str
    status: Status
    found: str
    remedy: str | None = None


def ok(name: str, found: str) -> Finding:
    """Nothing has to be done."""
    return Finding(name, Status.OK, found)


def warn(name: str, found: str, *, remedy: str) -> Finding:
    """Something should be done."""
    return Finding(name, Status.WARN, found, remedy)


def failed(name: str, found: str, *, remedy: str) -> Finding:
    """Something has to be done."""
    return Finding(name, Status.FAIL, found, remedy)
