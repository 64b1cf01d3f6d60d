"""Checks of input that several operations share. Each raises INVALID_INPUT with the path of the value.

Rules know nothing of inputs, so their refusals have no path; `refusals_at` gives them one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from domain.rules.refusals import ErrorCode, Refusal

MAX_QUANTITY = 1_000_000_000
MAX_PER_CALL = 10_000

Item = TypeVar("Item")


@dataclass(slots=True)
class WrongRows:
    """The rows of a call that are wrong, by place: they refuse the whole call, or are set apart from it."""

    set_apart: bool
    refusals: dict[int, Refusal] = field(default_factory=dict)

    @contextmanager
    def at(self, place: int) -> Iterator[None]:
        """A refusal of the block is one of this row."""
        try:
            yield
        except Refusal as refusal:
            if not self.set_apart:
                raise
            self.refusals[place] = refusal

    def others(self, rows: Sequence[Item]) -> list[tuple[int, Item]]:
        """The rows that nothing is known against, each with its place."""
        return [(place, row) for place, row in enumerate(rows) if place not in self.refusals]


@contextmanager
def refusals_at(*path: str) -> Iterator[None]:
    """Refusals of the block point at `path`."""
    try:
        yield
    except Refusal as refusal:
        raise refusal.at(*path) from None


def check_count(items: Sequence[object], *, what: str, path: tuple[str, ...]) -> None:
    """At least one item and at most 10,000 of them in one call."""
    if not items:
        raise Refusal(ErrorCode.INVALID_INPUT, f"Give at least one of the {what}.", path=path)
    if len(items) > MAX_PER_CALL:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"At most {MAX_PER_CALL:,} {what} fit into one call and this one has {len(items):,}; "
            "send them in several calls.",
            path=path,
        )


def check_text(value: str, *, what: str, path: tuple[str, ...], longest: int = 100) -> None:
    """Not blank, no surrounding blanks, no control characters, and not too long."""
    if not value or value != value.strip() or not value.isprintable():
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"The {what} must be visible text without blanks around it.",
            path=path,
        )
    if len(value) > longest:
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"The {what} is longer than {longest} characters; shorten it.",
            path=path,
        )


def check_country(code: str, *, path: tuple[str, ...]) -> None:
    """Two capital letters, as in ISO 3166-1."""
    if not (len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()):
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"A country is told by its two capital letters, such as NL; {code!r} is not.",
            path=path,
        )


def is_quantity(quantity: int, *, least: int = 1) -> bool:
    """Whether it is a whole number of units from `least` to a billion."""
    return least <= quantity <= MAX_QUANTITY


def check_quantity(quantity: int, *, path: tuple[str, ...], least: int = 1) -> None:
    """A whole number of units from `least` to a billion."""
    if not is_quantity(quantity, least=least):
        raise Refusal(
            ErrorCode.INVALID_INPUT,
            f"The quantity must be from {least} to {MAX_QUANTITY:,} units, not {quantity}.",
            path=path,
        )


def is_web_address(address: str) -> bool:
    """Whether it is an http or https URL, without a user or a fragment.

    What host it may name is decided when it is called, by who calls it.
    """
    try:
        parts = urlsplit(address)
        # Reading a port that is none raises.
        usable = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        usable
        and len(address) <= 2000
        and address.isascii()
        and address.isprintable()
        and " " not in address
        and parts.scheme in ("https", "http")
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not parts.fragment
    )
