"""A small client of the API: every operation over one WebSocket (graphql-transport-ws)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

_ADMISSION = range(4400, 4500)
"""Close codes by which the API says that it wants nothing to do with us as we are."""

_NO_WORD_IN_TIME = 4408
"""The one among them that a bad line is enough for."""

_PASSING = frozenset({"SERVICE_UNAVAILABLE", "THROTTLED", "TOO_MANY_CONNECTIONS"})


class AnsweredWithErrorsError(Exception):
    """The API answered with errors instead of data; `codes` are theirs."""

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("; ".join(error["message"] for error in errors))
        self.codes = {error.get("extensions", {}).get("code") for error in errors}

    @property
    def passes(self) -> bool:
        """Whether the API said "not now", so that the same may be asked again in a moment."""
        return bool(self.codes & _PASSING)


class SocketClosedError(Exception):
    """The connection to the API is gone."""


class NotAdmittedError(Exception):
    """The API does not accept the token, or not us at all."""


class GraphQLSocket:
    """An open connection. Any number of tasks may use it at the same time."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = count(1)
        self._answers: dict[str, asyncio.Queue[dict[str, Any]]] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, token: str) -> AsyncIterator[GraphQLSocket]:
        """Connect to `url` (ws://…/graphql) with the authority of `token`.

        Raises SocketClosedError, NotAdmittedError, and OSError when nobody is there.
        """
        async with _connection(url) as connection:
            hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
            try:
                await connection.send(orjson.dumps(hello).decode())
                await connection.recv()
            except ConnectionClosed as closed:
                told = closed.rcvd
                if told is not None and told.code in _ADMISSION and told.code != _NO_WORD_IN_TIME:
                    raise NotAdmittedError(told.reason or f"code {told.code}") from closed
                raise SocketClosedError("it was closed at once") from closed
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
        raise AnsweredWithErrorsError([{"message": "the API completed the operation without an answer"}])

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
                    raise SocketClosedError("it was closed")
                problems = (
                    message["payload"] if message["type"] == "error" else message["payload"].get("errors")
                )
                if problems:
                    raise AnsweredWithErrorsError(problems)
                yield message["payload"]["data"]
        finally:
            del self._answers[key]

    async def _read(self) -> None:
        # However it ends, a clean goodbye or a cut, whoever waits for answers is told.
        with suppress(ConnectionClosed, SocketClosedError):
            async for text in self._connection:
                message = orjson.loads(text)
                if message["type"] == "ping":
                    await self._send({"type": "pong"})
                elif message.get("id") in self._answers:
                    self._answers[message["id"]].put_nowait(message)
        for answers in self._answers.values():
            answers.put_nowait({"type": "closed"})


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[ClientConnection]:
    """An open connection that speaks our protocol."""
    protocol = Subprotocol("graphql-transport-ws")
    try:
        connection = await connect(url, subprotocols=[protocol], max_size=None, open_timeout=10)
    except (InvalidHandshake, TimeoutError) as error:
        raise SocketClosedError(f"there is no API: {error}") from error
    async with connection:
        yield connection
