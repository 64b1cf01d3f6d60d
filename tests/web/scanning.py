"""A scanner in somebody's hand: the page at /scan on a phone, and what it reads."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect

from tests.cli.running import backfill
from tests.web.browsing import Size, Tab, tab
from tests.web.shop import Shop

_CHARACTERS_EVERY_SECONDS = 0.008
_OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
_CUT = "net::ERR_FAILED"
_VIDEO = (640, 480)
_FRAMES = 10
# Time as a test has it, however busy this machine is: a scan is held back until the test says that the moment
# is over, and the server is waited for when it is asked what a code is of (`finish` and LOOKUP_PATIENCE_MS in
# device.ts).
_UNHURRIED = """(() => {
  const { setTimeout, clearTimeout } = window
  const heldBack = new Map()
  window.setTimeout = (work, wait, ...given) => {
    if (!String(work).includes('.finish()')) return setTimeout(work, wait, ...given)
    const timer = setTimeout(() => undefined)
    heldBack.set(timer, work)
    return timer
  }
  window.clearTimeout = (timer) => {
    heldBack.delete(timer)
    clearTimeout(timer)
  }
  window.momentIsOver = () => {
    const works = [...heldBack.values()]
    heldBack.clear()
    for (const work of works) work()
    return works.length > 0
  }
  const until = AbortSignal.timeout.bind(AbortSignal)
  AbortSignal.timeout = (wait) => until(wait === 2_500 ? 60_000 : wait)
})()"""
_CONTROLLED = "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"

_STOCK = """query ($sku: String!) {
  stockLevels(skuCodes: [$sku]) { onHand distributionCenter { code } }
}"""
_PICK = """mutation ($lines: [ID!]!) {
  markWarehousePick(lineIds: $lines) {
    userErrors { message } dispatch { number } backorder { number }
  }
}"""
_LINES = "query ($number: String) { order(number: $number) { lines { nodes { id } } } }"


async def token_of(shell: Mapping[str, str], role: str) -> str:
    """A token of this role, as the operator makes one beside the running program."""
    made = await backfill("token", "create", "--client", "DEMO", "--role", role, env=shell)
    assert made.code == 0, made.errors
    return made.output.strip()


@dataclass
class Scanner:
    """The page, and whoever holds it."""

    tab: Tab

    @property
    def page(self) -> Page:
        return self.tab.page

    async def open(self) -> None:
        """Open the page and wait until it is connected and kept for offline use."""
        await self.tab.context.add_init_script(_UNHURRIED)
        await self.page.goto(f"{self.tab.base}/scan")
        await self.is_("online")
        await self.page.wait_for_function(_CONTROLLED)

    async def is_(self, state: str) -> None:
        """Wait until the page says that it is online or offline."""
        await self.page.locator(f".connection[data-state={state}]").wait_for()

    async def work(self, mode: str, *, center: str = "BER · Berlin") -> None:
        """Choose what to do, and where."""
        await self.page.get_by_label("Distribution center").select_option(label=center)
        await self.page.get_by_role("radio", name=mode).check(force=True)

    async def scan(self, code: str, *, says: str | None = None) -> None:
        """A hand-held scanner reads a code: it types, fast, and presses Enter.

        The keys carry the times at which such a scanner sends them, however busy this machine is.
        """
        devtools = await self.tab.context.new_cdp_session(self.page)
        at = time.time()
        for place, key in enumerate([*code, "Enter"]):
            pressed = {"key": key, "text": "\r" if key == "Enter" else key}
            for kind in ("keyDown", "keyUp"):
                moment = at + place * _CHARACTERS_EVERY_SECONDS
                await devtools.send("Input.dispatchKeyEvent", {"type": kind, "timestamp": moment, **pressed})
        await devtools.detach()
        if says is not None:
            await self.says(says)

    async def says(self, text: str) -> None:
        """Wait until the page says this."""
        await expect(self.page.locator(".saying")).to_contain_text(text)

    async def moment_is_over(self) -> None:
        """So much time passes that a scan whose quantity could be changed is sent."""
        await self.page.wait_for_function("momentIsOver()")

    async def has_to_send(self, count: int) -> None:
        """Wait until so many scans wait to be sent."""
        await self.page.locator(f"[data-unsent='{count}']").wait_for()

    async def go_offline(self) -> None:
        """Carry the phone to where there is no network."""
        await self.tab.context.set_offline(True)
        await self.is_("offline")

    async def come_back(self) -> None:
        """Carry it back."""
        await self.tab.context.set_offline(False)

    async def lose_answers(self, how_many: int) -> list[str]:
        """Have the next answers to applied scans lost on the way; the list tells how many have been."""
        lost: list[str] = []

        async def answer(route: Route) -> None:
            if len(lost) < how_many and "applyScans" in (route.request.post_data or ""):
                reply = await route.fetch()
                lost.append(await reply.text())
                await route.abort()
            else:
                await route.continue_()

        await self.tab.context.route("**/graphql", answer)
        return lost


@asynccontextmanager
async def scanner(
    browser: Browser, base: str, token: str, *, size: Size = "phone", locale: str = "en-GB", **more: Any
) -> AsyncIterator[Scanner]:
    """A scanner that is signed in and connected; being offline is no complaint of it."""
    async with tab(browser, base, token=token, size=size, locale=locale, **more) as opened:
        held = Scanner(opened)
        await held.open()
        yield held
        opened.expects(_OFFLINE, _CUT)


async def on_hand(shop: Shop, sku: str, center: str = "BER") -> int:
    """What is in stock."""
    levels = (await shop.served.query(_STOCK, sku=sku))["stockLevels"]
    return sum(level["onHand"] for level in levels if level["distributionCenter"]["code"] == center)


async def pick(shop: Shop, number: str) -> tuple[str | None, str | None]:
    """Have an order picked in the warehouse; the numbers of its dispatch and of its Backorder."""
    order = (await shop.served.query(_LINES, number=number))["order"]
    lines = [line["id"] for line in order["lines"]["nodes"]]
    marked = (await shop.served.query(_PICK, lines=lines))["markWarehousePick"]
    assert not marked["userErrors"], marked
    return tuple(marked[made] and marked[made]["number"] for made in ("dispatch", "backorder"))


def film(code: str, file: Path) -> Path:
    """What a camera sees that somebody holds a Code 128 label in front of, as uncompressed video."""
    # Its stubs don't say that the picture is a buffer.
    drawn: Any = zxingcpp.write_barcode_to_image(
        zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Code128), scale=3
    )
    height, width = drawn.shape[:2]
    label = Image.frombytes("L", (width, height), memoryview(drawn).tobytes()).resize((width, 120))
    picture = Image.new("L", _VIDEO, 200)
    picture.paste(label, ((_VIDEO[0] - width) // 2, (_VIDEO[1] - 120) // 2))
    grey = bytes([128]) * (_VIDEO[0] * _VIDEO[1] // 2)
    frame = b"FRAME\n" + picture.tobytes() + grey
    file.write_bytes(f"YUV4MPEG2 W{_VIDEO[0]} H{_VIDEO[1]} F10:1 Ip A1:1 C420\n".encode() + frame * _FRAMES)
    return file
