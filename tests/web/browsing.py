"""A browser on the pages: Chromium, driven by Playwright, that notes everything it complains about."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from api.pages.built_pages import BUILT, documents_of_pages

Size = Literal["desktop", "phone"]

SIZES: tuple[Size, ...] = ("desktop", "phone")
_VIEWPORTS = {"desktop": (1280, 800), "phone": (360, 760)}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TRUSTED = documents_of_pages()
_AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"

# What a reader's own doing moves does not count, as browsers count it.
_SHIFTED = """() => new Promise((resolve) => {
  let sum = 0
  const add = (entries) => entries.forEach((one) => { if (!one.hadRecentInput) sum += one.value })
  new PerformanceObserver((list) => add(list.getEntries())).observe({type: 'layout-shift', buffered: true})
  setTimeout(() => resolve(sum), 100)
})"""

_PATIENCE_MS = 60_000

# Machines that run tests are shared: for what comes, however late, nothing is lost by waiting.
expect.set_options(timeout=_PATIENCE_MS)


def chromium() -> str:
    """Where Chromium is: CHROMIUM, else what is installed. Raises LookupError with what to do."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise LookupError("The tests of the pages need Chromium: run `make browser`, or name it in CHROMIUM.")
    return found


def check_built() -> None:
    """Raise LookupError when there are no pages to look at."""
    if not (BUILT / "index.html").exists():
        raise LookupError("The pages are not built: run `make web`.")


@asynccontextmanager
async def browsing(*more: str) -> AsyncIterator[Browser]:
    """A browser without a screen; `more` are arguments of its command line."""
    check_built()
    async with async_playwright() as playwright:
        arguments = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", *more]
        browser = await playwright.chromium.launch(
            executable_path=chromium(),
            timeout=2 * _PATIENCE_MS,
            # Chromium's own sandbox refuses to run as root, as whom containers test.
            args=[*arguments, "--no-sandbox"] if os.geteuid() == 0 else arguments,
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Tab:
    """A page of somebody with a token, and what was wrong with it."""

    page: Page
    context: BrowserContext
    base: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    untrusted: list[str] = field(default_factory=list)

    def sends(self, message: str | None) -> None:
        """Note a document that an installation which executes only trusted ones would refuse."""
        told = json.loads(message or "{}")
        document = told.get("query") or told.get("payload", {}).get("query")
        # Who tries operations on GraphiQL sends whatever they write.
        if document and document not in _TRUSTED.values() and "/graphiql" not in self.page.url:
            self.untrusted.append(document)

    def expects(self, *words: str) -> None:
        """Forget complaints with one of these words: what browsers say by themselves of what a test does."""
        self.complaints[:] = [told for told in self.complaints if not any(word in told for word in words)]

    async def open(self, path: str = "/") -> None:
        """Go to a page of the server and wait until it knows who looks at it."""
        await self.page.goto(f"{self.base}{path}")
        await self.page.locator(".connection[data-state=live]").wait_for()

    async def violations(self, *, but: Sequence[str] = (), outside: str | None = None) -> list[str]:
        """What axe finds wrong for people who can't see, hear or point: rule, impact and place of each.

        `but` are rules that are not looked at; `outside` selects what is not.
        """
        await self.page.evaluate(_AXE.read_text())
        found: dict[str, Any] = await self.page.evaluate(
            """([but, outside]) => axe.run(outside ? {exclude: outside} : document, {
                 resultTypes: ['violations'],
                 rules: Object.fromEntries(but.map((rule) => [rule, {enabled: false}])),
               })""",
            [list(but), outside],
        )
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:120]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    async def shifted(self) -> float:
        """How much of the page has moved by itself since it was opened: its cumulative layout shift."""
        shifted: float = await self.page.evaluate(_SHIFTED)
        return shifted


@asynccontextmanager
async def tab(
    browser: Browser,
    base: str,
    *,
    token: str | None,
    size: Size = "desktop",
    scheme: Literal["light", "dark"] = "light",
    locale: str = "en-GB",
) -> AsyncIterator[Tab]:
    """A window of its own, signed in with `token`; asserts at the end that nothing was wrong with it."""
    width, height = _VIEWPORTS[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=size == "phone",
        color_scheme=scheme,
        locale=locale,
        timezone_id="UTC",
    )
    context.set_default_timeout(_PATIENCE_MS)
    if token is not None:
        await context.add_init_script(
            f"if (!sessionStorage.getItem('asked')) {{ sessionStorage.setItem('asked', '1');"
            f" sessionStorage.setItem('backfill.token', '{token}') }}"
        )
    page = await context.new_page()
    opened = Tab(page, context, base)
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: opened.complaints.append(message.text) if message.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((base, "blob:", "data:")) else opened.elsewhere.append(request.url)
        ),
    )
    page.on(
        "request",
        lambda request: opened.sends(request.post_data) if request.url == f"{base}/graphql" else None,
    )
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: opened.sends(str(frame))))
    try:
        yield opened
    finally:
        await context.close()
    assert opened.complaints == [], opened.complaints
    assert opened.untrusted == []
    assert opened.elsewhere == []
