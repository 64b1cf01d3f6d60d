"""Numbers of dispatches and Backorders that tell a client nothing of other clients."""

from pathlib import Path

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0002_row_security")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(Path(__file__).with_name("0003_numbers_per_client.sql").read_text())
    ]
