"""The settings of a client."""

from __future__ import annotations

from domain.store import reference
from domain.store.database import Database, Row


async def settings_of(database: Database, *, client_id: int) -> Row:
    """The client's settings, by column name."""
    async with database.connection(client_id) as sql:
        return await reference.settings_of(sql, client_id=client_id)
