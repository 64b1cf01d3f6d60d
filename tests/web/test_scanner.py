"""The scanner: works without a connection, and what it recorded is applied once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.waiting import eventually
from tests.web.browsing import SIZES, Size, browsing, tab
from tests.web.scanning import Scanner, film, on_hand, pick, scanner
from tests.web.shop import Shop

# What a page plays, and how it shakes the device.
_LISTEN = """
window.heard = []
window.felt = []
const start = AudioScheduledSourceNode.prototype.start
AudioScheduledSourceNode.prototype.start = function (...when) {
  heard.push(Math.round(this.frequency.value))
  return start.apply(this, when)
}
navigator.vibrate = (pattern) => felt.push(pattern)
"""

pytestmark = [pytest.mark.anyio, pytest.mark.rule("F10")]


@pytest.mark.rule("F6")
async def test_ten_scans_without_a_connection_are_applied_once_though_the_answer_is_lost(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    (sku,) = await shop.goods(1)
    await shop.buy("PO-TEN", "BER", sku, 40, days=1)
    async with scanner(browser, base, token) as held:
        await held.work("Receive")
        await held.scan("PO-TEN", says="PO-TEN chosen")
        await held.go_offline()
        for scanned in range(1, 11):
            await held.scan(sku)
            await held.has_to_send(scanned)
        await held.says("It is kept here and sent when there is a connection.")

        await held.page.reload()
        await held.is_("offline")
        await held.has_to_send(10)
        assert await on_hand(shop, sku) == 0

        lost = await held.lose_answers(1)
        await held.come_back()
        await held.says("10 scans applied")
        await held.has_to_send(0)
        assert len(lost) == 1
        assert lost[0].count("SUCCEEDED") == 10
        await expect(held.page.locator("[data-state=done]")).to_have_count(10)
    assert await on_hand(shop, sku) == 10


@pytest.mark.rule("F6")
async def test_a_page_that_dies_before_the_answer_sends_the_same_scans_when_it_lives_again(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    (sku,) = await shop.goods(1)
    await shop.buy("PO-DIES", "BER", sku, 9, days=1)
    async with scanner(browser, base, token) as held:
        await held.work("Receive")
        await held.scan("PO-DIES", says="PO-DIES chosen")
        lost = await held.lose_answers(1)
        await held.scan(sku, says="recorded")
        await held.page.get_by_role("button", name="Save").click()

        async def is_lost() -> bool:
            return len(lost) == 1

        await eventually(is_lost)
        await held.page.reload()
        await held.has_to_send(0)
        await expect(held.page.locator("[data-state=done]")).to_have_count(1)
    assert await on_hand(shop, sku) == 1


async def test_what_is_only_here_can_be_changed_and_undone(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    kept, undone = await shop.goods(2)
    await shop.buy("PO-KEPT", "BER", kept, 9, days=1)
    await shop.buy("PO-UNDONE", "BER", undone, 9, days=1)
    async with scanner(browser, base, token) as held:
        page = held.page
        await held.work("Receive")
        await held.go_offline()
        await held.scan(undone, says="Scan the document first")
        await held.come_back()
        await held.is_("online")
        await held.scan("PO-UNDONE", says="PO-UNDONE chosen")
        await held.go_offline()
        await held.scan(undone)
        await held.scan(undone)
        await held.has_to_send(2)
        # Held back no longer, the first one is not sent in vain either.
        await page.locator("[data-state=waiting]").get_by_role("button", name="Undo").click()
        await held.says("removed")
        await held.has_to_send(1)
        await page.get_by_role("region", name=undone).get_by_role("button", name="Undo").click()
        await held.has_to_send(0)

        await held.come_back()
        await held.is_("online")
        await held.scan("PO-KEPT", says="PO-KEPT chosen")
        await held.scan(kept, says="recorded")
        more = page.get_by_role("button", name="One more")
        await more.click()
        await more.click()
        await more.click()
        await page.get_by_role("button", name="One fewer").click()
        await expect(page.get_by_role("spinbutton", name="Quantity")).to_have_value("3")
        await held.moment_is_over()
        await held.says("Received: 3 × Thing")
    assert await on_hand(shop, kept) == 3
    assert await on_hand(shop, undone) == 0


async def test_what_is_rejected_stays_with_what_to_do(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    (sku,) = await shop.goods(1)
    await shop.buy("PO-SHORT", "BER", sku, 2, days=1)
    async with scanner(browser, base, token) as held:
        page = held.page
        await held.work("Receive")
        await held.scan("PO-SHORT", says="PO-SHORT chosen")
        await held.scan("NO-SUCH-THING", says="Nothing has the barcode NO-SUCH-THING.")
        await expect(page.get_by_role("alert")).to_be_visible()
        await held.scan(sku, says="recorded")
        await page.get_by_role("spinbutton", name="Quantity").fill("5")
        await page.get_by_role("button", name="Save").click()
        await held.says("Not applied")
        await page.reload()
        rejected = page.locator("[data-state=failed]")
        await expect(rejected).to_contain_text("Compare with the paper.")
        await expect(rejected).to_contain_text("2 units of SKU")
        await rejected.get_by_role("button", name="Done with").click()
        await expect(rejected).to_have_count(0)
    assert await on_hand(shop, sku) == 0


async def test_what_became_of_a_scan_is_heard_felt_and_coloured(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    (sku,) = await shop.goods(1)
    await shop.buy("PO-SOUND", "BER", sku, 1, days=1)
    async with tab(browser, base, token=token, size="phone") as opened:
        await opened.context.add_init_script(_LISTEN)
        held = Scanner(opened)
        await held.open()
        told = held.page.locator(".saying")
        await held.work("Receive")
        await held.scan("PO-SOUND", says="PO-SOUND chosen")
        await expect(told).to_have_attribute("data-tone", "good")
        await held.scan("NO-SUCH-THING", says="Nothing has the barcode")
        await expect(told).to_have_attribute("data-tone", "bad")
        await held.scan(sku, says="recorded")
        await held.moment_is_over()
        await held.says("Received")
        await expect(told).to_have_attribute("data-tone", "good")
        # In Hertz: two rising ones, two low ones, a high one, and two that rise higher.
        heard = await held.page.evaluate("heard")
        assert heard == [880, 1110, 220, 165, 1320, 1320, 1760]
        assert await held.page.evaluate("felt") == [[150, 80, 150], [30], [30]]


@pytest.mark.rule("E5")
async def test_a_device_that_can_not_make_a_sound_scans_all_the_same(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    (sku,) = await shop.goods(1)
    async with scanner(browser, base, token) as held:
        await held.page.evaluate(
            "() => { window.AudioContext = function () { throw new DOMException('no sound') } }"
        )
        await held.work("Count")
        await held.scan(sku, says="1 counted")
        await held.scan(sku, says="2 counted")


async def test_a_backorder_is_filled_and_its_dispatch_packed_and_shipped(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    there, short = await shop.goods(2)
    await shop.stock("BER", {there: 2})
    (number,) = await shop.orders(1, "BER", {there: 2, short: 1})
    dispatch, backorder = await pick(shop, number)
    assert dispatch is not None
    assert backorder is not None
    await shop.stock("BER", {short: 1})
    async with scanner(browser, base, token) as held:
        await held.work("Fill")
        await held.scan(backorder.lower(), says=f"{backorder} chosen")
        await held.scan(short, says="recorded")
        await held.moment_is_over()
        await held.says("Filled: 1 × Thing")
        await held.work("Pack")
        await held.scan(dispatch, says=f"Packed: {dispatch}")
        await held.scan(dispatch, says="Nothing to do")
        await held.work("Ship")
        await held.scan(short, says="is not a dispatch")
        await held.scan(dispatch, says=f"Shipped: {dispatch}")
    assert await on_hand(shop, there) == 0


async def test_counting_goes_by_number_or_scan_by_scan(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    one, other = await shop.goods(2)
    async with scanner(browser, base, token) as held:
        await held.work("Count")
        for counted in (1, 2, 3):
            await held.scan(one, says=f"{counted} counted")
        await held.scan(other, says=f"Thing {other}: 1 counted")
        await held.page.get_by_role("spinbutton", name="Quantity").fill("120")
        await held.page.get_by_role("spinbutton", name="Quantity").press("Enter")
        await held.page.get_by_role("button", name="Save").click()
        await held.says("Counted: 120 × Thing")
    assert await on_hand(shop, one) == 3
    assert await on_hand(shop, other) == 120


async def test_a_code_can_be_typed_and_a_scanner_may_type_into_any_field(
    browser: Browser, base: str, shop: Shop, token: str
) -> None:
    one, other = await shop.goods(2)
    async with scanner(browser, base, token) as held:
        page = held.page
        await held.work("Count")
        await page.get_by_role("button", name="Type a code").click()
        await page.get_by_role("textbox", name="Code").fill(one)
        await page.get_by_role("button", name="Record").click()
        await held.says("1 counted")
        quantity = page.get_by_role("spinbutton", name="Quantity")
        await quantity.fill("7")
        await held.scan(other, says=f"Thing {other}: 1 counted")
        await page.get_by_role("button", name="Save").click()
        await held.has_to_send(0)
    assert await on_hand(shop, one) == 7
    assert await on_hand(shop, other) == 1


async def test_the_camera_reads_labels_with_the_reader_that_is_brought_along(
    base: str, shop: Shop, token: str, tmp_path: Path
) -> None:
    (sku,) = await shop.goods(1)
    video = film(sku, tmp_path / "label.y4m")
    async with (
        browsing(
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ) as browser,
        scanner(browser, base, token) as held,
    ):
        assert not await held.page.evaluate("'BarcodeDetector' in window")
        await held.work("Count")
        # The reader is on the device already.
        await held.go_offline()
        await held.page.get_by_role("button", name="Camera").click()
        await held.says("1 counted")
        await held.page.get_by_role("button", name="Save").click()
        await held.come_back()
        await held.has_to_send(0)
    assert await on_hand(shop, sku) == 1


async def test_the_page_can_be_installed(browser: Browser, base: str, shop: Shop, token: str) -> None:
    async with scanner(browser, base, token) as held:
        devtools = await held.tab.context.new_cdp_session(held.page)
        manifest = await devtools.send("Page.getAppManifest")
        assert manifest["errors"] == []
        assert manifest["url"] == f"{base}/scan.webmanifest"
        wrong = await devtools.send("Page.getInstallabilityErrors")
        # Windows of Playwright are incognito ones, where nothing can be installed.
        assert [one["errorId"] for one in wrong["installabilityErrors"]] in ([], ["in-incognito"])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "ja-JP"])
async def test_axe_finds_nothing_wrong_with_the_scanner(
    browser: Browser, base: str, shop: Shop, token: str, size: Size, scheme: str, locale: str
) -> None:
    (sku,) = await shop.goods(1)
    async with scanner(browser, base, token, size=size, locale=locale, scheme=scheme) as held:
        page = held.page
        found = await held.tab.violations()
        await page.locator(".workplace select").first.select_option("BER")
        await page.locator(".modes input[value=COUNT]").check(force=True)
        await held.scan(sku)
        await page.locator(".last").wait_for()
        await page.locator(".readers button").first.click()
        found += await held.tab.violations()
        await held.go_offline()
        await held.scan("bad\tcode")
        await held.scan("PO-NOBODY")
        await page.locator("summary").click()
        found += await held.tab.violations()
        assert sorted(set(found)) == []
