"""The scanner where something is missing: a right, space, storage, the server it was made for."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Route, expect

from tests.cli.running import TOKEN
from tests.waiting import eventually
from tests.web.browsing import tab
from tests.web.scanning import on_hand, scanner, token_of
from tests.web.shop import Shop

# What a browser says of every write while its device has no space.
_CAN_BE_FULL = """() => {
  window.full = false
  window.refused = 0
  const { add, put } = IDBObjectStore.prototype
  const { update } = IDBCursor.prototype
  const unlessFull = (write) => function (...given) {
    if (window.full) {
      window.refused += 1
      throw new DOMException('no space', 'QuotaExceededError')
    }
    return write.apply(this, given)
  }
  Object.assign(IDBObjectStore.prototype, { add: unlessFull(add), put: unlessFull(put) })
  IDBCursor.prototype.update = unlessFull(update)
}"""

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F10")]


async def test_a_token_that_may_not_scan_is_told_so_and_loses_nothing(
    browser: Browser, base: str, shop: Shop, shell: dict[str, str]
) -> None:
    (sku,) = await shop.goods(1)
    async with scanner(browser, base, await token_of(shell, "VIEWER")) as held:
        await held.work("Count")
        await held.scan(sku, says="1 counted")
        await held.page.get_by_role("button", name="Save").click()
        await expect(held.page.get_by_text("Your token may not scan.")).to_be_visible()
        await held.has_to_send(1)
        await held.page.evaluate(f"localStorage.setItem('backfill.token', '{TOKEN}'); sessionStorage.clear()")
        await held.page.evaluate("sessionStorage.setItem('asked', '1')")
        await held.page.reload()
        await held.has_to_send(0)
    assert await on_hand(shop, sku) == 1


async def test_a_server_of_another_version_is_waited_for_and_nothing_is_lost(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    (sku,) = await shop.goods(1)
    async with scanner(browser, base, token) as held:

        async def as_the_version_before(route: Route) -> None:
            """It does not know what the page tells it of its clock."""
            text = route.request.post_data or ""
            await route.continue_(post_data=text.replace("sentAt: $sentAt", "sendingAt: $sentAt"))

        await held.page.route("**/graphql", as_the_version_before)
        await held.work("Count")
        await held.scan(sku, says="1 counted")
        await held.page.get_by_role("button", name="Save").click()
        warning = held.page.get_by_text("The server is of another version than this page.")
        await expect(warning).to_be_visible()
        await held.has_to_send(1)
        await held.page.unroute("**/graphql")
        await held.page.evaluate("dispatchEvent(new Event('online'))")
        await held.has_to_send(0)
        await expect(warning).to_have_count(0)
        held.tab.expects("400")
    assert await on_hand(shop, sku) == 1


async def test_a_full_device_sends_what_it_has_as_soon_as_there_is_space(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    (sku,) = await shop.goods(1)
    async with scanner(browser, base, token) as held:
        page = held.page
        await page.evaluate(_CAN_BE_FULL)
        await held.work("Count")
        await held.go_offline()
        await held.scan(sku, says="1 counted")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("button", name="Save")).to_have_count(0)
        await page.evaluate("window.full = true")
        await held.scan("ANOTHER", says="This device could not save the scan. Free some space")
        await held.come_back()

        async def is_tried_again() -> bool:
            return bool(await page.evaluate("window.refused > 2"))

        await eventually(is_tried_again)
        await held.has_to_send(1)
        await page.evaluate("window.full = false")
        await held.has_to_send(0)
        await held.is_("online")
    assert await on_hand(shop, sku) == 1


async def test_a_browser_that_keeps_nothing_is_told_of_before_anything_is_scanned(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    async with tab(browser, base, token=token, size="phone") as opened:
        await opened.context.add_init_script(
            "IDBFactory.prototype.open = () => { throw new DOMException('no storage', 'SecurityError') }"
        )
        await opened.page.goto(f"{base}/scan")
        await expect(opened.page.get_by_role("alert")).to_contain_text("Leave private browsing")
