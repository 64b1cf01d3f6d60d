"""Counts of the Backlog Orders dashboard, kept by the transactions that change orders (C2)."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [  # noqa: RUF012 (declared so by Tortoise)
        ("backfill", "0007_plans_applied_by_workers"),
        ("backfill", "0007_use_of_tokens"),
    ]
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0008_counts_of_the_backlog.sql").read_text())
    ]
