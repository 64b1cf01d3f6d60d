"""GraphiQL: its example operations, subscriptions among them, over the server's own WebSocket."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.waiting import eventually
from tests.web.browsing import tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio

EXAMPLES = sorted((Path(__file__).parents[2] / "web/src/graphiql/examples").glob("*.graphql"))


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

        async def one_is_told_of() -> bool:
            (number,) = await shop.orders(1, "LYS", {sku: 1})
            try:
                await expect(answer).to_contain_text(number, timeout=1_000)
            except AssertionError:
                return False
            return True

        # The button is there before the subscription is: what happens until that begins is not told.
        await eventually(one_is_told_of)


async def test_every_example_runs(browser: Browser, base: str, shop: Shop) -> None:
    asked = {example.read_text().split("\n", 1)[0].removeprefix("# "): example for example in EXAMPLES}
    assert len(asked) >= 8
    async with tab(browser, base, token=TOKEN) as opened:
        page = opened.page
        await page.goto(f"{base}/graphiql")
        await page.get_by_role("button", name="Show Examples").click()
        for title, example in asked.items():
            await page.get_by_role("button", name=title).click()
            (name,) = re.findall(r"^(?:query|mutation|subscription) (\w+)", example.read_text(), re.MULTILINE)
            await expect(page.locator(".graphiql-tab-active")).to_contain_text(name)
            await page.get_by_role("button", name="Execute query").click()
            if "subscription " in example.read_text():
                await expect(page.get_by_role("button", name="Stop query")).to_be_visible()
                await page.get_by_role("button", name="Stop query").click()
                continue
            answer = page.locator(".graphiql-response")
            await expect(answer).to_contain_text('"data": {')
            await expect(answer).not_to_contain_text('"errors"')
