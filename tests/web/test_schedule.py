"""The Back Order Schedule: the next run counts down, and a run that is asked for appears with its results."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.web.browsing import SIZES, Size, tab
from tests.web.shop import Shop

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B11")]


@pytest.mark.parametrize("size", SIZES)
async def test_the_next_run_counts_down(browser: Browser, base: str, shop: Shop, size: Size) -> None:
    # Not due while the tests run, whenever they do.
    await shop.schedule("LYS", "0 0 1 1 *")
    async with tab(browser, base, token=TOKEN, size=size) as opened:
        await opened.open("/board/schedule")
        countdown = opened.page.locator("[data-center=LYS] .next-run strong")
        await expect(countdown).to_contain_text("in ")
        schedule = opened.page.locator("[data-center=LYS]")
        await schedule.get_by_role("button", name="Pause").click()
        await expect(schedule).to_contain_text("Paused")
        await schedule.get_by_label("Times (cron, UTC)").fill("* * * * *")
        await schedule.get_by_role("button", name="Resume").click()
        await expect(countdown).to_contain_text("in 00:")
        before = await countdown.inner_text()
        await expect(countdown).not_to_have_text(before)
        await schedule.get_by_label("Times (cron, UTC)").fill("nonsense")
        await schedule.get_by_role("button", name="Save").click()
        await expect(schedule.get_by_role("alert")).to_contain_text("Something in the request is not right.")
    await shop.schedule("LYS", "0 0 1 1 *")


async def test_a_run_that_is_asked_for_appears_with_its_results(
    browser: Browser, base: str, shop: Shop
) -> None:
    (sku,) = await shop.goods(1)
    await shop.stock("BER", {sku: 10})
    await shop.orders(3, "BER", {sku: 2})
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open("/board/schedule")
        await opened.page.get_by_label("Distribution center").select_option(label="BER · Berlin")
        await opened.page.locator("[data-center=BER]").get_by_role("button", name="Run now").click()
        run = opened.page.locator("[data-run=COMPLETED]").first
        await expect(run.locator("[data-label=Committed]")).to_have_text("3")
        await expect(run.locator("[data-label=By]")).not_to_have_text("schedule")
