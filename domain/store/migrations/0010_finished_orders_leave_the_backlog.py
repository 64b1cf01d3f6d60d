"""An order of which nothing is left to do is not on the Backlog Orders dashboard (C1)."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0009_backlog_is_counted")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0010_finished_orders_leave_the_backlog.sql").read_text())
    ]
