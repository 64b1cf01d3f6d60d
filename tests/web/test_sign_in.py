"""Signing in with a token, staying signed in or not, and signing out."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.web.browsing import tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio


async def test_a_token_that_is_not_valid_is_refused(browser: Browser, base: str, shop: Shop) -> None:
    async with tab(browser, base, token=None) as opened:
        await opened.page.goto(base)
        await opened.page.get_by_label("API token").fill("not-a-token")
        await opened.page.get_by_role("button", name="Sign in").click()
        await expect(opened.page.get_by_role("alert")).to_contain_text("not valid")
        opened.expects("401")


async def test_a_token_is_forgotten_with_the_tab_unless_it_is_to_be_kept(
    browser: Browser, base: str, shop: Shop
) -> None:
    stored = "[sessionStorage.getItem('backfill.token'), localStorage.getItem('backfill.token')]"
    async with tab(browser, base, token=None) as opened:
        page = opened.page
        await page.goto(base)
        await page.get_by_label("API token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Back Order List")).to_be_visible()
        assert await page.evaluate(stored) == [TOKEN, None]

        await page.get_by_label("Preferences").click()
        await page.get_by_role("button", name="Sign out").click()
        assert await page.evaluate(stored) == [None, None]

        await page.get_by_label("API token").fill(TOKEN)
        await page.get_by_label("Stay signed in on this device").check()
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Back Order List")).to_be_visible()
        assert await page.evaluate(stored) == [None, TOKEN]


async def test_the_board_speaks_the_readers_language_and_another_one_when_asked(
    browser: Browser, base: str, shop: Shop
) -> None:
    async with tab(browser, base, token=TOKEN, locale="ja-JP") as opened:
        await opened.open()
        await expect(opened.page.get_by_role("heading", name="入荷待ち一覧")).to_be_visible()
        await opened.page.get_by_label("設定").click()
        await opened.page.get_by_label("言語").select_option("id")
        await expect(opened.page.get_by_role("heading", name="Daftar Back Order")).to_be_visible()
        assert await opened.page.evaluate("document.documentElement.lang") == "id"
