"""Back-order lines of a SKU, and purchase orders that are still open, are found without passing all others.

Both are over what makes a change write to every index of its table anyway: that a line becomes a back-order
line, and that goods are received on one. The tables may be large and in use, so the indexes are made beside
whoever writes; what an attempt that was broken off has left behind goes first.
"""

from tortoise.migrations.migration import Migration as BaseMigration
from tortoise.migrations.operations import RunSQL

_INDEXES = {
    "pool_demand_back_ordered_sku": "pool_demand (client_id, sku_id, back_ordered_since, line_id) "
    "WHERE back_ordered_since IS NOT NULL",
    "purchase_order_lines_open": "purchase_order_lines (client_id, purchase_order_id) WHERE open > 0",
}


class Migration(BaseMigration):
    atomic = False
    dependencies = [("backfill", "0017_common_beginnings")]  # noqa: RUF012 (declared so by Tortoise)
    operations = [  # noqa: RUF012 (declared so by Tortoise)
        RunSQL(statement)
        for name, index in _INDEXES.items()
        for statement in (
            f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            f"CREATE INDEX CONCURRENTLY {name} ON {index}",
        )
    ]
