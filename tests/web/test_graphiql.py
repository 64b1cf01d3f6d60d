"""GraphiQL: an example operation, which is a subscription over the server's own WebSocket."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.web.browsing import tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio


async def test_examples_run_and_subscriptions_are_live(browser: Browser, base: str, shop: Shop) -> None:
    (sku,) = await shop.goods(1)
    async with tab(browser, base, token=None) as opened:
        page = opened.page
        await page.goto(f"{base}/graphiql")
        await page.get_by_label("API token").fill(TOKEN)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("button", name="Show Examples").click()
        await page.get_by_role("button", name="Watch every order change, live").click()
        await expect(page.get_by_text("WatchOrdersExample").first).to_be_visible()
        await page.get_by_role("button", name="Execute query").click()
        await expect(page.get_by_role("button", name="Stop query")).to_be_visible()
        answer = page.locator(".graphiql-response")
        (number,) = await shop.orders(1, "LYS", {sku: 1})
        await expect(answer).to_contain_text(number)
