"""Every page for everybody: no errors found by axe, light and dark, large and small; and by keyboard."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Browser, expect

from tests.cli.running import TOKEN
from tests.web.browsing import SIZES, Size, tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio

PAGES = ["/", "/board/backlog", "/board/schedule", "/board/report", "/board/dry-run", "/board/bulk"]


@pytest.fixture(scope="package")
async def waiting(shop: Shop) -> str:
    """The number of an order that waits, with something to see on every page."""
    short, there = await shop.goods(2)
    (number,) = await shop.back_orders(1, "LYS", short=short, there=there)
    return number


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_wrong(
    browser: Browser, base: str, shop: Shop, waiting: str, size: Size, scheme: Literal["light", "dark"]
) -> None:
    wrong: dict[str, list[str]] = {}
    async with tab(browser, base, token=TOKEN, size=size, scheme=scheme) as opened:
        page = opened.page
        for path in [*PAGES, f"/board/orders/{waiting}"]:
            await opened.open(path)
            await page.get_by_role("heading", level=1).wait_for()
            await page.wait_for_load_state("networkidle")
            if "orders" in path:
                await page.get_by_role("button", name="Why is this still waiting?").click()
                await page.locator(".why").wait_for()
            if "dry-run" in path:
                await page.get_by_label("Distribution center").select_option(label="LYS · Lyon")
                await page.get_by_role("button", name="Add a receipt").click()
            wrong[path] = await opened.violations()
        await opened.open("/board/backlog")
        await page.get_by_label("Select all on this page").check()
        await page.get_by_role("button", name="Preview").click()
        await page.get_by_role("dialog").locator(".figures").wait_for()
        wrong["preview"] = await opened.violations()
        await page.keyboard.press("Escape")
        await page.get_by_label("Preferences").click()
        wrong["preferences"] = await opened.violations()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_label("API token").wait_for()
        wrong["sign in"] = await opened.violations()
    assert {path: found for path, found in wrong.items() if found} == {}


async def test_the_board_is_used_without_a_mouse(
    browser: Browser, base: str, shop: Shop, waiting: str
) -> None:
    async with tab(browser, base, token=TOKEN) as opened:
        page = opened.page
        await opened.open()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await page.get_by_role("link", name=waiting).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=waiting)).to_be_visible()
        # Whoever can't see is taken to the new page, and told its name.
        await expect(page.locator("main")).to_be_focused()
        await expect(page).to_have_title(f"Order {waiting} · Backfill")
        await page.get_by_role("button", name="Cancel order").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.get_by_role("button", name="Cancel order")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_wrong_with_our_part_of_graphiql(
    browser: Browser, base: str, shop: Shop, scheme: Literal["light", "dark"]
) -> None:
    async with tab(browser, base, token=TOKEN, scheme=scheme) as opened:
        await opened.page.goto(f"{base}/graphiql")
        await opened.page.get_by_text("BackOrderListExample").first.wait_for()
        # Its editor and its tabs are as its libraries make them.
        assert await opened.violations(but=["nested-interactive"], outside=".view-lines") == []


# What is beyond the right border of the panel it belongs to, on a phone or a common screen.
_CUT_OFF = """() => [...document.querySelectorAll('main .panel *')].filter((element) => {
  if (element.closest('.tabs, .unseen, [role=img], thead') || !element.checkVisibility()) return false
  const [inner, outer] = [element, element.closest('.panel')].map((one) => one.getBoundingClientRect())
  return inner.width > 0 && inner.right > outer.right + 0.5
}).map((element) => element.outerHTML.slice(0, 120))"""


# What makes the whole page scroll sideways.
_TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth)
    .map((element) => element.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("locale", ["en-GB", "id-ID", "ja-JP"])
@pytest.mark.parametrize("size", SIZES)
async def test_nothing_is_cut_off_and_what_one_reads_does_not_move_while_a_page_loads(
    browser: Browser, base: str, shop: Shop, waiting: str, locale: str, size: Size
) -> None:
    async with tab(browser, base, token=TOKEN, size=size, locale=locale) as opened:
        for path in [*PAGES, f"/board/orders/{waiting}"]:
            await opened.open(path)
            await opened.page.wait_for_load_state("networkidle")
            assert (path, await opened.page.evaluate(_TOO_WIDE)) == (path, [])
            assert (path, await opened.page.evaluate(_CUT_OFF)) == (path, [])
            # Up to 0.1 is what browsers' makers call good.
            assert (path, await opened.shifted() < 0.1) == (path, True)
