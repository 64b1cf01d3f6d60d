"""A count tells of its moment, and so does what a scanner received or shipped offline (F8, F10)."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0013_goods_moved_are_found")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0014_counts_of_then.sql").read_text())
    ]
