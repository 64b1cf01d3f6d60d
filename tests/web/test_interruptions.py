"""A board that is told "not now", or nothing any more, comes right by itself as soon as it can."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from tests.cli.running import TOKEN
from tests.web.browsing import tab
from tests.web.shop import Shop

pytestmark = pytest.mark.anyio

_NOT_NOW = [
    {
        "message": "The service can't reach its database at the moment; try again.",
        "extensions": {"code": "SERVICE_UNAVAILABLE"},
    }
]


async def refuse_first(page: Page, operation: str) -> list[str]:
    """Have the server answer the first request with this operation as it does while its database is away."""
    refused: list[str] = []

    async def answer(route: Route) -> None:
        sent = route.request.post_data or ""
        if refused or operation not in sent:
            await route.fallback()
            return
        refused.append(sent)
        body = json.dumps({"errors": _NOT_NOW})
        await route.fulfill(status=503, content_type="application/json", body=body)

    await page.route("**/graphql", answer)
    return refused


async def test_a_board_that_is_opened_while_the_database_is_away_begins_when_it_is_back(
    browser: Browser, base: str, shop: Shop
) -> None:
    async with tab(browser, base, token=TOKEN) as opened:
        refused = await refuse_first(opened.page, "eventCursor")
        await opened.open()
        assert len(refused) == 1
        opened.expects("503")


async def test_a_change_is_asked_for_again_when_the_database_was_away(
    browser: Browser, base: str, shop: Shop
) -> None:
    (sku,) = await shop.goods(1)
    (number,) = await shop.orders(1, "LYS", {sku: 2})
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open(f"/board/orders/{number}")
        refused = await refuse_first(opened.page, "confirmOrder")
        await opened.page.get_by_role("button", name="Confirm", exact=True).click()
        await expect(opened.page.locator("main .title")).to_contain_text("Confirmed")
        assert len(refused) == 1
        opened.expects("503")


@pytest.mark.rule("F5")
async def test_events_go_on_after_the_server_has_closed_the_socket_of_a_machine_that_slept(
    browser: Browser, base: str, shop: Shop
) -> None:
    (sku,) = await shop.goods(1)
    (number,) = await shop.orders(1, "LYS", {sku: 2})
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    async with tab(browser, base, token=TOKEN) as opened:
        await opened.page.route_web_socket("**/graphql", connect)
        await opened.open(f"/board/orders/{number}")
        await expect(opened.page.locator("main .title")).to_contain_text("Queued")
        before = len(sockets)
        await sockets[-1].close(code=1011, reason="keepalive ping timeout")
        await shop.stock("LYS", {sku: 2})
        await shop.run("LYS")
        await expect(opened.page.locator(".connection")).to_have_text("Live")
        await expect(opened.page.locator("main .title")).to_contain_text("Processed")
        assert len(sockets) > before


@pytest.mark.rule("F5")
async def test_a_subscription_that_is_refused_for_now_is_asked_for_again(
    browser: Browser, base: str, shop: Shop
) -> None:
    (sku,) = await shop.goods(1)
    (number,) = await shop.orders(1, "LYS", {sku: 2})
    refused: list[str] = []

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def heard(message: str | bytes) -> None:
            told = json.loads(message)
            if told["type"] == "subscribe" and len(refused) < 6:
                refused.append(told["id"])
                socket.send(json.dumps({"id": told["id"], "type": "error", "payload": _NOT_NOW}))
            else:
                server.send(message)

        socket.on_message(heard)

    async with tab(browser, base, token=TOKEN) as opened:
        await opened.page.route_web_socket("**/graphql", connect)
        await opened.open(f"/board/orders/{number}")
        await expect(opened.page.locator("main .title")).to_contain_text("Queued")
        await shop.stock("LYS", {sku: 2})
        await shop.run("LYS")
        await expect(opened.page.locator("main .title")).to_contain_text("Processed")
        assert len(refused) == 6


async def test_a_sheet_that_can_not_be_fetched_is_told_of(browser: Browser, base: str, shop: Shop) -> None:
    (sku,) = await shop.goods(1)
    (number,) = await shop.orders(1, "LYS", {sku: 2})
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.page.route("**/print/**", lambda route: route.fulfill(status=503))
        await opened.open(f"/board/orders/{number}")
        await opened.page.get_by_role("button", name="Print").click()
        await opened.page.get_by_role("dialog").get_by_role("button").first.click()
        await expect(opened.page.get_by_role("alert")).to_contain_text("This could not be loaded.")
        opened.expects("503")


async def test_what_a_board_shows_stays_when_somebody_looks_at_it_without_a_network(
    browser: Browser, base: str, shop: Shop
) -> None:
    (sku,) = await shop.goods(1)
    (number,) = await shop.orders(1, "LYS", {sku: 2})
    async with tab(browser, base, token=TOKEN) as opened:
        await opened.open(f"/board/orders/{number}")
        await expect(opened.page.locator("main .title")).to_contain_text("Queued")
        await opened.context.set_offline(True)
        # As when a phone is taken out of a pocket.
        await opened.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(opened.page.get_by_role("alert").first).to_contain_text("This could not be loaded.")
        await expect(opened.page.locator("main .title")).to_contain_text("Queued")
        await opened.context.set_offline(False)
        await expect(opened.page.get_by_role("alert")).to_have_count(0)
        opened.expects("net::ERR_INTERNET_DISCONNECTED")
