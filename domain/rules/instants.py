"""Instants that can be kept: those that PostgreSQL takes and gives back as they were.

Near the ends of the calendar a time with an offset has no equal in UTC: it would be kept, and nobody could
read it again, nor anything that is read together with it. The very ends are kept as what has no end, and come
back without a time zone.
"""

from __future__ import annotations

from datetime import UTC, datetime

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


def in_utc(instant: datetime) -> datetime:
    """The aware instant in UTC. Raises ValueError for one that can't be kept."""
    try:
        kept = instant.astimezone(UTC)
    except OverflowError:
        kept = _END
    if not _BEGINNING < kept < _END:
        raise ValueError(f"{instant.isoformat()} is no time that can be kept: its years go from 1 to 9999")
    return kept
