"""What a marketplace tells of an order outdates no plan, but for another carrier (F2)."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0015_audit_entries_name_their_client")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0016_news_outdate_no_plan.sql").read_text())
    ]
