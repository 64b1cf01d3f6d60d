"""Printed sheets, read again with a scanner (E3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.mark_warehouse_pick import mark_warehouse_pick
from domain.rules.vocabulary import Role
from tests.api.conftest import Tenant
from tests.api.transport.serving import Server
from tests.builders import Shop
from tests.sheets import scanned, text_of

pytestmark = [pytest.mark.anyio, pytest.mark.rule("E3")]

LONG = "LONG-" * 12
PRINT = """
mutation Print($order: ID!, $create: Boolean) {
  printOrder(orderId: $order, createBackorder: $create) {
    order { number } backorder { number } backorderOffered prints { title path } userErrors { code path }
  }
}
"""


async def on_backorder(shop: Shop, lines: Mapping[str, int]) -> None:
    """Order SO-1, whose lines are marked Warehouse Pick."""
    order = await shop.order("SO-1", **lines)  # type: ignore[arg-type] # no SKU is called `now`
    await mark_warehouse_pick(shop.command(), line_ids=await shop.lines_of(order))


async def fetched(server: Server, kind: str, global_id: str) -> bytes:
    answer = await server.http.get(f"/print/{kind}/{global_id}.pdf", headers=server.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    return answer.content


async def test_every_number_and_sku_on_a_sheet_can_be_scanned(server: Server, shop: Shop) -> None:
    await shop.sku("TEA", barcode="4006381333931")
    await shop.sku("ÇAY")
    await shop.sku(LONG)
    await shop.stock(TEA=3)
    await on_backorder(shop, {"TEA": 3, "CUP": 2, "ÇAY": 1, LONG: 1})

    order = await fetched(server, "order", encode_id("Order", 1))
    assert scanned(order) == ["SO-1", "4006381333931", "CUP", "ÇAY", LONG]
    assert "Order sheet SO-1" in text_of(order)
    assert scanned(await fetched(server, "dispatch", encode_id("Dispatch", 1))) == ["D1-1", "4006381333931"]
    backorder = await fetched(server, "backorder", encode_id("Backorder", 1))
    assert scanned(backorder) == ["B1-1", "CUP", "ÇAY", LONG]
    assert "Order: SO-1" in text_of(backorder)


async def test_a_long_order_takes_as_many_pages_as_it_needs(server: Server, shop: Shop) -> None:
    codes = [f"SKU{number:03}" for number in range(60)]
    await shop.order("SO-1", **dict.fromkeys(codes, 1))  # type: ignore[arg-type] # no SKU is called `now`

    sheet = await fetched(server, "order", encode_id("Order", 1))

    assert scanned(sheet) == ["SO-1", *codes]
    assert "page 4" in text_of(sheet)


async def test_a_name_is_printed_as_it_is_and_never_read_as_markup(server: Server, shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    name = "<img src='file:///etc/passwd'/> & <b>tea"
    await shop.write("UPDATE skus SET name = $1", name)

    text = text_of(await fetched(server, "order", encode_id("Order", 1)))

    assert name in text.replace("\r\n", " ")


async def test_only_the_client_whose_it_is_gets_a_sheet(server: Server, shop: Shop) -> None:
    await shop.order("SO-1", TEA=1)
    foreign = await (await Shop.open(shop.database, "OTHER")).order("SO-9", TEA=1)
    path = f"/print/order/{encode_id('Order', 1)}.pdf"

    assert (await server.http.get(path)).status_code == 401
    assert (await server.http.get(path, headers={"Authorization": "Bearer bf_wrong"})).status_code == 401
    for other in (
        f"/print/order/{encode_id('Order', foreign)}.pdf",
        f"/print/dispatch/{encode_id('Order', 1)}.pdf",
        f"/print/order/{encode_id('Order', 77)}.pdf",
        "/print/order/nonsense.pdf",
        f"/print/invoice/{encode_id('Order', 1)}.pdf",
    ):
        answer = await server.http.get(other, headers=server.headers)
        assert answer.status_code == 404, other
        assert answer.json()["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
    assert (await server.http.post(path, headers=server.headers)).status_code == 405


async def test_a_number_becomes_a_file_name_and_no_header(server: Server, shop: Shop) -> None:
    await shop.order('SO"; x=ş', TEA=1)

    answer = await server.http.get(f"/print/order/{encode_id('Order', 1)}.pdf", headers=server.headers)

    assert answer.headers["content-disposition"] == (
        "inline; filename*=UTF-8''order-SO%22%3B%20x%3D%C5%9F.pdf"
    )
    assert answer.headers["cache-control"] == "no-store"


async def test_printing_an_order_offers_its_backorder_and_says_where_its_sheets_are(tenant: Tenant) -> None:
    shop = tenant.shop
    await shop.stock(TEA=3)
    order = await shop.order("SO-1", TEA=3, CUP=2)
    tea, _ = await shop.lines_of(order)
    await mark_warehouse_pick(shop.command(), line_ids=[tea])

    def answer(*, backorder: str | None, offered: bool, sheets: list[tuple[str, str]]) -> dict[str, Any]:
        return {
            "order": {"number": "SO-1"},
            "backorder": backorder and {"number": backorder},
            "backorderOffered": offered,
            "prints": [{"title": title, "path": f"/print/{path}.pdf"} for title, path in sheets],
            "userErrors": [],
        }

    sheets = [
        ("Order sheet SO-1", f"order/{encode_id('Order', order)}"),
        ("Pick ticket D1-1", f"dispatch/{encode_id('Dispatch', 1)}"),
    ]
    variables = {"order": encode_id("Order", order)}
    viewer = tenant.caller(Role.VIEWER)
    assert await viewer.data(PRINT, **variables) == answer(backorder=None, offered=True, sheets=sheets)
    refused = await viewer.data(PRINT, **variables, create=True)
    assert refused["userErrors"] == [{"code": "FORBIDDEN", "path": None}]
    sheets.append(("Backorder sheet B1-1", f"backorder/{encode_id('Backorder', 1)}"))
    for _ in range(2):
        printed = await tenant.admin.data(PRINT, **variables, create=True)
        assert printed == answer(backorder="B1-1", offered=False, sheets=sheets)
    assert await shop.value("SELECT count(*) FROM backorders") == 1
