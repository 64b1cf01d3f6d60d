"""What old runs have decided is looked through once, and not each hour again (F1)."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0011_finished_orders_are_not_counted")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0012_decisions_are_gone_through_once.sql").read_text())
    ]
