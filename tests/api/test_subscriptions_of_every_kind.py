"""Subscriptions for every kind of change: stock, purchase orders, schedules, settings and more (F5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.ids import encode_id
from domain.operations.change_purchase_orders import change_purchase_order_line
from domain.operations.client_settings import SettingsChange, update_client_settings
from domain.operations.hold_rules import NewHoldRule, delete_hold_rule, set_hold_rule
from domain.operations.schedules import set_processor_schedule
from domain.operations.shared_schedules import remove_shared_schedule, set_shared_schedule
from domain.operations.store_connections import NewConnection, set_store_connection
from domain.operations.synchronizations import synchronize_stores
from domain.operations.timing import Timing
from domain.rules.vocabulary import ConnectorKind
from tests.api.transport.serving import Server, Socket
from tests.builders import MAIN, NOW, Shop
from tests.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("relay"), pytest.mark.rule("F5")]

STOCK = """
subscription ($center: ID, $sku: ID, $after: String) {
  stockLevelChanged(distributionCenter: $center, sku: $sku, after: $after) {
    cursor at cause level { sku { code } distributionCenter { code } onHand allocated available incoming }
  }
}
"""
PURCHASE_ORDERS = """
subscription ($id: ID, $after: String) {
  purchaseOrderChanged(id: $id, after: $after) {
    cursor cause purchaseOrder { number lines { quantity received } }
  }
}
"""
SCHEDULES = """
subscription ($after: String) {
  processorScheduleChanged(after: $after) { cursor cause schedule { cron allClients } }
}
"""
SETTINGS = """
subscription ($after: String) {
  settingsChanged(after: $after) { cursor cause client { code settings { holdHours } } }
}
"""
SYNCHRONIZATIONS = """
subscription ($after: String) {
  synchronizationChanged(after: $after) { cursor cause synchronization { store { code } status } }
}
"""


async def told(socket: Socket, count: int) -> list[dict[str, Any]]:
    """The next events."""
    answers = [await socket.receive() for _ in range(count)]
    return [next(iter(answer["payload"]["data"].values())) for answer in answers]


async def live_and_resumed(
    server: Server, document: str, act: Callable[[], Awaitable[None]], count: int, **variables: Any
) -> list[dict[str, Any]]:
    """What a subscriber is told while `act` goes on; one that comes later is told the same from a cursor."""

    async def is_all_told() -> bool:
        async with server.database.connection_across_clients() as sql:
            numbered = not await sql.fetchval("SELECT count(*) FROM event_outbox")
            last: int = await sql.fetchval("SELECT last_seq FROM event_position")
        return numbered and server.app.state.groups.feed.position == last

    # What happened before has been in the feed before the subscription begins.
    await eventually(is_all_told)
    async with server.socket() as socket:
        await socket.subscribe("1", document, variables=variables)
        # Whatever is answered after the subscription is answered when it has begun.
        await socket.subscribe("2", "{ client { code } }")
        while (await socket.receive())["type"] != "complete":
            pass
        await act()
        live = await told(socket, count)
    async with server.socket() as socket:
        await socket.subscribe("1", document, variables={**variables, "after": live[0]["cursor"]})
        resumed = await told(socket, count - 1)
    assert [event["cursor"] for event in resumed] == [event["cursor"] for event in live[1:]]
    return live


async def test_stock_is_told_as_it_is_counted_reserved_ordered_and_received(
    server: Server, shop: Shop
) -> None:
    center = await shop.id_of("distribution_centers", MAIN)
    await shop.distribution_center("EAST")
    tea = await shop.sku("TEA")
    order = await shop.order("SO-1", TEA=2)

    async def act() -> None:
        await shop.stock(TEA=9, CUP=5)
        await shop.stock("EAST", TEA=3)
        await shop.dispatch(order, TEA=2)
        # A count that finds what was there changes nothing.
        await shop.stock(TEA=9)
        purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=4)
        await shop.receive(purchase_order, {line: 4})

    events = await live_and_resumed(
        server,
        STOCK,
        act,
        4,
        center=encode_id("DistributionCenter", center),
        sku=encode_id("Sku", tea),
    )

    assert [event["cause"] for event in events] == [
        "setStock",
        "orderProcessor",
        "createPurchaseOrder",
        "receivePurchaseOrder",
    ]
    assert events[-1]["at"] == "2026-03-02T08:00:00Z"
    assert events[-1]["level"] == {
        "sku": {"code": "TEA"},
        "distributionCenter": {"code": MAIN},
        "onHand": 13,
        "allocated": 2,
        "available": 11,
        "incoming": 0,
    }


async def test_a_purchase_order_is_told_as_it_is_changed_and_received(server: Server, shop: Shop) -> None:
    purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=4)

    async def act() -> None:
        await shop.purchase_order("PO-2", TEA=1)
        await change_purchase_order_line(shop.command(), line_id=line, quantity=6)
        await shop.receive(purchase_order, {line: 6})

    events = await live_and_resumed(
        server, PURCHASE_ORDERS, act, 2, id=encode_id("PurchaseOrder", purchase_order)
    )

    assert [event["cause"] for event in events] == ["changePurchaseOrderLine", "receivePurchaseOrder"]
    assert events[-1]["purchaseOrder"] == {"number": "PO-1", "lines": [{"quantity": 6, "received": 6}]}


async def test_schedules_are_told_as_they_are_set_and_removed(server: Server, shop: Shop) -> None:
    center = await shop.id_of("distribution_centers", MAIN)

    async def act() -> None:
        await set_processor_schedule(
            shop.command(), distribution_center_id=center, timing=Timing(cron="0 6 * * *"), enabled=True
        )
        await set_shared_schedule(
            shop.database, code=MAIN, timing=Timing(cron="0 7 * * *"), enabled=True, now=NOW
        )
        await remove_shared_schedule(shop.database, code=MAIN, now=NOW)

    events = await live_and_resumed(server, SCHEDULES, act, 3)

    assert events[0]["schedule"] == {"cron": "0 6 * * *", "allClients": False}
    assert [event["cause"] for event in events[1:]] == ["setSharedSchedule"] * 2
    assert events[2]["schedule"] is None


async def test_what_a_client_has_set_up_is_told_when_it_changes(server: Server, shop: Shop) -> None:
    async def act() -> None:
        await update_client_settings(shop.command(), change=SettingsChange(hold_hours=7))
        await update_client_settings(shop.command(), change=SettingsChange(hold_hours=7))
        rule = await set_hold_rule(shop.command(), rule=NewHoldRule(hours=3, country="NL"))
        await delete_hold_rule(shop.command(), rule_id=rule.rule_id)
        await shop.sku("TEA")

    events = await live_and_resumed(server, SETTINGS, act, 4)

    # What is set to what it was is no change.
    assert [event["cause"] for event in events] == [
        "updateClientSettings",
        "setHoldRule",
        "deleteHoldRule",
        "upsertSkus",
    ]
    assert events[-1]["client"]["settings"] == {"holdHours": 7}


async def test_synchronizations_are_told_when_they_are_requested(server: Server, shop: Shop) -> None:
    stores = [await shop.store(code) for code in ("WEB", "APP")]
    folder = NewConnection(
        kind=ConnectorKind.FILE_DROP, address="web", secret=None, enabled=True, interval_seconds=3600
    )
    for store in stores:
        await set_store_connection(shop.command(), store_id=store, connection=folder)

    async def act() -> None:
        await synchronize_stores(shop.command(), store_ids=stores)

    events = await live_and_resumed(server, SYNCHRONIZATIONS, act, 2)

    assert {event["cause"] for event in events} == {"synchronizeStores"}
    assert [event["synchronization"] for event in events] == [
        {"store": {"code": code}, "status": "PENDING"} for code in ("WEB", "APP")
    ]


async def test_another_clients_changes_are_not_told(server: Server, shop: Shop) -> None:
    stranger = await Shop.open(server.database, "STRANGER")

    async def act() -> None:
        await stranger.stock(TEA=1)
        await shop.stock(CUP=2)
        await shop.stock(CUP=3)

    events = await live_and_resumed(server, STOCK, act, 2)

    assert [event["level"]["sku"]["code"] for event in events] == ["CUP", "CUP"]
