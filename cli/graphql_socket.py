"""A small client of the API: every operation over one WebSocket (graphql-transport-ws)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol


class AnsweredWithErrorsError(Exception):
    """The API answered with errors instead of data."""


class SocketClosedError(Exception):
    """The connection to the API is gone."""


class GraphQLSocket:
    """An open connection. Any number of tasks may use it at the same time."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = count(1)
        self._answers: dict[str, asyncio.Queue[dict[str, Any]]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, token: str) -> AsyncIterator[GraphQLSocket]:
        """Connect to `url` (ws://…/graphql) with the authority of `token`."""
        async with connect(
            url, subprotocols=[Subprotocol("graphql-transport-ws")], max_size=None
        ) as connection:
            hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
            await connection.send(orjson.dumps(hello).decode())
            await connection.recv()
            client = cls(connection)
            reading = asyncio.create_task(client._read())
            try:
                yield client
            finally:
                reading.cancel()

    async def execute(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of a query or mutation. Raises AnsweredWithErrorsError."""
        async for data in self.subscribe(document, variables):
            return data
        raise AnsweredWithErrorsError("the API completed the operation without an answer")

    async def _send(self, message: Mapping[str, Any]) -> None:
        try:
            await self._connection.send(orjson.dumps(message).decode())
        except ConnectionClosed as closed:
            raise SocketClosedError from closed

    async def subscribe(
        self, document: str, variables: Mapping[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """The data of every event, until the API ends the subscription.

        Raises AnsweredWithErrorsError, and SocketClosedError when the connection is gone.
        """
        key = str(next(self._ids))
        answers = self._answers[key] = asyncio.Queue()
        payload = {"query": document, "variables": variables or {}}
        await self._send({"id": key, "type": "subscribe", "payload": payload})
        try:
            while (message := await answers.get())["type"] != "complete":
                if message["type"] == "closed":
                    raise SocketClosedError
                problems = (
                    message["payload"] if message["type"] == "error" else message["payload"].get("errors")
                )
                if problems:
                    raise AnsweredWithErrorsError("; ".join(problem["message"] for problem in problems))
                yield message["payload"]["data"]
        finally:
            del self._answers[key]

    async def _read(self) -> None:
        async for text in self._connection:
            message = orjson.loads(text)
            if message["type"] == "ping":
                await self._send({"type": "pong"})
            elif message.get("id") in self._answers:
                self._answers[message["id"]].put_nowait(message)
        for answers in self._answers.values():
            answers.put_nowait({"type": "closed"})
