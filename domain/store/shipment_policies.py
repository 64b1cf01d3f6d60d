"""Shipment policies of distribution centers, over the client's default (B8)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from domain.rules.shipment_policy import ShipmentPolicy
from domain.rules.vocabulary import PolicyScope, ShipmentPolicyKind
from domain.store.database import Connection, Row


async def applying(
    sql: Connection, *, client_id: int, distribution_center_ids: Sequence[int]
) -> list[ShipmentPolicy]:
    """The policy of each distribution center of the client: its own, or else the client's."""
    rows = await sql.fetch(
        """
        SELECT center.id, coalesce(own.kind, settings.shipment_policy_kind) AS kind,
               CASE WHEN own.kind IS NULL THEN settings.max_dispatches ELSE own.max_dispatches
               END AS max_dispatches,
               coalesce(own.split_lines, settings.split_lines) AS split_lines, own.kind IS NOT NULL AS is_own
        FROM unnest($2::bigint[]) AS center(id)
        JOIN client_settings AS settings ON settings.client_id = $1
        LEFT JOIN shipment_policies AS own
            ON own.client_id = $1 AND own.distribution_center_id = center.id
        """,
        client_id,
        list(set(distribution_center_ids)),
    )
    policies = {
        row["id"]: ShipmentPolicy(
            kind=ShipmentPolicyKind(row["kind"]),
            max_dispatches=row["max_dispatches"],
            split_lines=row["split_lines"],
            scope=PolicyScope.DISTRIBUTION_CENTER if row["is_own"] else PolicyScope.CLIENT,
        )
        for row in rows
    }
    return [policies[center] for center in distribution_center_ids]


def as_json(policy: ShipmentPolicy) -> str:
    """The policy as runs and plans keep it."""
    return orjson.dumps(policy).decode()


async def get(sql: Connection, *, client_id: int, distribution_center_id: int) -> Row | None:
    """The distribution center's own policy; None while the client's applies."""
    return await sql.fetchrow(
        "SELECT * FROM shipment_policies WHERE client_id = $1 AND distribution_center_id = $2",
        client_id,
        distribution_center_id,
    )


async def put(
    sql: Connection,
    *,
    client_id: int,
    distribution_center_id: int,
    kind: str,
    max_dispatches: int | None,
    split_lines: bool,
    version: int,
) -> None:
    """Give the distribution center a policy of its own, or another one."""
    await sql.execute(
        """
        INSERT INTO shipment_policies (client_id, distribution_center_id, kind, max_dispatches, split_lines,
                                       version)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (client_id, distribution_center_id) DO UPDATE
        SET kind = excluded.kind, max_dispatches = excluded.max_dispatches,
            split_lines = excluded.split_lines, version = excluded.version
        """,
        client_id,
        distribution_center_id,
        kind,
        max_dispatches,
        split_lines,
        version,
    )


async def delete(sql: Connection, *, client_id: int, distribution_center_id: int) -> None:
    """Let the client's default apply again."""
    await sql.execute(
        "DELETE FROM shipment_policies WHERE client_id = $1 AND distribution_center_id = $2",
        client_id,
        distribution_center_id,
    )
