"""Backlog Orders: filtered, counted, selected on every page, and acted on together."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.web.browsing import SIZES, Size, tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio


@pytest.mark.rule("C2")
@pytest.mark.parametrize("size", SIZES)
async def test_filters_narrow_the_list_and_stay_in_the_address(
    browser: Browser, base: str, shop: Shop, size: Size
) -> None:
    (sku,) = await shop.goods(1)
    invoice = f"INV-{size}"
    (number,) = await shop.orders(
        1, "LYS", {sku: 1}, storeCode="MKT", salesOrderCode="S1", invoiceCode=invoice
    )
    await shop.orders(2, "LYS", {sku: 1})
    async with tab(browser, base, token=TOKEN, size=size) as opened:
        page = opened.page
        await opened.open("/board/backlog")
        await page.get_by_label("Invoice number").fill(invoice)
        await page.keyboard.press("Enter")
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text(number)
        packed = page.get_by_role("button", name="Backlog Orders (Not Yet Packed)")
        await expect(packed).to_contain_text("1")
        await packed.click()
        await expect(packed).to_have_attribute("aria-pressed", "true")
        await expect(rows.first).to_contain_text("Backlog Orders (Not Yet Packed)")
        await page.get_by_role("combobox", name="Store").select_option(label="WEB · Web shop")
        await expect(page.get_by_text("No order matches these filters.")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("Invoice number")).to_have_value(invoice)
        await page.get_by_role("button", name="Clear filters").click()
        await expect(rows.nth(1)).to_be_visible()


@pytest.mark.rule("C1")
async def test_a_click_on_a_column_sorts_by_it(browser: Browser, base: str, shop: Shop) -> None:
    (sku,) = await shop.goods(1)
    first, last = [
        (await shop.orders(1, "LYS", {sku: 1}, shippingAgency=agency, invoiceCode="SORT"))[0]
        for agency in ("AAA", "ZZZ")
    ]
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open("/board/backlog?invoice=SORT")
        column = opened.page.get_by_role("button", name="Shipping agency")
        for expected, direction in ((first, "ascending"), (last, "descending")):
            await column.click()
            await expect(opened.page.locator("tbody tr").first).to_contain_text(expected)
            heading = opened.page.get_by_role("columnheader", name="Shipping agency")
            await expect(heading).to_have_attribute("aria-sort", direction)


@pytest.mark.rule("A5")
@pytest.mark.parametrize("size", SIZES)
async def test_all_that_match_but_one_are_previewed_confirmed_and_reported(
    browser: Browser, base: str, shop: Shop, size: Size
) -> None:
    (sku,) = await shop.goods(1)
    numbers = await shop.orders(60, "LYS", {sku: 1}, invoiceCode=f"ALL-{size}")
    async with tab(browser, base, token=TOKEN, size=size) as opened:
        page = opened.page
        await opened.open(f"/board/backlog?invoice=ALL-{size}&order=up")
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(50)
        await page.get_by_label("Select all on this page").check()
        await page.get_by_role("button", name="Select all 60 that match").click()
        await expect(page.get_by_text("All 60 that match are selected, on every page")).to_be_visible()
        await page.get_by_label(f"Select {numbers[0]}", exact=True).uncheck()
        await expect(page.get_by_text("59 selected")).to_be_visible()

        await page.get_by_label("Bulk action").get_by_role("combobox").select_option("CONFIRM")
        await page.get_by_role("button", name="Preview").click()
        preview = page.get_by_role("dialog")
        await expect(preview).to_contain_text("Will be done")
        await preview.get_by_role("button", name="Start for 59").click()

        await expect(page.get_by_role("heading", name="Confirm")).to_be_visible()
        await expect(page.get_by_role("progressbar")).to_have_attribute("value", "59")
        await expect(page.get_by_text("59 of 59 orders")).to_be_visible()
        await expect(page.locator("tbody tr").first).to_contain_text("Done")

        # Once more: what was confirmed is skipped, each with its reason.
        await opened.open(f"/board/backlog?invoice=ALL-{size}&order=up")
        await page.get_by_label("Select all on this page").check()
        await page.get_by_role("button", name="Preview").click()
        await expect(preview.get_by_role("button", name="Start for 1", exact=True)).to_be_visible()
        await expect(preview).to_contain_text("There is nothing to do.")
        await page.keyboard.press("Escape")
        await expect(preview).to_have_count(0)


async def test_a_date_with_more_digits_than_there_are_years_breaks_nothing(
    browser: Browser, base: str, shop: Shop
) -> None:
    (sku,) = await shop.goods(1)
    await shop.orders(1, "LYS", {sku: 1}, invoiceCode="YEARS")
    async with tab(browser, base, token=TOKEN) as opened:
        page = opened.page
        await opened.open("/board/backlog?invoice=YEARS")
        await page.get_by_label("Select all on this page").check()
        await page.get_by_label("Bulk action").get_by_role("combobox").select_option("DELAY")
        await page.get_by_role("button", name="Preview").click()
        await page.get_by_role("dialog").get_by_label("Until").click(position={"x": 12, "y": 12})
        await page.keyboard.type("01022030777", delay=20)
        await expect(page.get_by_role("button", name="Start for 1", exact=True)).to_be_visible()


@pytest.mark.rule("D1")
@pytest.mark.rule("D2")
async def test_what_is_back_ordered_is_seen_unless_the_client_hides_it(
    browser: Browser, base: str, shop: Shop
) -> None:
    (sku,) = await shop.goods(1)
    await shop.orders(1, "LYS", {sku: 3}, invoiceCode="HIDE")
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open("/board/backlog?invoice=HIDE")
        row = opened.page.locator("tbody tr")
        await expect(row).to_contain_text("Back order: all")
        await shop.set(hideBackOrderColumn=True)
        try:
            await opened.page.reload()
            await expect(row).to_have_count(1)
            await expect(row).not_to_contain_text("Back order: all")
        finally:
            await shop.set(hideBackOrderColumn=False)
