"""promiseChanged over a real socket: old, new and cause, live and from a cursor on (F4, F5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.change_purchase_orders import reschedule_purchase_order_line
from tests.api.transport.serving import Server, Socket
from tests.builders import NOW, Shop

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("relay")]

FRIDAY, MONDAY = NOW + timedelta(days=4), NOW + timedelta(days=7)
SUBSCRIBE = """
subscription Promises($orders: [ID!], $after: String) {
  promiseChanged(orderIds: $orders, after: $after) {
    cursor cause previouslyPromisedAt promisedAt order { number promisedAt }
  }
}
"""


async def next_event(socket: Socket) -> Any:
    return (await socket.receive())["payload"]["data"]["promiseChanged"]


@pytest.mark.rule("F4")
@pytest.mark.rule("F5")
async def test_subscribers_are_told_old_and_new_date_and_the_cause(server: Server, shop: Shop) -> None:
    order, _ = await shop.order("SO-1", TEA=1), await shop.order("SO-2", TEA=1)
    orders = [encode_id("Order", order)]
    async with server.socket() as socket:
        await socket.subscribe("1", SUBSCRIBE, variables={"orders": orders})
        # Whatever is answered after the subscription is answered when it has begun.
        await socket.subscribe("2", "{ client { code } }")
        while (await socket.receive())["type"] != "complete":
            pass
        _, (line,) = await shop.purchase_order("PO-1", expected_at=FRIDAY, TEA=2)
        first = await next_event(socket)
        await reschedule_purchase_order_line(shop.command(), line_id=line, expected_at=MONDAY)
        second = await next_event(socket)

    assert first | {"cursor": None} == {
        "cursor": None,
        "cause": "createPurchaseOrder",
        "previouslyPromisedAt": None,
        "promisedAt": "2026-03-06T08:00:00Z",
        "order": {"number": "SO-1", "promisedAt": "2026-03-06T08:00:00Z"},
    }
    assert second | {"cursor": None} == {
        "cursor": None,
        "cause": "reschedulePurchaseOrderLine",
        "previouslyPromisedAt": "2026-03-06T08:00:00Z",
        "promisedAt": "2026-03-09T08:00:00Z",
        "order": {"number": "SO-1", "promisedAt": "2026-03-09T08:00:00Z"},
    }
    async with server.socket() as socket:
        await socket.subscribe("1", SUBSCRIBE, variables={"orders": orders, "after": first["cursor"]})
        assert await next_event(socket) == second
