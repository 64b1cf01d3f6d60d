"""Versions of what a client sets up, so that an edit can refuse to overwrite what its author has not seen."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0004_numbers_are_found")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0005_versions_of_settings.sql").read_text())
    ]
