"""The orders that were there before their counts were kept. They are only read: nobody has to wait."""

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0008_counts_of_the_backlog")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [RunSQL("SELECT recount_backlog_orders()")]  # noqa: RUF012 (declared so by Tortoise)
