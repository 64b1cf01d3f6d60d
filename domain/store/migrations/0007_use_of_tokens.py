"""When a token was used last, so that one that nobody needs any more can be found."""

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    dependencies = [("backfill", "0006_forgetting_audit_entries")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        # Without a default no row is touched: the lock is a short one.
        RunSQL("ALTER TABLE api_tokens ADD COLUMN IF NOT EXISTS last_used_at timestamptz")
    ]
