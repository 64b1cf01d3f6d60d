"""Dry runs of the pool MAIN."""

from __future__ import annotations

from datetime import datetime

from domain.operations.plan_allocation import (
    HypotheticalReceipt,
    WhatIf,
    plan_allocation,
)
from tests.builders import MAIN, NOW, Shop


async def planned(
    shop: Shop, what_if: WhatIf | None = None, *, now: datetime = NOW, key: str | None = None
) -> int:
    """A new plan; its id."""
    pool = await shop.id_of("distribution_centers", MAIN)
    command = shop.command(now=now, key=key)
    made = await plan_allocation(command, distribution_center_id=pool, what_if=what_if)
    return made.plan_id


def receipts(**units: int) -> WhatIf:
    """Supposing that these units had come in."""
    return WhatIf(
        receipts=tuple(
            HypotheticalReceipt(sku_code=code, quantity=quantity) for code, quantity in units.items()
        )
    )
