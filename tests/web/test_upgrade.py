"""A board that stays open while the program is upgraded: files of screens not opened yet have other names."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Route, expect

from tests.cli.running import TOKEN
from tests.web.browsing import tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio


async def test_a_screen_whose_file_is_gone_is_there_all_the_same(
    browser: Browser, base: str, shop: Shop
) -> None:
    gone = 0

    async def not_there(route: Route) -> None:
        nonlocal gone
        gone += 1
        await (route.fulfill(status=404) if gone == 1 else route.fallback())

    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open()
        await opened.page.route("**/assets/report-*.js", not_there)
        await opened.page.get_by_role("link", name="Report").click()
        await expect(opened.page.get_by_role("heading", name="Backordering report")).to_be_visible()
        assert opened.page.url == f"{base}/board/report"
        assert gone > 1
        opened.expects("404")
