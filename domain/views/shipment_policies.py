"""Which shipment policy applies in a distribution center (B8)."""

from __future__ import annotations

from collections.abc import Sequence

from domain.rules.shipment_policy import ShipmentPolicy
from domain.store import shipment_policies
from domain.store.database import Database


async def policies_of(
    database: Database, *, client_id: int, distribution_center_ids: Sequence[int]
) -> list[ShipmentPolicy]:
    """The policy of each distribution center: its own, or else the client's."""
    async with database.connection(client_id) as sql:
        return await shipment_policies.applying(
            sql, client_id=client_id, distribution_center_ids=distribution_center_ids
        )
