"""The scalars whose output is ours: instants, RFC 3339, always in UTC with a Z."""

from __future__ import annotations

import datetime

import strawberry
from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition


def format_instant(instant: datetime.datetime) -> str:
    """Write an aware instant in UTC with a Z; raises ValueError for one without a time zone."""
    if instant.tzinfo is None:
        raise ValueError("DateTime cannot represent an instant without a time zone.")
    if instant.tzinfo is not datetime.UTC:
        instant = instant.astimezone(datetime.UTC)
    return instant.isoformat()[: -len("+00:00")] + "Z"


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="An instant, RFC 3339: any offset is understood, answers are in UTC with a `Z`.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
    serialize=format_instant,
    parse_value=DateTimeDefinition.parse_value,
)
