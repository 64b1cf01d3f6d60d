"""The rules for hold times (B3)."""

from __future__ import annotations

from domain.rules.hold_rules import HoldRule, HoldScope
from domain.store.database import Connection, Row


async def of_pool(sql: Connection, *, client_id: int, distribution_center_id: int) -> list[HoldRule]:
    """The rules that can apply to orders of the distribution center."""
    rows = await sql.fetch(
        """
        SELECT * FROM hold_rules
        WHERE client_id = $1 AND (distribution_center_id IS NULL OR distribution_center_id = $2)
        """,
        client_id,
        distribution_center_id,
    )
    return [
        HoldRule(row["id"], HoldScope(*(row[name] for name in HoldScope._fields)), row["hours"])
        for row in rows
    ]


async def of_scope(sql: Connection, *, client_id: int, scope: HoldScope) -> Row | None:
    """The rule for exactly these attributes, or None."""
    return await sql.fetchrow(
        """
        SELECT * FROM hold_rules
        WHERE client_id = $1 AND distribution_center_id IS NOT DISTINCT FROM $2
          AND order_type IS NOT DISTINCT FROM $3 AND shipping_agency IS NOT DISTINCT FROM $4
          AND service IS NOT DISTINCT FROM $5 AND country IS NOT DISTINCT FROM $6
        """,
        client_id,
        *scope,
    )


async def put(sql: Connection, *, client_id: int, scope: HoldScope, hours: int, version: int) -> int:
    """Set the hours of the scope's rule, which may be new; its id."""
    rule_id: int = await sql.fetchval(
        """
        INSERT INTO hold_rules (client_id, distribution_center_id, order_type, shipping_agency, service,
                                country, hours, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (client_id, distribution_center_id, order_type, shipping_agency, service, country)
            DO UPDATE SET hours = excluded.hours, version = excluded.version
        RETURNING id
        """,
        client_id,
        *scope,
        hours,
        version,
    )
    return rule_id


async def get(sql: Connection, *, client_id: int, rule_id: int) -> Row | None:
    """The rule's row, or None."""
    return await sql.fetchrow("SELECT * FROM hold_rules WHERE client_id = $1 AND id = $2", client_id, rule_id)


async def delete(sql: Connection, *, client_id: int, rule_id: int) -> None:
    """Take the rule away."""
    await sql.execute("DELETE FROM hold_rules WHERE client_id = $1 AND id = $2", client_id, rule_id)
