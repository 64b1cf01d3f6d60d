"""No subscription, whatever it is asked, tells a client of another one's changes (F5)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from api.realtime import cursor
from domain.bootstrap import create_client, create_token
from domain.rules.vocabulary import Role
from tests.api.test_isolation import GRAPH, calls, selection
from tests.api.transport.serving import Server
from tests.builders import NOW, Shop
from tests.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("relay")]


async def told(server: Server, token: str) -> dict[str, list[Any]]:
    """What a token is told of everything that has happened, by every subscription, asked in every way."""
    heard: dict[str, list[Any]] = {}

    async def listen(name: str, field: Any, call: str, ids: Sequence[str]) -> None:
        words = f"{call[:-1]}, after: $after)" if call.endswith(")") else f"{call}(after: $after)"
        with_id = "$id" in words
        declared = "($after: String, $id: ID!)" if with_id else "($after: String)"
        document = f"subscription {declared} {{ {words} {selection(field.type, 1)} }}"
        async with server.socket(token) as socket:
            for number, id_ in enumerate(ids):
                variables = {"after": cursor.encode(0)} | ({"id": id_} if with_id else {})
                await socket.subscribe(f"{number}", document, variables=variables)
            await asyncio.sleep(0.5)
            await socket.send({"type": "ping"})
            while (message := await socket.receive())["type"] != "pong":
                heard.setdefault(name, []).append(message)

    await asyncio.gather(*(listen(*asked) for asked in calls(GRAPH.subscription_type)))
    return heard


async def test_no_subscription_tells_of_another_clients_changes(server: Server, shop: Shop) -> None:
    await shop.stock(TEA=5)
    order = await shop.order("SO-1", TEA=2, POT=1)
    await shop.dispatch(order, TEA=2)
    await shop.purchase_order("PO-1", POT=4)
    other = await create_client(server.database, code="OTHER", name="Other", now=NOW)
    foreign = await create_token(server.database, client_id=other.id, role=Role.ADMIN, label="other", now=NOW)

    async def is_all_numbered() -> bool:
        async with server.database.connection_across_clients() as sql:
            return not await sql.fetchval("SELECT count(*) FROM event_outbox")

    await eventually(is_all_numbered)

    heard = await told(server, foreign)
    own = await told(server, server.token)

    assert [message for messages in heard.values() for message in messages if message["type"] == "next"] == []
    events = {name for name, messages in own.items() if any(m["type"] == "next" for m in messages)}
    assert {"orderChanged", "stockLevelChanged", "purchaseOrderChanged"} <= events
