"""The scalars whose output is ours: instants, RFC 3339, always in UTC with a Z."""

from __future__ import annotations

import datetime
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition


def format_instant(instant: datetime.datetime) -> str:
    """Write an aware instant in UTC with a Z; raises ValueError for one without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("DateTime cannot represent an instant without a time zone.")
    if instant.tzinfo is not datetime.UTC:
        instant = instant.astimezone(datetime.UTC)
    # orjson writes what isoformat does, in a third of the time.
    return str(orjson.dumps(instant, option=orjson.OPT_UTC_Z), "ascii")[1:-1]


# Strawberry's own reader of ISO 8601, which is always there though its declaration says it may not be.
_PARSE: Any = DateTimeDefinition.parse_value


def parse_instant(text: str) -> datetime.datetime:
    """Read an instant, in UTC; raises GraphQLError for text that is none, or that does not say its offset.

    Near the ends of the calendar a time with an offset has no equal in UTC. PostgreSQL would keep it all the
    same, and nobody could read it from there again.
    """
    instant: datetime.datetime = _PARSE(text)
    if instant.tzinfo is None:
        raise GraphQLError(f"{text!r} says no time zone: end it with Z or an offset such as +07:00.")
    try:
        return instant.astimezone(datetime.UTC)
    except OverflowError:
        raise GraphQLError(f"{text!r} is no time in UTC: its years go from 1 to 9999.") from None


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="An instant, RFC 3339: any offset is understood, answers are in UTC with a `Z`.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
    serialize=format_instant,
    parse_value=parse_instant,
)
