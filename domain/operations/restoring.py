"""Loading a database from a backup: what has to be true before it, and is made true after it."""

from __future__ import annotations

from domain.store import restoring
from domain.store.database import Database


class NotEmptyError(Exception):
    """The database has tables already, which a backup would have to overwrite."""


class NotOursError(Exception):
    """The database has none of our tables: nothing was restored into it, or the backup of something else."""


async def before_restoring(*, database: Database) -> None:
    """Make the database ready to be loaded. Raises NotEmptyError."""
    async with database.transaction_across_clients() as transaction:
        if await restoring.has_tables(transaction.sql):
            raise NotEmptyError
        await restoring.make_client_role(transaction.sql)


async def after_restoring(*, database: Database) -> None:
    """Begin a new history: no cursor of an event from before is answered with other events (F5).

    Raises NotOursError.
    """
    async with database.transaction_across_clients() as transaction:
        if not await restoring.has_our_tables(transaction.sql):
            raise NotOursError
        await restoring.begin_new_history(transaction.sql)
