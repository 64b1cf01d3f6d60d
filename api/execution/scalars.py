"""The scalars that are ours: instants, RFC 3339, always in UTC with a Z, and days.

What is wrong with a value is no GraphQLError: it is GraphQL that knows where in the document it stands.
"""

from __future__ import annotations

import datetime
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.schema.types.base_scalars import DateDefinition, DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition

from domain.rules.instants import in_utc


class UnreadableError(ValueError):
    """A client has sent a value that is none of its scalar's."""


def format_instant(instant: datetime.datetime) -> str:
    """Write an aware instant in UTC with a Z; raises ValueError for one without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("DateTime cannot represent an instant without a time zone.")
    if instant.tzinfo is not datetime.UTC:
        instant = instant.astimezone(datetime.UTC)
    # orjson writes what isoformat does, in a third of the time.
    return str(orjson.dumps(instant, option=orjson.OPT_UTC_Z), "ascii")[1:-1]


# Strawberry's own readers of ISO 8601, which are always there though their declarations say they may not be.
_PARSE_INSTANT: Any = DateTimeDefinition.parse_value
_PARSE_DAY: Any = DateDefinition.parse_value


def parse_instant(text: str) -> datetime.datetime:
    """Read an instant, in UTC.

    Raises UnreadableError for text that is none, that does not say its offset, or that can't be kept.
    """
    instant: datetime.datetime = _read(_PARSE_INSTANT, text)
    if instant.tzinfo is None:
        raise UnreadableError(f"{text!r} says no time zone: end it with Z or an offset such as +07:00.")
    try:
        return in_utc(instant)
    except ValueError as error:
        raise UnreadableError(str(error)) from None


def parse_day(text: str) -> datetime.date:
    """Read a day; raises UnreadableError for text that is none."""
    day: datetime.date = _read(_PARSE_DAY, text)
    return day


def _read(parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except GraphQLError as error:
        raise UnreadableError(error.message) from error


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="An instant, RFC 3339: any offset is understood, answers are in UTC with a `Z`.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
    serialize=format_instant,
    parse_value=parse_instant,
)

DATE: ScalarDefinition = strawberry.scalar(
    name="Date",
    description="Date (isoformat)",
    serialize=datetime.date.isoformat,
    parse_value=parse_day,
)
