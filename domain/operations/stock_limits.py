"""Limits on what is promised: protected quantities, and caps on back orders (F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from domain.operations.checks import check_count, check_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.coverage import refresh_coverage
from domain.operations.moving import levels_changed
from domain.operations.set_up import SetUp, located
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import back_order_caps, locks, reference, stock


class ProtectedQuantity(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a SKU in a distribution center that are kept back from everybody."""

    sku_code: str
    distribution_center_code: str
    units: int


class BackOrderCap(msgspec.Struct, frozen=True, kw_only=True):
    """How many units of a SKU all orders of a distribution center, or one store's, may back-order.

    With None for `units` there is no such cap.
    """

    sku_code: str
    distribution_center_code: str
    store_code: str | None = None
    units: int | None = None


async def set_protected_quantities(command: Command, *, quantities: Sequence[ProtectedQuantity]) -> SetUp:
    """Keep units back, so that they are not available (F7); coverage follows at once.

    More may be protected than is on hand: then the next receipts are kept back. What dispatches hold
    already stays theirs. Raises NOT_FOUND for unknown codes and INVALID_INPUT.
    """

    async def body(work: Work) -> SetUp:
        check_count(quantities, what="protected quantities", path=("input",))
        codes = await reference.resolve(
            work.sql,
            client_id=work.client_id,
            distribution_centers={quantity.distribution_center_code for quantity in quantities},
            skus={quantity.sku_code for quantity in quantities},
        )
        by_pool: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for index, quantity in enumerate(quantities):
            path = ("input", str(index))
            check_quantity(quantity.units, path=(*path, "units"), least=0)
            pool, sku_id = located(quantity, codes, path=path)
            if sku_id in by_pool[pool]:
                raise _twice(path)
            by_pool[pool][sku_id] = quantity.units
        await locks.lock_pools(work.sql, client_id=work.client_id, distribution_center_ids=by_pool)
        for pool, units in sorted(by_pool.items()):
            await _protect(work, pool, units)
        return SetUp(len(quantities))

    return await perform(
        command, operation="setProtectedQuantities", payload=quantities, answer=SetUp, body=body
    )


async def set_back_order_caps(command: Command, *, caps: Sequence[BackOrderCap]) -> SetUp:
    """Cap the back orders of SKUs, or take caps away (F7). What is back-ordered already stays so.

    Raises NOT_FOUND for unknown codes and INVALID_INPUT.
    """

    async def body(work: Work) -> SetUp:
        check_count(caps, what="caps", path=("input",))
        changes = await _cap_changes(work, caps)
        await locks.lock_pools(
            work.sql,
            client_id=work.client_id,
            distribution_center_ids={change.distribution_center_id for change in changes},
        )
        before = await back_order_caps.units_of(
            work.sql, client_id=work.client_id, sku_ids={change.sku_id for change in changes}
        )
        await back_order_caps.put(work.sql, client_id=work.client_id, changes=changes)
        for cap, change in zip(caps, changes, strict=True):
            was = before.get((change.distribution_center_id, change.sku_id, change.store_id))
            whose = "all orders" if cap.store_code is None else f"orders of store {cap.store_code}"
            what = "are not capped" if cap.units is None else f"are capped at {cap.units} units"
            work.audit(
                "BACK_ORDER_CAP_SET",
                f"Back orders of {cap.sku_code} in {cap.distribution_center_code} by {whose} {what}.",
                before=msgspec.to_builtins(msgspec.structs.replace(cap, units=was)),
                after=msgspec.to_builtins(cap),
            )
        work.settings_changed()
        return SetUp(len(caps))

    return await perform(command, operation="setBackOrderCaps", payload=caps, answer=SetUp, body=body)


async def _protect(work: Work, pool: int, units: dict[int, int]) -> None:
    where = {"client_id": work.client_id, "distribution_center_id": pool}
    await stock.ensure_levels(work.sql, **where, sku_ids=units)
    before = await stock.protect(work.sql, **where, units=units)
    levels_changed(work, distribution_center_id=pool, sku_ids=before)
    for sku_id, previously in before.items():
        work.audit(
            "PROTECTED_QUANTITY_SET",
            f"{units[sku_id]} units of SKU {sku_id} in distribution center {pool} are protected.",
            before={"distribution_center": pool, "sku": sku_id, "protected": previously},
            after={"distribution_center": pool, "sku": sku_id, "protected": units[sku_id]},
        )
    await refresh_coverage(work, distribution_center_id=pool, sku_ids=before.keys())


async def _cap_changes(work: Work, caps: Sequence[BackOrderCap]) -> list[back_order_caps.CapChange]:
    codes = await reference.resolve(
        work.sql,
        client_id=work.client_id,
        distribution_centers={cap.distribution_center_code for cap in caps},
        stores={cap.store_code for cap in caps if cap.store_code is not None},
        skus={cap.sku_code for cap in caps},
    )
    changes: dict[tuple[int, int, int | None], back_order_caps.CapChange] = {}
    for index, cap in enumerate(caps):
        path = ("input", str(index))
        if cap.units is not None:
            check_quantity(cap.units, path=(*path, "units"), least=0)
        pool, sku_id = located(cap, codes, path=path)
        store_id = None
        if cap.store_code is not None:
            store_id = codes.stores.get(cap.store_code)
            if store_id is None:
                raise Refusal(
                    ErrorCode.NOT_FOUND,
                    f"There is no store with the code {cap.store_code!r}; create it first.",
                    path=(*path, "storeCode"),
                )
        if (pool, sku_id, store_id) in changes:
            raise _twice(path)
        changes[pool, sku_id, store_id] = back_order_caps.CapChange(
            distribution_center_id=pool, sku_id=sku_id, store_id=store_id, units=cap.units
        )
    return list(changes.values())


def _twice(path: tuple[str, ...]) -> Refusal:
    return Refusal(ErrorCode.INVALID_INPUT, "This is there twice in one call; send it once.", path=path)
