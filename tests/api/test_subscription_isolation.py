"""No subscription, whatever it is asked, tells a client of another one's changes (F5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from api.app import create_app
from api.realtime import cursor
from domain.bootstrap import create_client, create_token
from domain.rules.vocabulary import Role
from domain.settings import Settings
from domain.store.database import Database
from tests.api.test_isolation import GRAPH, calls, selection
from tests.api.transport.serving import Server, server_of
from tests.builders import MAIN, NOW, Shop
from tests.cli.running import eventually
from tests.relaying import relaying

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[Server]:
    """The running application, and the relay that a worker runs beside it."""
    app = create_app(settings, database=database, redis=redis)
    async with relaying(database, redis), server_of(app, settings, database) as running:
        yield running


async def told(server: Server, token: str) -> dict[str, list[Any]]:
    """What a token is told of everything that has happened, by every subscription, asked in every way."""
    heard: dict[str, list[Any]] = {}
    for name, field, call, ids in calls(GRAPH.subscription_type):
        words = f"{call[:-1]}, after: $after)" if call.endswith(")") else f"{call}(after: $after)"
        document = f"subscription ($after: String, $id: ID) {{ {words} {selection(field.type, 1)} }}"
        if "$id" not in words:
            document = document.replace(", $id: ID", "")
        else:
            document = document.replace("$id: ID", "$id: ID!")
        async with server.socket(token) as socket:
            for number, id_ in enumerate(ids):
                variables = {"after": cursor.encode(0)} | ({"id": id_} if "$id" in words else {})
                await socket.subscribe(f"{number}", document, variables=variables)
            await asyncio.sleep(0.2)
            await socket.send({"type": "ping"})
            while (message := await socket.receive())["type"] != "pong":
                heard.setdefault(name, []).append(message)
    return heard


async def test_no_subscription_tells_of_another_clients_changes(server: Server) -> None:
    shop = Shop(server.database, server.client.id)
    await shop.distribution_center(MAIN)
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
