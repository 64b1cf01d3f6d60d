"""Finished orders that were counted before 0010. Orders are only read: nobody has to wait."""

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0010_finished_orders_leave_the_backlog")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [RunSQL("SELECT recount_backlog_orders()")]  # noqa: RUF012 (declared so by Tortoise)
