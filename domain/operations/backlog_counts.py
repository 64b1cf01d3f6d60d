"""Keeping the counts of the Backlog Orders dashboard short to read (C2)."""

from __future__ import annotations

from domain.store import backlog_counts
from domain.store.database import Database

_AT_ONCE = 20_000
"""Changes that one transaction adds up: about a tenth of a second."""


async def add_up_backlog_counts(*, database: Database, at_once: int = _AT_ONCE) -> None:
    """Add up what was noted by transactions that changed orders; counts are right before and after.

    Any number of workers may ask for it at once. After more than `at_once` changes the room they took is
    given back, too: until then whoever counts goes through what is not there any more.
    """
    async with database.connection_across_clients() as sql:
        noted = await backlog_counts.are_noted(sql)
    many = False
    while noted:
        async with database.transaction_across_clients() as transaction:
            noted = await backlog_counts.add_up(transaction.sql, limit=at_once) == at_once
        many |= noted
    if many:
        async with database.connection_across_clients() as sql:
            await backlog_counts.give_back_room(sql)
