"""Recomputing what is back-ordered, on demand (D3).

Everything that changes a quantity recomputes it in its own transaction, so this finds nothing to change;
it is there for whoever wants to be sure.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.operations.command import Command, Work, perform
from domain.operations.steps.centers import named_center
from domain.operations.steps.coverage import refresh_coverage, refresh_statuses
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import demand, locks, reference


class BackOrdersRecomputed(msgspec.Struct, frozen=True):
    """How many open lines were looked at."""

    lines: int


async def recompute_back_orders(
    command: Command, *, distribution_center_id: int, sku_codes: Sequence[str] | None = None
) -> BackOrdersRecomputed:
    """Compute coverage, promises and back order statuses of the pool anew, of these SKUs or of all.

    Raises NOT_FOUND for an unknown distribution center or SKU.
    """

    async def body(work: Work) -> BackOrdersRecomputed:
        pool = {"client_id": work.client_id, "distribution_center_id": distribution_center_id}
        center = await named_center(work, distribution_center_id)
        sku_ids = None if sku_codes is None else await _skus(work, sku_codes)
        await locks.lock_pools(
            work.sql, client_id=work.client_id, distribution_center_ids=[distribution_center_id]
        )
        lines = await demand.forget_coverage(work.sql, **pool, sku_ids=sku_ids)
        await refresh_coverage(
            work,
            distribution_center_id=distribution_center_id,
            sku_ids={line["sku_id"] for line in lines},
        )
        await refresh_statuses(work, {line["order_id"] for line in lines})
        work.audit(
            "BACK_ORDERS_RECOMPUTED",
            f"Back orders of {center['code']} were recomputed.",
            after={"distribution_center": distribution_center_id, "lines": len(lines)},
        )
        return BackOrdersRecomputed(len(lines))

    return await perform(
        command,
        operation="recomputeBackOrders",
        payload=[distribution_center_id, sku_codes],
        answer=BackOrdersRecomputed,
        body=body,
    )


async def _skus(work: Work, sku_codes: Sequence[str]) -> list[int]:
    codes = await reference.resolve(work.sql, client_id=work.client_id, skus=sku_codes)
    for index, code in enumerate(sku_codes):
        if code not in codes.skus:
            raise Refusal(
                ErrorCode.NOT_FOUND,
                f"There is no SKU with the code {code!r}.",
                path=("skuCodes", str(index)),
            )
    return list(codes.skus.values())
