"""The page of an order: lines, why they wait, what is promised, what can be done and what was done."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.web.browsing import SIZES, Size, tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio


@pytest.mark.rule("E1")
@pytest.mark.parametrize("size", SIZES)
async def test_a_line_shows_its_stock_its_promise_and_why_it_waits(
    browser: Browser, base: str, shop: Shop, size: Size
) -> None:
    short, there = await shop.goods(2)
    (number,) = await shop.back_orders(1, "LYS", short=short, there=there)
    await shop.buy(f"PO-{number}", "LYS", short, 2, days=9)
    await shop.buy(f"PO-{number}-2", "LYS", short, 1, days=20)
    async with tab(browser, base, token=TOKEN, size=size) as opened:
        page = opened.page
        await opened.open(f"/board/orders/{number}")
        line = page.locator(f"[data-sku='{short}']")
        await expect(line.get_by_role("img")).to_have_accessible_name(
            "Requested 3, available 0, incoming 3, short 3"
        )
        await expect(line.locator(".incoming")).to_have_attribute("style", "width: 100%;")
        # The date of the receipt that covers the last unit (F4).
        await expect(line).not_to_contain_text("nothing on its way")
        why = line.get_by_role("button", name="Why is this still waiting?")
        await why.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("The SKU had no available stock.")).to_be_visible()
        await expect(page.get_by_text("wanted 3, stock at its turn 0, given 0")).to_be_visible()
        await expect(page.get_by_text("was loaded and queued")).to_be_visible()


@pytest.mark.rule("D2")
async def test_who_hides_the_back_order_column_sees_no_back_order_status_on_an_order(
    browser: Browser, base: str, shop: Shop
) -> None:
    short, there = await shop.goods(2)
    (number,) = await shop.back_orders(1, "LYS", short=short, there=there)
    async with tab(browser, base, token=TOKEN) as opened:
        title = opened.page.locator("main .title")
        await opened.open(f"/board/orders/{number}")
        await expect(title.get_by_text("Back order: all")).to_be_visible()
        await shop.set(hideBackOrderColumn=True)
        try:
            await opened.open(f"/board/orders/{number}")
            await expect(title).to_contain_text(number)
            await expect(title.get_by_text("Back order: all")).to_have_count(0)
        finally:
            await shop.set(hideBackOrderColumn=False)


@pytest.mark.rule("A9")
async def test_an_order_is_confirmed_delayed_and_cancelled(browser: Browser, base: str, shop: Shop) -> None:
    (sku,) = await shop.goods(1)
    (number,) = await shop.orders(1, "LYS", {sku: 2})
    async with tab(browser, base, token=TOKEN) as opened:
        page = opened.page
        await opened.open(f"/board/orders/{number}")
        actions = page.get_by_role("group", name="Actions")
        await actions.get_by_role("button", name="Confirm", exact=True).click()
        await expect(page.locator("main .title")).to_contain_text("Confirmed")

        await actions.get_by_role("button", name="Delay").click()
        await page.get_by_label("Delay until").fill("2099-12-31")
        await page.get_by_role("dialog").get_by_role("button", name="Delay").click()
        await expect(page.get_by_text("Delayed until")).to_be_visible()

        await actions.get_by_role("button", name="Cancel order").click()
        await page.get_by_role("dialog").get_by_role("button", name="Cancel order").click()
        await expect(page.locator("main .title")).to_contain_text("Cancelled")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.locator(".timeline li")).to_have_count(4)


async def test_what_changes_an_order_elsewhere_is_seen_on_its_page(
    browser: Browser, base: str, shop: Shop
) -> None:
    (sku,) = await shop.goods(1)
    (number,) = await shop.orders(1, "LYS", {sku: 2})
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open(f"/board/orders/{number}")
        await expect(opened.page.locator("main .title")).to_contain_text("Queued")
        await shop.stock("LYS", {sku: 2})
        await shop.run("LYS")
        await expect(opened.page.locator("main .title")).to_contain_text("Processed")
        await opened.page.get_by_role("button", name="Pack").click()
        await opened.page.get_by_role("button", name="Ship").click()
        await expect(opened.page.locator("main .title")).to_contain_text("Completed")


async def test_an_order_that_does_not_exist_is_not_there(browser: Browser, base: str, shop: Shop) -> None:
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open("/board/orders/NOBODY%27S%20%2F%201")
        await expect(opened.page.get_by_text("There is no order NOBODY'S / 1.")).to_be_visible()


@pytest.mark.rule("E1")
async def test_an_order_of_many_lines_shows_all_of_them_page_by_page(
    browser: Browser, base: str, shop: Shop
) -> None:
    codes = await shop.goods(230)
    (number,) = await shop.orders(1, "LYS", dict.fromkeys(codes, 1))
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open(f"/board/orders/{number}")
        lines = opened.page.get_by_role("region", name="Lines")
        for first, last in ((0, 99), (100, 199), (200, 229)):
            await expect(lines.locator(f"[data-sku='{codes[first]}']")).to_be_visible()
            await expect(lines.locator(f"[data-sku='{codes[last]}']")).to_be_visible()
            await expect(lines.locator("[data-sku]")).to_have_count(last - first + 1)
            await expect(lines).to_contain_text(f"{first + 1} to {last + 1} of 230")
            if last < 229:
                await lines.get_by_role("button", name="Next").click()
        await expect(lines.get_by_role("button", name="Next")).to_be_disabled()
        # What is done to a line of a later page is done, and the page stays.
        line = lines.locator(f"[data-sku='{codes[229]}']")
        await line.get_by_role("button", name="Warehouse pick").click()
        await expect(line.get_by_title("Route")).to_have_text("Warehouse pick")
        await lines.get_by_role("button", name="Previous").click()
        await expect(lines.locator(f"[data-sku='{codes[100]}']")).to_be_visible()
