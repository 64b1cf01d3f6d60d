"""The dry run beside reality: what would happen, what would if goods had come, and doing just that."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.web.browsing import SIZES, Size, tab
from tests.web.shop import Shop

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F2")]


@pytest.mark.parametrize("size", SIZES)
async def test_goods_that_have_not_come_are_supposed_and_nothing_happens(
    browser: Browser, base: str, shop: Shop, size: Size
) -> None:
    (sku,) = await shop.goods(1)
    (number,) = await shop.orders(1, "LYS", {sku: 4})
    async with tab(browser, base, token=TOKEN, size=size) as opened:
        page = opened.page
        await opened.open("/board/dry-run")
        await page.get_by_label("Distribution center").select_option(label="LYS · Lyon")
        await page.get_by_role("button", name="Add a receipt").click()
        await page.get_by_label("SKU").fill(sku)
        await page.get_by_label("Quantity").fill("4")
        await page.get_by_role("button", name="Plan", exact=True).click()
        gained = page.locator("tr[data-effect=GAINED]").filter(has_text=number)
        await expect(gained.locator(".gained")).to_have_text("4 (+4)")
        await expect(page.get_by_text("A plan that supposes something cannot be applied.")).to_be_visible()
        await expect(page.get_by_role("button", name="Apply this plan")).to_have_count(0)
        found = await shop.served.query("query ($n: String) { order(number: $n) { status } }", n=number)
        assert found == {"order": {"status": "CREATE"}}


async def test_a_plan_is_applied_as_it_was_shown(browser: Browser, base: str, shop: Shop) -> None:
    (sku,) = await shop.goods(1)
    await shop.stock("BER", {sku: 4})
    (number,) = await shop.orders(1, "BER", {sku: 4})
    async with tab(browser, base, token=TOKEN) as opened:
        page = opened.page
        await opened.open("/board/dry-run")
        await page.get_by_label("Distribution center").select_option(label="BER · Berlin")
        await page.get_by_role("button", name="Plan", exact=True).click()
        await expect(page.locator("tr[data-effect=GAINED]").filter(has_text=number)).to_be_visible()
        await page.get_by_role("button", name="Apply this plan").click()
        await expect(page.get_by_text("The plan is being applied.")).to_be_visible()
        await page.goto(f"{base}/board/orders/{number}")
        await expect(page.locator("main .title")).to_contain_text("Processed")
