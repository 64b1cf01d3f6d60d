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


async def test_a_page_that_stays_open_over_midnight_shows_the_day_it_is(
    browser: Browser, base: str, shop: Shop
) -> None:
    async with tab(browser, base, token=TOKEN) as opened:
        page = opened.page
        await page.clock.set_fixed_time("2026-03-01T23:59:55Z")
        await opened.open("/board/schedule")
        day = page.get_by_label("Day (UTC)")
        await expect(day).to_have_value("2026-03-01")
        await page.clock.set_fixed_time("2026-03-02T00:00:05Z")
        await expect(day).to_have_value("2026-03-02")
        await expect(page.locator(".day .now").first).to_be_attached()

        # Another day that was chosen stays, and a year of five digits can't be.
        await day.fill("2026-02-27")
        await page.clock.set_fixed_time("2026-03-03T00:00:05Z")
        await day.click(position={"x": 12, "y": 12})
        await page.keyboard.type("27022026777", delay=20)
        await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
        await expect(day).not_to_have_value("2026-03-03")
