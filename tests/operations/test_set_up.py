"""Reference data, and stock counts with their ledger (F8)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.operations.checks import MAX_QUANTITY
from domain.operations.set_up import (
    NewDistributionCenter,
    NewSku,
    NewStore,
    SetUp,
    StockCount,
    set_stock,
    upsert_distribution_centers,
    upsert_skus,
    upsert_stores,
)
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import DistributionCenterKind
from domain.store import locks
from tests.builders import NOW, Shop
from tests.operations.expecting import clear_records, everything, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import lock_awaited

BAD_CODES = {
    "nothing": ("", "Name", "code"),
    "blank": (" ", "Name", "code"),
    "padded": ("A ", "Name", "code"),
    "control character": ("A\n", "Name", "code"),
    "too long": ("A" * 65, "Name", "code"),
    "no name": ("A", "", "name"),
    "long name": ("A", "N" * 256, "name"),
}
every_bad_code = pytest.mark.parametrize(("code", "name", "field"), BAD_CODES.values(), ids=BAD_CODES)


def count(code: str, on_hand: int, at: str = "MAIN") -> StockCount:
    return StockCount(sku_code=code, distribution_center_code=at, on_hand=on_hand)


async def test_the_same_codes_may_be_sent_in_any_order_at_the_same_time(shop: Shop) -> None:
    async with shop.database.transaction(shop.client_id) as transaction:
        await locks.lock_reference_data(transaction.sql, client_id=shop.client_id)
        waiting: list[asyncio.Task[SetUp]] = []
        for sent in (["A", "B"], ["B", "A"]):
            waiting += [
                asyncio.create_task(upsert_skus(shop.command(), skus=[NewSku(code=c, name=c) for c in sent])),
                asyncio.create_task(
                    upsert_stores(shop.command(), stores=[NewStore(code=c, name=c) for c in sent])
                ),
                asyncio.create_task(
                    upsert_distribution_centers(
                        shop.command(),
                        distribution_centers=[NewDistributionCenter(code=c, name=c) for c in sent],
                    )
                ),
            ]
        # Each waits before it has touched anything that another one could be waiting for.
        await lock_awaited(shop, times=len(waiting))

    assert await asyncio.gather(*waiting) == [SetUp(2)] * 6


async def test_distribution_centers_are_created_with_a_pool_and_changed_by_code(shop: Shop) -> None:
    answer = await upsert_distribution_centers(
        shop.command(),
        distribution_centers=[
            NewDistributionCenter(code="MAIN", name="Main hall"),
            NewDistributionCenter(code="VEND", name="Vendor", kind=DistributionCenterKind.DROPSHIP),
        ],
    )

    assert answer == SetUp(2)
    centers = "SELECT client_id, code, name, kind FROM distribution_centers ORDER BY code"
    assert await shop.tuples(centers) == [
        (shop.client_id, "MAIN", "Main hall", "STANDARD"),
        (shop.client_id, "VEND", "Vendor", "DROPSHIP"),
    ]
    assert await shop.tuples("SELECT client_id, generation FROM stock_pools") == [(shop.client_id, 0)] * 2


@pytest.mark.rule("D2")
async def test_a_center_that_becomes_a_vendors_covers_nothing_any_more(shop: Shop) -> None:
    await shop.stock(TEA=5)
    order = await shop.order("SO-1", TEA=3)
    (line,) = await shop.lines_of(order)
    await clear_records(shop)

    await shop.distribution_center("MAIN", kind=DistributionCenterKind.DROPSHIP)

    assert await shop.value("SELECT back_order_status FROM orders") == "FULL"
    assert await told(shop) == [
        (
            "ORDER",
            "upsertDistributionCenters",
            order,
            {"previousStatus": "CREATE", "previousBackOrderStatus": "NONE"},
        ),
        ("LINE", "upsertDistributionCenters", line, {"backOrderedQty": 3, "previousBackOrderedQty": 0}),
    ]
    await assert_consistent(shop.database)
    await shop.distribution_center("MAIN")
    assert await shop.value("SELECT back_order_status FROM orders") == "NONE"


async def test_stores_are_created_and_renamed_by_code(shop: Shop) -> None:
    await shop.store("WEB")

    answer = await upsert_stores(
        shop.command(), stores=[NewStore(code="WEB", name="Web shop"), NewStore(code="POP", name="Pop-up")]
    )

    assert answer == SetUp(2)
    assert await shop.tuples("SELECT client_id, code, name FROM stores ORDER BY code") == [
        (shop.client_id, "POP", "Pop-up"),
        (shop.client_id, "WEB", "Web shop"),
    ]


async def test_skus_are_created_and_changed_by_code(shop: Shop) -> None:
    answer = await upsert_skus(
        shop.command(),
        skus=[
            NewSku(code="TEA", name="Tea", barcode="111", replacement_code="CHAI"),
            NewSku(code="CHAI", name="Chai"),
        ],
    )
    skus = "SELECT id, code, name, barcode, replacement_id FROM skus ORDER BY id"
    assert answer == SetUp(2)
    assert await shop.tuples(skus) == [(1, "TEA", "Tea", "111", 2), (2, "CHAI", "Chai", None, None)]

    await upsert_skus(
        shop.command(),
        skus=[
            NewSku(code="CHAI", name="Masala chai", barcode="222", replacement_code="TEA"),
            NewSku(code="TEA", name="Tea"),
        ],
    )

    assert await shop.tuples(skus) == [(1, "TEA", "Tea", None, None), (2, "CHAI", "Masala chai", "222", 1)]


@pytest.mark.rule("D2")
async def test_a_new_replacement_covers_what_waits_for_it(shop: Shop) -> None:
    await shop.settings(consider_replacement_sku=True)
    await shop.stock(CHAI=2)
    await shop.order("SO-1", TEA=3)

    await shop.sku("TEA", replaced_by="CHAI")
    assert await shop.value("SELECT back_ordered FROM pool_demand") == 1
    await assert_consistent(shop.database)

    await shop.sku("TEA")
    assert await shop.value("SELECT back_ordered FROM pool_demand") == 3
    await assert_consistent(shop.database)


@every_bad_code
async def test_a_code_or_name_that_is_no_text_is_refused(
    shop: Shop, code: str, name: str, field: str
) -> None:
    good_center, good_store, good_sku = (
        NewDistributionCenter(code="OK", name="Fine"),
        NewStore(code="OK", name="Fine"),
        NewSku(code="OK", name="Fine"),
    )
    path = ("input", "1", field)

    async with refused(shop, ErrorCode.INVALID_INPUT, *path):
        bad_center = NewDistributionCenter(code=code, name=name)
        await upsert_distribution_centers(shop.command(), distribution_centers=[good_center, bad_center])
    async with refused(shop, ErrorCode.INVALID_INPUT, *path):
        await upsert_stores(shop.command(), stores=[good_store, NewStore(code=code, name=name)])
    async with refused(shop, ErrorCode.INVALID_INPUT, *path):
        await upsert_skus(shop.command(), skus=[good_sku, NewSku(code=code, name=name)])


async def test_a_code_comes_once_in_a_call_and_calls_are_neither_empty_nor_endless(shop: Shop) -> None:
    store = NewStore(code="WEB", name="Web")
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "1", "code", says="there twice"):
        await upsert_stores(shop.command(), stores=[store, store])
    async with refused(shop, ErrorCode.INVALID_INPUT, "input"):
        await upsert_stores(shop.command(), stores=[])
    async with refused(shop, ErrorCode.INVALID_INPUT, "input"):
        await upsert_distribution_centers(shop.command(), distribution_centers=[])
    async with refused(shop, ErrorCode.INVALID_INPUT, "input"):
        await upsert_skus(shop.command(), skus=[NewSku(code="TEA", name="Tea")] * 10_001)
    for counts in ([], [count("TEA", 1)] * 10_001):
        async with refused(shop, ErrorCode.INVALID_INPUT, "input"):
            await set_stock(shop.command(), counts=counts)


async def test_a_replacement_is_another_sku_that_exists(shop: Shop) -> None:
    async with refused(shop, ErrorCode.NOT_FOUND, "input", "0", "replacementCode"):
        await upsert_skus(shop.command(), skus=[NewSku(code="TEA", name="Tea", replacement_code="CHAI")])
    async with refused(shop, ErrorCode.NOT_FOUND, "input", "0", "replacementCode"):
        await upsert_skus(shop.command(), skus=[NewSku(code="TEA", name="Tea", replacement_code="\0")])
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "0", "replacementCode"):
        await upsert_skus(shop.command(), skus=[NewSku(code="TEA", name="Tea", replacement_code="TEA")])


async def test_a_barcode_belongs_to_one_sku_of_a_client(shop: Shop, other: Shop) -> None:
    await shop.sku("TEA", barcode="111")
    await other.sku("CUP", barcode="111")

    async with refused(shop, ErrorCode.DUPLICATE, "input", "0", "barcode", says="belongs to SKU TEA"):
        await upsert_skus(shop.command(), skus=[NewSku(code="CUP", name="Cup", barcode="111")])
    async with refused(shop, ErrorCode.DUPLICATE, "input", "1", "barcode", says="belongs to SKU CUP"):
        await upsert_skus(
            shop.command(),
            skus=[
                NewSku(code="CUP", name="Cup", barcode="222"),
                NewSku(code="POT", name="Pot", barcode="222"),
            ],
        )
    for bad in ("", "1\0", "1" * 101):
        async with refused(shop, ErrorCode.INVALID_INPUT, "input", "0", "barcode"):
            await upsert_skus(shop.command(), skus=[NewSku(code="CUP", name="Cup", barcode=bad)])


@pytest.mark.rule("F8")
async def test_a_count_moves_the_level_by_the_difference(shop: Shop) -> None:
    await shop.sku("TEA")
    later = NOW + timedelta(days=1)

    assert await set_stock(shop.command(), counts=[count("TEA", 7)]) == SetUp(1)
    await set_stock(shop.command(now=later), counts=[count("TEA", 4)])
    await set_stock(shop.command(now=later), counts=[count("TEA", 4)])

    assert await shop.tuples("SELECT on_hand, allocated, protected FROM stock_levels") == [(4, 0, 0)]
    assert await shop.tuples(
        "SELECT kind, on_hand_change, allocated_change, at FROM stock_movements ORDER BY id"
    ) == [("COUNT", 7, 0, NOW), ("COUNT", -3, 0, later)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D3")
async def test_what_was_found_covers_open_lines_by_rank(shop: Shop) -> None:
    first = await shop.order("SO-1", TEA=3)
    second = await shop.order("SO-2", TEA=3)
    (first_line,), (second_line,) = await shop.lines_of(first), await shop.lines_of(second)
    await clear_records(shop)

    await shop.stock(TEA=4)

    assert await told(shop) == [
        ("ORDER", "setStock", first, {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"}),
        ("ORDER", "setStock", second, {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"}),
        ("LINE", "setStock", first_line, {"backOrderedQty": 0, "previousBackOrderedQty": 3}),
        ("LINE", "setStock", second_line, {"backOrderedQty": 2, "previousBackOrderedQty": 3}),
    ]
    assert await shop.tuples("SELECT back_order_status FROM orders ORDER BY id") == [("NONE",), ("PARTIAL",)]
    await assert_consistent(shop.database)


async def test_counts_of_several_pools_are_taken_together_or_not_at_all(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    await shop.sku("TEA")
    await set_stock(shop.command(), counts=[count("TEA", 5), count("TEA", 6, "EAST")])
    await shop.dispatch(await shop.order("SO-1", "EAST", TEA=4), TEA=4)

    async with refused(
        shop,
        ErrorCode.INSUFFICIENT_STOCK,
        *("input", "1", "onHand"),
        says="Dispatches hold 4 units",
        wanted=4,
        available=3,
    ):
        await set_stock(shop.command(), counts=[count("TEA", 9), count("TEA", 3, "EAST")])
    await set_stock(shop.command(), counts=[count("TEA", 9), count("TEA", 4, "EAST")])

    assert await shop.tuples("SELECT on_hand, allocated FROM stock_levels ORDER BY 1") == [(4, 4), (9, 0)]


@pytest.mark.parametrize(
    ("bad", "code", "path"),
    [
        (count("TEA", -1), ErrorCode.INVALID_INPUT, ["onHand"]),
        (count("TEA", MAX_QUANTITY + 1), ErrorCode.INVALID_INPUT, ["onHand"]),
        (count("POT", 1), ErrorCode.NOT_FOUND, ["skuCode"]),
        (count("P\0T", 1), ErrorCode.NOT_FOUND, ["skuCode"]),
        (count("TEA", 1, "WEST"), ErrorCode.NOT_FOUND, ["distributionCenterCode"]),
        (count("CUP", 5), ErrorCode.INVALID_INPUT, []),
    ],
    ids=["negative", "too many", "unknown SKU", "NUL", "unknown center", "twice"],
)
async def test_one_bad_count_refuses_all(
    shop: Shop, bad: StockCount, code: ErrorCode, path: list[str]
) -> None:
    await shop.stock(TEA=1, CUP=2)

    async with refused(shop, code, "input", "1", *path):
        await set_stock(shop.command(), counts=[count("CUP", 4), bad])


async def test_setting_up_the_same_again_changes_nothing(shop: Shop) -> None:
    await shop.store("WEB")
    await shop.sku("TEA", barcode="1", replaced_by=None)
    before = await everything(shop.database)

    await shop.store("WEB")
    await shop.sku("TEA", barcode="1")
    await shop.distribution_center("MAIN")

    assert await everything(shop.database) == before
