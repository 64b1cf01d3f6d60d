"""What came and left of a SKU since it was counted is found without reading the ledger of years (F8).

What runs write most is not in the index, for they only set goods aside. The ledger may be large and in use,
so it is made beside whoever writes to it; what an attempt that was broken off has left behind goes first.
"""

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL


class Migration(BaseMigration):
    atomic = False
    dependencies = [("backfill", "0012_decisions_are_gone_through_once")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL("DROP INDEX CONCURRENTLY IF EXISTS stock_movements_goods"),
        RunSQL(
            "CREATE INDEX CONCURRENTLY stock_movements_goods ON stock_movements "
            "(client_id, distribution_center_id, sku_id, at) WHERE kind IN ('RECEIPT', 'SHIP')"
        ),
    ]
