"""The Back Order List: what is short is red, and it is true at every moment, on every board."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from domain.settings import Settings
from tests.cli.running import TOKEN, environment, serving
from tests.ports import free_ports
from tests.web.browsing import SIZES, Size, tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio


def order(page: Page, number: str) -> Locator:
    """The order's rows of the list."""
    return page.locator(f'[data-order="{number}"]')


@pytest.mark.rule("B10")
@pytest.mark.parametrize("size", SIZES)
async def test_short_quantities_are_red(browser: Browser, base: str, shop: Shop, size: Size) -> None:
    short, there = await shop.goods(2)
    (number,) = await shop.back_orders(1, "LYS", short=short, there=there)
    async with tab(browser, base, token=TOKEN, size=size) as opened:
        await opened.open()
        await opened.page.get_by_label("Distribution center").select_option(label="LYS · Lyon")
        waiting = order(opened.page, number).locator("[data-short=true]")
        await expect(waiting).to_contain_text(short)
        quantity = waiting.locator("td.short").first
        await expect(quantity).to_contain_text("3")
        await expect(quantity).to_have_css("color", "rgb(179, 38, 30)")
        filled = order(opened.page, number).locator("[data-short=false]")
        await expect(filled).to_contain_text(there)
        await expect(filled.locator("td.short")).to_have_count(0)


@pytest.mark.rule("B10")
async def test_what_a_worker_does_is_on_two_boards_that_nobody_touches(
    browser: Browser, base: str, shop: Shop
) -> None:
    short, there = await shop.goods(2)
    (number,) = await shop.back_orders(1, "BER", short=short, there=there)
    async with tab(browser, base, token=TOKEN) as one, tab(browser, base, token=TOKEN, size="phone") as two:
        for opened in (one, two):
            await opened.open()
            await opened.page.get_by_label("Distribution center").select_option(label="BER · Berlin")
            await expect(order(opened.page, number)).to_be_visible()
            await opened.page.evaluate("window.sameAsBefore = true")
        await shop.stock("BER", {short: 3})
        await shop.run("BER")
        for opened in (one, two):
            await expect(order(opened.page, number)).to_have_count(0)
            assert await opened.page.evaluate("window.sameAsBefore") is True


@pytest.mark.rule("F5")
async def test_boards_catch_up_by_themselves_when_the_server_is_back(browser: Browser) -> None:
    with tempfile.TemporaryDirectory(prefix="backfill-web-") as folder:
        env = environment(Settings(data_dir=Path(folder)), embedded=True)
        port = free_ports(1)
        async with serving("--port", str(port), env=env) as served:
            shop = Shop(served)
            await shop.set_up()
            first, second = await shop.back_orders(2, "BER", short="10-01", there="12-01")
            base = f"http://127.0.0.1:{port}"
            one = tab(browser, base, token=TOKEN)
            two = tab(browser, base, token=TOKEN, size="phone")
            boards = [await one.__aenter__(), await two.__aenter__()]
            for board in boards:
                await board.open()
                await board.page.evaluate("window.sameAsBefore = true")
                await expect(order(board.page, second)).to_be_visible()
        for board in boards:
            await expect(board.page.locator(".connection")).to_have_text("Cut off")
            await expect(order(board.page, first)).to_be_visible()
        async with serving("--port", str(port), env=env) as served:
            # At once, so that it happens before the boards have found the server again, or about then.
            shop = Shop(served, ids=shop.ids)
            await shop.stock("BER", {"10-01": 3})
            await shop.run("BER")
            for board in boards:
                await expect(board.page.locator(".connection")).to_have_text("Live")
                await expect(order(board.page, first)).to_have_count(0)
                await expect(order(board.page, second)).to_be_visible()
                assert await board.page.evaluate("window.sameAsBefore") is True
                board.expects("net::ERR_", "WebSocket connection to", "status of 503")
            await one.__aexit__(None, None, None)
            await two.__aexit__(None, None, None)
