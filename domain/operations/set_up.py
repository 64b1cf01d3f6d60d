"""Reference data and stock counts: what a client sets up before orders come in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Protocol

import msgspec

from domain.operations.answers import UserError
from domain.operations.checks import WrongRows, check_count, check_quantity, check_text
from domain.operations.command import Command, Work, perform
from domain.operations.shared_schedules import take_shared_schedules
from domain.operations.steps.auditing import Coded, upserts_audited
from domain.operations.steps.counting import Counted, count_pool
from domain.operations.steps.coverage import refresh_coverage, refresh_pool
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import DistributionCenterKind
from domain.store import locks, reference


class NewDistributionCenter(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution center by its code."""

    code: str
    name: str
    kind: DistributionCenterKind = DistributionCenterKind.STANDARD


class NewStore(msgspec.Struct, frozen=True, kw_only=True):
    """A store by its code."""

    code: str
    name: str


class NewSku(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU by its code; `replacement_code` names the SKU that may stand in for it (D2)."""

    code: str
    name: str
    barcode: str | None = None
    replacement_code: str | None = None


class StockCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted on hand of a SKU in a distribution center, in units."""

    sku_code: str
    distribution_center_code: str
    on_hand: int


class Located(Protocol):
    """Something about a SKU in a distribution center, both by their codes."""

    @property
    def sku_code(self) -> str: ...
    @property
    def distribution_center_code(self) -> str: ...


class SetUp(msgspec.Struct, frozen=True):
    """How many rows were set, and why others were not.

    A row that is wrong refuses its whole call, unless `wrong_apart` asks for the others to be set without it.
    """

    count: int
    errors: list[UserError] = []


async def upsert_distribution_centers(
    command: Command, *, distribution_centers: Sequence[NewDistributionCenter], wrong_apart: bool = False
) -> SetUp:
    """Create distribution centers, or change the name and kind of those whose code exists.

    A change of kind decides over what is available there, so it recomputes coverage (D2).
    """

    async def body(work: Work) -> SetUp:
        wrong = WrongRows(wrong_apart)
        _check_codes(distribution_centers, wrong, what="distribution centers")
        rows = [row for _, row in wrong.others(distribution_centers)]
        await locks.lock_reference_data(work.sql, client_id=work.client_id)
        async with upserts_audited(work, "distribution center", rows):
            changed = await reference.upsert_distribution_centers(
                work.sql, client_id=work.client_id, rows=[msgspec.to_builtins(row) for row in rows]
            )
        await take_shared_schedules(work, codes={row.code for row in rows})
        await locks.lock_pools(work.sql, client_id=work.client_id, distribution_center_ids=changed)
        for pool in changed:
            await refresh_pool(work, distribution_center_id=pool)
        return _set_up(rows, wrong)

    return await perform(
        command,
        operation="upsertDistributionCenters",
        payload=distribution_centers,
        answer=SetUp,
        body=body,
    )


async def upsert_stores(command: Command, *, stores: Sequence[NewStore], wrong_apart: bool = False) -> SetUp:
    """Create stores, or rename those whose code exists."""

    async def body(work: Work) -> SetUp:
        wrong = WrongRows(wrong_apart)
        _check_codes(stores, wrong, what="stores")
        rows = [row for _, row in wrong.others(stores)]
        await locks.lock_reference_data(work.sql, client_id=work.client_id)
        async with upserts_audited(work, "store", rows):
            await reference.upsert_stores(
                work.sql, client_id=work.client_id, rows=[msgspec.to_builtins(row) for row in rows]
            )
        return _set_up(rows, wrong)

    return await perform(command, operation="upsertStores", payload=stores, answer=SetUp, body=body)


async def upsert_skus(command: Command, *, skus: Sequence[NewSku], wrong_apart: bool = False) -> SetUp:
    """Create SKUs, or change those whose code exists; a replacement may come in the same call.

    A SKU is as it was sent last, so one that is sent without its replacement has none any more. While
    replacements are considered (D2), a change of one recomputes coverage.

    Raises NOT_FOUND for an unknown replacement, INVALID_INPUT for a SKU that replaces itself and
    DUPLICATE for a barcode of another SKU.
    """

    async def body(work: Work) -> SetUp:
        wrong = WrongRows(wrong_apart)
        _check_codes(skus, wrong, what="SKUs")
        await locks.lock_reference_data(work.sql, client_id=work.client_id)
        await _check_replacements(work, skus, wrong)
        await _check_barcodes(work, skus, wrong)
        if wrong.refusals:
            # Those that are replaced by what is not set after all.
            await _check_replacements(work, skus, wrong)
        rows = [row for _, row in wrong.others(skus)]
        async with upserts_audited(work, "SKU", rows):
            changed = await reference.upsert_skus(
                work.sql, client_id=work.client_id, rows=[msgspec.to_builtins(row) for row in rows]
            )
        if changed:
            await _refresh_replaced(work, changed)
        return _set_up(rows, wrong)

    return await perform(command, operation="upsertSkus", payload=skus, answer=SetUp, body=body)


async def set_stock(command: Command, *, counts: Sequence[StockCount], wrong_apart: bool = False) -> SetUp:
    """Set what is on hand, from a count; the difference goes into the ledger (F8).

    Raises NOT_FOUND for unknown codes and INSUFFICIENT_STOCK when fewer units are counted than
    dispatches hold.
    """

    async def body(work: Work) -> SetUp:
        check_count(counts, what="stock counts", path=("input",))
        codes = await reference.resolve(
            work.sql,
            client_id=work.client_id,
            distribution_centers={count.distribution_center_code for count in counts},
            skus={count.sku_code for count in counts},
        )
        wrong = WrongRows(wrong_apart)
        by_pool: defaultdict[int, dict[int, Counted]] = defaultdict(dict)
        for index, count in enumerate(counts):
            path = ("input", str(index))
            with wrong.at(index):
                check_quantity(count.on_hand, path=(*path, "onHand"), least=0)
                distribution_center_id, sku_id = located(count, codes, path=path)
                if sku_id in by_pool[distribution_center_id]:
                    raise Refusal(
                        ErrorCode.INVALID_INPUT,
                        f"SKU {count.sku_code} is counted twice for {count.distribution_center_code}; "
                        "send it once.",
                        path=path,
                    )
                by_pool[distribution_center_id][sku_id] = Counted(index, count.on_hand)
        await locks.lock_pools(work.sql, client_id=work.client_id, distribution_center_ids=by_pool)
        for distribution_center_id, counted in sorted(by_pool.items()):
            await count_pool(work, distribution_center_id, counted, wrong)
        return _set_up([count for _, count in wrong.others(counts)], wrong)

    return await perform(command, operation="setStock", payload=counts, answer=SetUp, body=body)


def located(place: Located, codes: reference.Codes, *, path: tuple[str, ...]) -> tuple[int, int]:
    """The ids of the distribution center and the SKU. Raises NOT_FOUND for a code that is none."""
    distribution_center_id = codes.distribution_centers.get(place.distribution_center_code)
    if distribution_center_id is None:
        raise Refusal(
            ErrorCode.NOT_FOUND,
            f"There is no distribution center with the code {place.distribution_center_code!r}; "
            "create it first.",
            path=(*path, "distributionCenterCode"),
        )
    sku_id = codes.skus.get(place.sku_code)
    if sku_id is None:
        raise Refusal(
            ErrorCode.NOT_FOUND,
            f"There is no SKU with the code {place.sku_code!r}; create it first.",
            path=(*path, "skuCode"),
        )
    return distribution_center_id, sku_id


def _set_up(rows: Sequence[object], wrong: WrongRows) -> SetUp:
    return SetUp(len(rows), [UserError.of(refusal) for _, refusal in sorted(wrong.refusals.items())])


def _check_codes(rows: Sequence[Coded], wrong: WrongRows, *, what: str) -> None:
    check_count(rows, what=what, path=("input",))
    seen: set[str] = set()
    for index, row in enumerate(rows):
        with wrong.at(index):
            check_text(row.code, what="code", path=("input", str(index), "code"), longest=64)
            check_text(row.name, what="name", path=("input", str(index), "name"), longest=255)
            if row.code in seen:
                raise Refusal(
                    ErrorCode.INVALID_INPUT,
                    f"The code {row.code} is there twice; send it once.",
                    path=("input", str(index), "code"),
                )
            seen.add(row.code)


async def _refresh_replaced(work: Work, sku_ids: Collection[int]) -> None:
    settings = await reference.settings_of(work.sql, client_id=work.client_id)
    if not (settings["back_order_workflow"] and settings["consider_replacement_sku"]):
        return
    for pool in await locks.lock_all_pools(work.sql, client_id=work.client_id):
        await refresh_coverage(work, distribution_center_id=pool, sku_ids=sku_ids)


async def _check_replacements(work: Work, skus: Sequence[NewSku], wrong: WrongRows) -> None:
    known = await reference.resolve(
        work.sql,
        client_id=work.client_id,
        skus={sku.replacement_code for sku in skus if sku.replacement_code is not None},
    )
    before = -1
    # A SKU that is set apart may have been the replacement of another one that was good without it.
    while before < len(wrong.refusals):
        before = len(wrong.refusals)
        there = known.skus.keys() | {sku.code for _, sku in wrong.others(skus)}
        for index, sku in wrong.others(skus):
            with wrong.at(index):
                _check_replacement(sku, there, path=("input", str(index), "replacementCode"))


def _check_replacement(sku: NewSku, there: Collection[str], *, path: tuple[str, ...]) -> None:
    if sku.replacement_code == sku.code:
        raise Refusal(ErrorCode.INVALID_INPUT, "A SKU can't replace itself.", path=path)
    if sku.replacement_code is not None and sku.replacement_code not in there:
        raise Refusal(
            ErrorCode.NOT_FOUND,
            f"There is no SKU with the code {sku.replacement_code!r}; create it first.",
            path=path,
        )


async def _check_barcodes(work: Work, skus: Sequence[NewSku], wrong: WrongRows) -> None:
    barcodes: dict[int, str] = {}
    for index, sku in wrong.others(skus):
        if sku.barcode is not None:
            with wrong.at(index):
                check_text(sku.barcode, what="barcode", path=("input", str(index), "barcode"))
                barcodes[index] = sku.barcode
    holders = await reference.barcode_holders(work.sql, client_id=work.client_id, barcodes=barcodes.values())
    for index, barcode in barcodes.items():
        with wrong.at(index):
            if holders.setdefault(barcode, skus[index].code) != skus[index].code:
                raise Refusal(
                    ErrorCode.DUPLICATE,
                    f"The barcode {barcode} belongs to SKU {holders[barcode]}; give each SKU its own.",
                    path=("input", str(index), "barcode"),
                )
