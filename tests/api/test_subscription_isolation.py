"""No subscription, whatever it is asked, tells a client of another one's changes (F5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
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


async def told(
    server: Server, token: str, heard: dict[str, list[Any]], *, enough: Callable[[], bool]
) -> None:
    """Hear what a token is told of all that has happened, by every subscription, asked in every way."""

    async def listen(name: str, field: Any, call: str, ids: Sequence[str]) -> None:
        words = f"{call[:-1]}, after: $after)" if call.endswith(")") else f"{call}(after: $after)"
        with_id = "$id" in words
        declared = "($after: String, $id: ID!)" if with_id else "($after: String)"
        document = f"subscription {declared} {{ {words} {selection(field.type, 1)} }}"
        async with server.socket(token) as socket:
            for number, id_ in enumerate(ids):
                variables = {"after": cursor.encode(0)} | ({"id": id_} if with_id else {})
                await socket.subscribe(f"{number}", document, variables=variables)
            over = False
            while not over:
                # What is told by now is heard once more, and a little longer.
                over = enough()
                await asyncio.sleep(0.2)
                await socket.send({"type": "ping"})
                while (message := await socket.receive())["type"] != "pong":
                    heard.setdefault(name, []).append(message)

    await asyncio.gather(*(listen(*asked) for asked in calls(GRAPH.subscription_type)))


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

    heard: dict[str, list[Any]] = {}
    own: dict[str, list[Any]] = {}

    def is_told() -> bool:
        """Whether the client itself has been told: then everybody would have been."""
        events = {name for name, messages in own.items() if any(m["type"] == "next" for m in messages)}
        return {"orderChanged", "stockLevelChanged", "purchaseOrderChanged"} <= events

    async with asyncio.timeout(120):
        await asyncio.gather(
            told(server, foreign, heard, enough=is_told), told(server, server.token, own, enough=is_told)
        )

    assert [message for messages in heard.values() for message in messages if message["type"] == "next"] == []
