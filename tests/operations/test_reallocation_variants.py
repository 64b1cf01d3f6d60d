"""Reallocation variants: set, replaced, refused and deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.operations.reallocation_variants import (
    SegmentInput,
    VariantInput,
    delete_reallocation_variant,
    set_reallocation_variant,
)
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import ConfirmationStrategy as Does
from domain.rules.vocabulary import UnmetWin
from domain.store.reallocation_variants import StoredFilter
from tests.builders import Shop
from tests.operations.expecting import audited, clear_records, refused
from tests.reallocations import planned, segment, variant

pytestmark = pytest.mark.anyio


async def stored(shop: Shop) -> list[tuple[int, str, str, str]]:
    return await shop.tuples(
        "SELECT position, strategy, sort, takes::text FROM reallocation_segments ORDER BY position"
    )


@pytest.mark.rule("F3")
async def test_a_variant_keeps_its_segments_in_their_order(shop: Shop) -> None:
    await shop.sku("TEA")

    await variant(shop, segment(Does.WIN, priority_from=5, sku_codes=["TEA"]), segment(Does.FILL))

    assert await stored(shop) == [
        (1, "WIN", "RANK", '{"sku_codes": ["TEA"], "priority_from": 5}'),
        (2, "FILL", "RANK", "{}"),
    ]


@pytest.mark.rule("F3")
@pytest.mark.rule("F11")
async def test_a_variant_set_again_is_replaced_as_a_whole_and_moves_its_version_on(shop: Shop) -> None:
    first = await variant(shop, segment(Does.WIN, priority_from=5), segment(Does.FILL))
    await clear_records(shop)

    assert await variant(shop, segment(Does.LOSE), unmet_win=UnmetWin.STOP) == first

    assert await stored(shop) == [(1, "LOSE", "RANK", "{}")]
    assert await shop.value("SELECT version FROM reallocation_variants") == 2
    ((action, order, before, after),) = await audited(shop)
    assert (action, order) == ("REALLOCATION_VARIANT_SET", None)
    assert [each["strategy"] for each in before["segments"]] == ["WIN", "FILL"]
    assert (after["unmet_win"], len(after["segments"])) == ("STOP", 1)


@pytest.mark.rule("F3")
async def test_a_variant_that_says_so_already_or_has_changed_since_is_refused(shop: Shop) -> None:
    await variant(shop, segment(Does.LOSE))
    other = VariantInput(name="usual", segments=(segment(Does.SKIP),))

    async with refused(shop, ErrorCode.NOTHING_TO_DO, "input"):
        await variant(shop, segment(Does.LOSE))
    async with refused(shop, ErrorCode.VERSION_CONFLICT, "expectedVersion", currentVersion=1):
        await set_reallocation_variant(shop.command(), variant=other, expected_version=0)

    await set_reallocation_variant(shop.command(), variant=other, expected_version=1)


BAD: dict[str, tuple[ErrorCode, list[str], dict[str, Any]]] = {
    "bounds the wrong way round": (
        ErrorCode.INVALID_INPUT,
        ["priorityTo"],
        {"priority_from": 2, "priority_to": 1},
    ),
    "ages the wrong way round": (
        ErrorCode.INVALID_INPUT,
        ["maxAgeHours"],
        {"min_age_hours": 2, "max_age_hours": 1},
    ),
    "a negative age": (ErrorCode.INVALID_INPUT, ["minAgeHours"], {"min_age_hours": -1}),
    "an endless age": (ErrorCode.INVALID_INPUT, ["maxAgeHours"], {"max_age_hours": 876_001}),
    "an empty list": (ErrorCode.INVALID_INPUT, ["orderTypes"], {"order_types": []}),
    "a blank value": (ErrorCode.INVALID_INPUT, ["services", "1"], {"services": ["AIR", " "]}),
    "an unknown SKU": (ErrorCode.NOT_FOUND, ["skuCodes", "0"], {"sku_codes": ["NONE"]}),
    "an unknown store": (ErrorCode.NOT_FOUND, ["storeCodes", "0"], {"store_codes": ["NONE"]}),
    "an unknown order": (ErrorCode.NOT_FOUND, ["orderNumbers", "0"], {"order_numbers": ["SO-T"]}),
}


@pytest.mark.rule("F3")
@pytest.mark.parametrize(("code", "path", "wanted"), BAD.values(), ids=BAD)
async def test_a_filter_that_makes_no_sense_is_refused_where_it_does_not(
    shop: Shop, other: Shop, code: ErrorCode, path: list[str], wanted: dict[str, Any]
) -> None:
    await other.order("SO-T", TEA=1)

    async with refused(shop, code, "input", "segments", "1", "filter", *path):
        await variant(shop, segment(Does.SKIP, priority_from=9), segment(Does.WIN, **wanted))


@pytest.mark.rule("F3")
async def test_segments_that_are_too_few_too_many_nameless_or_out_of_reach_are_refused(shop: Shop) -> None:
    nameless = SegmentInput(name=" ", strategy=Does.WIN, filter=StoredFilter())

    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "segments"):
        await variant(shop)
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "segments"):
        await variant(shop, *[segment(Does.WIN, priority_from=1)] * 101)
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "segments", "0", "name"):
        await variant(shop, nameless)
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "segments", "1"):
        await variant(shop, segment(Does.FILL), segment(Does.WIN, priority_from=1))
    async with refused(shop, ErrorCode.INVALID_INPUT, "input", "name"):
        await variant(shop, segment(Does.FILL), name="")


@pytest.mark.rule("F3")
async def test_a_deleted_variant_leaves_its_plans(shop: Shop) -> None:
    made = await variant(shop, segment(Does.LOSE))
    await planned(shop, made)

    await delete_reallocation_variant(shop.command(), variant_id=made)

    assert await stored(shop) == []
    assert await shop.tuples("SELECT variant_id, variant_name FROM reallocation_plans") == [(None, "usual")]
    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await delete_reallocation_variant(shop.command(), variant_id=made)


@pytest.mark.rule("F3")
async def test_variants_of_two_clients_know_nothing_of_each_other(shop: Shop, other: Shop) -> None:
    theirs = await variant(other, segment(Does.LOSE))
    mine = await variant(shop, segment(Does.WIN))

    assert mine != theirs
    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await delete_reallocation_variant(shop.command(), variant_id=theirs)


@pytest.mark.rule("F3")
@pytest.mark.rule("F6")
async def test_of_many_who_create_one_variant_at_once_one_does(shop: Shop) -> None:
    answers = await asyncio.gather(
        *(variant(shop, segment(Does.LOSE)) for _ in range(5)), return_exceptions=True
    )

    refusals = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert refusals == [ErrorCode.NOTHING_TO_DO] * 4
    assert await shop.value("SELECT version FROM reallocation_variants") == 1
