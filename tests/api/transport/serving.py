"""The application on a real server, and what talks to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Data, Origin, Subprotocol

from cli.http_server import http_server, listening_socket
from domain.bootstrap import Client, create_client, create_token
from domain.rules.vocabulary import Role
from domain.settings import Settings
from domain.store.database import Database
from domain.store.events import Event, Topic, write
from tests.waiting import eventually, until

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Server:
    """A running application, and a client of its database with a token."""

    database: Database
    app: Starlette
    port: int
    http: httpx.AsyncClient
    client: Client
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What a client with a valid token sends."""
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, body: object, /, **headers: str) -> httpx.Response:
        """Send `body` as JSON, with the token; headers are named with underscores."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = httpx.Headers({**self.headers, "Content-Type": "application/json"})
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return await self.http.post("/graphql", content=content, headers=sent)

    async def query(self, document: str, /, **headers: str) -> httpx.Response:
        """Send one operation without variables."""
        return await self.post({"query": document}, **headers)

    async def commit(self, *numbers: int) -> None:
        """Commit an event of the client for each of these."""
        async with self.database.transaction_across_clients() as transaction:
            await write(
                transaction.sql,
                [
                    Event(
                        client_id=self.client.id, topic=Topic.ORDER, at=NOW, cause="test", subject_id=number
                    )
                    for number in numbers
                ],
            )

    @asynccontextmanager
    async def raw_socket(
        self, *, protocol: str = "graphql-transport-ws", **more: Any
    ) -> AsyncIterator[Socket]:
        """A socket nobody has said anything on yet."""
        url = f"ws://127.0.0.1:{self.port}/graphql"
        told = {"subprotocols": [Subprotocol(protocol)], "compression": None, "open_timeout": 60, **more}
        async with connect(url, **told) as connection:
            yield Socket(connection)

    @asynccontextmanager
    async def socket(self, token: str | None = None) -> AsyncIterator[Socket]:
        """A socket that was admitted."""
        async with self.raw_socket() as socket:
            await socket.init({"authorization": f"Bearer {token or self.token}"})
            assert await socket.receive() == {"type": "connection_ack"}
            yield socket


@dataclass(frozen=True)
class Socket:
    """The client's end of a WebSocket."""

    connection: ClientConnection

    async def send(self, message: object) -> None:
        """Send a message as JSON; text and bytes as they are."""
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def init(self, payload: object) -> None:
        """Say who one is."""
        await self.send({"type": "connection_init", "payload": payload})

    async def subscribe(self, id_: str, query: str, **more: object) -> None:
        """Ask for an operation."""
        await self.send({"id": id_, "type": "subscribe", "payload": {"query": query, **more}})

    async def receive(self) -> Any:
        """The next message that is an answer: a busy server may say at any time that events come late."""
        while (message := await self.receive_any())["type"] == "ping":
            pass
        return message

    async def receive_any(self) -> Any:
        """The next message, which is a text frame."""
        async with asyncio.timeout(60):
            received: Data = await self.connection.recv()
        assert isinstance(received, str), "graphql-transport-ws is made of text frames"
        return json.loads(received)

    async def closed(self) -> tuple[int, str]:
        """Wait until the server closes the socket: its code and reason."""
        with suppress(ConnectionClosed):
            while True:
                await self.receive()
        received = self.connection.protocol.close_rcvd
        assert received is not None, "the connection was cut"
        return received.code, received.reason


@asynccontextmanager
async def serve(app: Starlette, settings: Settings) -> AsyncIterator[int]:
    """Serve `app` as the program does; the port it listens on."""
    server = http_server(app, settings)
    with listening_socket("127.0.0.1", 0) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        try:
            yield listener.getsockname()[1]
        finally:
            app.state.stopping.set()
            server.stop()
            await serving


@asynccontextmanager
async def server_of(app: Starlette, settings: Settings, database: Database) -> AsyncIterator[Server]:
    """A running application with a client whose token is an operator's."""
    client = await create_client(database, code="ACME", name="Acme", now=NOW)
    token = await create_token(database, client_id=client.id, role=Role.OPERATOR, label="till", now=NOW)
    async with (
        serve(app, settings) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
    ):
        await until_ready(http)
        yield Server(database, app, port, http, client, token)


async def until_ready(http: httpx.AsyncClient) -> None:
    """Wait until the application says that it is ready."""

    async def is_ready() -> bool:
        return (await http.get("/readyz")).status_code == 200

    await eventually(is_ready)


async def events_of(response: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    """The events of an event stream: name and data."""
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            text = line.removeprefix("data:").strip()
            yield name, json.loads(text) if text else None


def code_of(response: httpx.Response) -> str:
    """The code of the only error in a response."""
    body: Mapping[str, Any] = response.json()
    (error,) = body["errors"]
    return str(error["extensions"]["code"])


def origin(text: str) -> Origin:
    """A page's origin, as browsers send it."""
    return Origin(text)
