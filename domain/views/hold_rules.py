"""The rules for hold times (B3)."""

from __future__ import annotations

from collections.abc import Collection

from domain.store.database import Database, Row
from domain.store.reads.hold_rules import HOLD_RULES


async def hold_rules(
    database: Database, *, client_id: int, distribution_center_id: int | None, selected: Collection[str]
) -> list[Row]:
    """The client's rules, or those that can apply in one distribution center; the most specific first."""
    names = HOLD_RULES.wanted(selected, always=("id",))
    async with database.connection(client_id) as sql:
        return await sql.fetch(
            HOLD_RULES.select(names)
            + "\n  AND ($2::bigint IS NULL OR rule.distribution_center_id IS NULL"
            + " OR rule.distribution_center_id = $2)\nORDER BY rule.specificity DESC, rule.id",
            client_id,
            distribution_center_id,
        )
