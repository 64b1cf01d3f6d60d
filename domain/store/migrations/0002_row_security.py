"""Rows of one client, shown by PostgreSQL to nobody who works for another. SQL: Tortoise has no policies."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0001_initial")]  # noqa: RUF012 (declared so by Tortoise)
    # The second part commits after each table.
    atomic = False
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0002_client_role.sql").read_text()),
        RunSQL(Path(__file__).with_name("0002_client_policies.sql").read_text()),
    ]
