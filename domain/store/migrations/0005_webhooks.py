"""Outbound webhooks: where they go, and what became of each."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0004_numbers_are_found")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012
        RunSQL(Path(__file__).with_name("0005_webhooks.sql").read_text())
    ]
