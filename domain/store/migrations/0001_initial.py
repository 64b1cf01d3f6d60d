"""The first tables. SQL, because Tortoise has neither composite keys nor generated columns."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    initial = True
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0001_initial.sql").read_text())
    ]
