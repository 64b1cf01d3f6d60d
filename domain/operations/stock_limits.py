"""Limits on what is promised: protected quantities, and caps on back orders (F7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from domain.operations.checks import check_count, check_quantity
from domain.operations.command import Command, Work, perform
from domain.operations.set_up import SetUp, located
from domain.operations.steps.coverage import refresh_coverage
from domain.operations.steps.moving import levels_changed
from domain.operations.steps.versions import begin_edit, require_version
from domain.rules.refusals import ErrorCode, Refusal
from domain.store import back_order_caps, locks, reference, stock


class ProtectedQuantity(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a SKU in a distribution center that are kept back from everybody.

    `expected_units` are those that the caller has seen kept back; None when that does not matter.
    """

    sku_code: str
    distribution_center_code: str
    units: int
    expected_units: int | None = None


class BackOrderCap(msgspec.Struct, frozen=True, kw_only=True):
    """How many units of a SKU all orders of a distribution center, or one store's, may back-order.

    With None for `units` there is no such cap. `expected_version` is the version that the caller has seen, 0
    for no cap; None when that does not matter.
    """

    sku_code: str
    distribution_center_code: str
    store_code: str | None = None
    units: int | None = None
    expected_version: int | None = None


async def set_protected_quantities(command: Command, *, quantities: Sequence[ProtectedQuantity]) -> SetUp:
    """Keep units back, so that they are not available (F7); coverage follows at once.

    More may be protected than is on hand: then the next receipts are kept back. What dispatches hold
    already stays theirs. Raises NOT_FOUND for unknown codes, INVALID_INPUT, and VERSION_CONFLICT with what is
    kept back now as the version.
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
        seen: dict[tuple[int, int], tuple[int, int]] = {}
        for index, quantity in enumerate(quantities):
            path = ("input", str(index))
            check_quantity(quantity.units, path=(*path, "units"), least=0)
            pool, sku_id = located(quantity, codes, path=path)
            if sku_id in by_pool[pool]:
                raise _twice(path)
            by_pool[pool][sku_id] = quantity.units
            if quantity.expected_units is not None:
                seen[pool, sku_id] = quantity.expected_units, index
        await locks.lock_pools(work.sql, client_id=work.client_id, distribution_center_ids=by_pool)
        await _require_protected(work, seen)
        for pool, units in sorted(by_pool.items()):
            await _protect(work, pool, units)
        return SetUp(len(quantities))

    return await perform(
        command, operation="setProtectedQuantities", payload=_payload(quantities), answer=SetUp, body=body
    )


async def set_back_order_caps(command: Command, *, caps: Sequence[BackOrderCap]) -> SetUp:
    """Cap the back orders of SKUs, or take caps away (F7). What is back-ordered already stays so.

    Raises NOT_FOUND for unknown codes, INVALID_INPUT, and VERSION_CONFLICT.
    """

    async def body(work: Work) -> SetUp:
        check_count(caps, what="caps", path=("input",))
        changes = await _cap_changes(work, caps)
        await locks.lock_pools(
            work.sql,
            client_id=work.client_id,
            distribution_center_ids={change.distribution_center_id for change in changes},
        )
        version = await begin_edit(work)
        before = await back_order_caps.as_they_are(
            work.sql, client_id=work.client_id, sku_ids={change.sku_id for change in changes}
        )
        for index, (cap, change) in enumerate(zip(caps, changes, strict=True)):
            require_version(
                before.get(change.place),
                cap.expected_version,
                what="cap",
                path=("input", str(index), "expectedVersion"),
            )
        await back_order_caps.put(work.sql, client_id=work.client_id, changes=changes, version=version)
        for cap, change in zip(caps, changes, strict=True):
            known = before.get(change.place)
            was = None if known is None else known["units"]
            whose = "all orders" if cap.store_code is None else f"orders of store {cap.store_code}"
            what = "are not capped" if cap.units is None else f"are capped at {cap.units} units"
            work.audit(
                "BACK_ORDER_CAP_SET",
                f"Back orders of {cap.sku_code} in {cap.distribution_center_code} by {whose} {what}.",
                before=_told(cap) | {"units": was},
                after=_told(cap),
            )
        work.settings_changed()
        return SetUp(len(caps))

    return await perform(
        command, operation="setBackOrderCaps", payload=_payload(caps), answer=SetUp, body=body
    )


def _payload(limits: Sequence[ProtectedQuantity | BackOrderCap]) -> list[dict[str, object]]:
    """What makes a repetition the same request: keys that were used without what was seen stay good."""
    told: list[dict[str, object]] = [msgspec.to_builtins(limit) for limit in limits]
    return [
        {
            name: value
            for name, value in limit.items()
            if value is not None or name not in ("expected_version", "expected_units")
        }
        for limit in told
    ]


def _told(cap: BackOrderCap) -> dict[str, object]:
    """What the audit trail tells of a cap."""
    return {
        name: getattr(cap, name) for name in ("sku_code", "distribution_center_code", "store_code", "units")
    }


async def _require_protected(work: Work, seen: Mapping[tuple[int, int], tuple[int, int]]) -> None:
    """What is kept back is what the caller has seen, by pool and SKU: units and the place in the input."""
    by_pool: defaultdict[int, list[int]] = defaultdict(list)
    for pool, sku_id in seen:
        by_pool[pool].append(sku_id)
    for pool, sku_ids in by_pool.items():
        levels = await stock.levels(
            work.sql, client_id=work.client_id, distribution_center_id=pool, sku_ids=sku_ids
        )
        for sku_id in sku_ids:
            expected, index = seen[pool, sku_id]
            current = levels[sku_id]["protected"] if sku_id in levels else 0
            if current != expected:
                raise Refusal(
                    ErrorCode.VERSION_CONFLICT,
                    f"{current} units are protected by now, not {expected}; "
                    "read it again before you change it.",
                    path=("input", str(index), "expectedUnits"),
                    details={"currentVersion": current},
                )


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
