"""The scanner's pictures in docs/images: at work, offline, rejecting, and looking through its camera."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.web.browsing import browsing
from tests.web.scanning import Scanner, film, scanner, token_of
from tests.web.shop import Shop

_AT_REST_MS = 300


async def take_of_scanner(shop: Shop, base: str, shell: Mapping[str, str], images: Path) -> None:
    """Take them, of a shop that is set up. `shell` is what the program's operator exports."""
    token = await token_of(shell, "SCANNER")
    await shop.buy("PO-1042", "BER", "10-01", 12, days=1)
    await shop.buy("PO-1043", "BER", "18-01", 40, days=1)

    async def take(held: Scanner, name: str) -> None:
        await held.page.wait_for_timeout(_AT_REST_MS)
        await held.page.screenshot(path=images / f"{name}.png")
        print(f"docs/images/{name}.png")  # noqa: T201 -- what a command says

    with tempfile.TemporaryDirectory() as folder:
        label = film("12-01", Path(folder) / "label.y4m")
        async with browsing(
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={label}",
        ) as browser:
            async with scanner(browser, base, token) as held:
                await held.work("Receive")
                await held.scan("PO-1042", says="chosen")
                await held.scan("10-01", says="recorded")
                await held.moment_is_over()
                await held.says("Received")
                await held.scan("10-01", says="recorded")
                await take(held, "scanner")
                await held.moment_is_over()
                await held.says("Received")
                await held.go_offline()
                for sent in (1, 2, 3):
                    await held.scan("10-01")
                    await held.has_to_send(sent)
                await take(held, "scanner-offline")
                await held.come_back()
                await held.has_to_send(0)
                await held.work("Pack")
                await held.scan("D999999", says="Not applied")
                await take(held, "scanner-rejected")
                await held.work("Count")
                await held.page.get_by_role("button", name="Camera").click()
                await held.says("1 counted")
                await take(held, "scanner-camera")
            async with scanner(browser, base, token, scheme="dark", locale="ja-JP") as held:
                await held.page.locator(".workplace select").first.select_option("BER")
                await held.scan("PO-1043", says="PO-1043")
                await held.scan("18-01")
                await held.page.locator(".last").wait_for()
                await take(held, "scanner-dark-ja")
