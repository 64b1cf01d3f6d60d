"""Finding dispatches and Backorders by their numbers, and that no number is given twice.

The tables may be large and in use, so the indexes are made beside whoever writes to them. What an attempt
that was broken off has left behind is of no use, and goes first.
"""

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

_INDEXES = [
    statement
    for table in ("dispatches", "backorders")
    for statement in (
        f"DROP INDEX CONCURRENTLY IF EXISTS {table}_number",
        f"CREATE UNIQUE INDEX CONCURRENTLY {table}_number ON {table} (client_id, number)",
    )
]


class Migration(BaseMigration):
    atomic = False
    dependencies = [("backfill", "0003_numbers_per_client")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(statement) for statement in _INDEXES
    ]
