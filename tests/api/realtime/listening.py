"""A running program of changed numbers, and what listens to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.realtime.feed import Feed
from domain.store.database import Database
from domain.store.events import Event, Topic, write
from tests.api.realtime.changes import View
from tests.waiting import until

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ALL = "subscription ($after: String) { changed(after: $after) { cursor number } }"


@dataclass
class Program:
    """The program: its database, its feed, and where it is."""

    database: Database
    feed: Feed
    view: View
    port: int

    async def commit(self, *subject_ids: int, client_id: int = 1) -> None:
        """Commit a change of each number, of one client, in one transaction."""
        async with self.database.transaction_across_clients() as transaction:
            await write(
                transaction.sql,
                [
                    Event(client_id=client_id, topic=Topic.ORDER, at=NOW, cause="test", subject_id=subject_id)
                    for subject_id in subject_ids
                ],
            )

    @asynccontextmanager
    async def socket(self, client_id: int = 1, token_id: int = 1) -> AsyncIterator[Socket]:
        """A socket that was admitted."""
        url = f"ws://127.0.0.1:{self.port}/{client_id}/{token_id}"
        protocol = Subprotocol(GRAPHQL_TRANSPORT_WS_PROTOCOL)
        async with connect(
            url, subprotocols=[protocol], compression=None, max_queue=1, open_timeout=60
        ) as connection:
            socket = Socket(connection)
            await socket.send({"type": "connection_init"})
            assert await socket.receive() == {"type": "connection_ack"}
            yield socket

    async def members(self, count: int) -> None:
        """Wait until so many subscribers are in the groups."""
        await until(lambda: len(self.view.groups.members()) == count)


@dataclass
class Socket:
    """The client's end of a WebSocket."""

    connection: ClientConnection

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message."""
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Any:
        """The next message."""
        async with asyncio.timeout(60):
            received = await self.connection.recv()
        assert isinstance(received, str), "graphql-transport-ws is made of text frames"
        return json.loads(received)

    async def subscribe(self, operation_id: str, query: str = ALL, **variables: Any) -> None:
        """Start an operation."""
        payload = {"query": query, "variables": variables}
        await self.send({"id": operation_id, "type": "subscribe", "payload": payload})

    async def numbers(self, count: int) -> list[int]:
        """The numbers of the next so many changes."""
        return [(await self.receive())["payload"]["data"]["changed"]["number"] for _ in range(count)]
