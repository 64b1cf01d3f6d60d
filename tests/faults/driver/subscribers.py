"""Subscribers that lose their connection again and again, and resume where they were."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from api.realtime import cursor
from tests.faults.driver.known import Known, Tenant

_LOST = (OSError, WebSocketException, httpx.HTTPError, TimeoutError, EOFError)
_SILENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Feed:
    """A subscription: its document, its topic in the log, and the field in which an event has its subject."""

    document: str
    topic: str
    subject: str


ORDERS = Feed(
    "subscription($after: String) { orderChanged(after: $after) { cursor order { id } } }", "ORDER", "order"
)
RUNS = Feed(
    "subscription($after: String) { processorRunChanged(after: $after) { cursor run { id } } }", "RUN", "run"
)


class NotServedError(OSError):
    """The subscription can't begin at the moment."""


class Subscriber(ABC):
    """One subscriber: `seen` are the seqs of the events it got, in their order."""

    def __init__(
        self,
        feed: Feed,
        *,
        tenant: Tenant,
        known: Known,
        addresses: Sequence[str],
        random: Random,
        after: str,
    ) -> None:
        self.feed = feed
        self.tenant = tenant
        self.begin = cursor.decode(after)
        self.seen: list[int] = []
        self.connections = 0
        self._known = known
        self._addresses = addresses
        self._random = random
        self._after = after

    @property
    def position(self) -> int:
        """The seq up to which it has seen what there is for it."""
        return self.seen[-1] if self.seen else self.begin

    async def follow(self) -> None:
        """Follow the events until cancelled, on one connection after another."""
        while True:
            try:
                # Whoever reads on a phone comes and goes by himself, too.
                async with asyncio.timeout(self._random.uniform(5, 60)), aclosing(self._events()) as events:
                    self.connections += 1
                    async for event in events:
                        self._take(event)
            except _LOST:
                await asyncio.sleep(self._random.uniform(0.05, 0.5))

    @abstractmethod
    def _events(self) -> AsyncGenerator[dict[str, Any]]:
        """The results of the subscription on a new connection. Raises one of _LOST."""

    def _take(self, result: dict[str, Any]) -> None:
        if result.get("errors"):
            self._refused(result["errors"])
        ((field, event),) = result["data"].items()
        self.seen.append(cursor.decode(event["cursor"]))
        self._after = event["cursor"]
        if event[self.feed.subject] is None:
            self._known.problem(f"{field} told of nothing at {event['cursor']}")

    def _refused(self, errors: list[dict[str, Any]]) -> None:
        found = {error.get("extensions", {}).get("code") for error in errors}
        if not found & {"SERVICE_UNAVAILABLE", "TOO_SLOW", "THROTTLED"}:
            self._known.problem(f"a subscriber was told: {errors}")
        raise NotServedError

    @property
    def _address(self) -> str:
        return self._random.choice(self._addresses)


class SocketSubscriber(Subscriber):
    """Over graphql-transport-ws."""

    async def _events(self) -> AsyncGenerator[dict[str, Any]]:
        url = self._address.replace("http://", "ws://") + "/graphql"
        async with connect(
            url,
            subprotocols=[Subprotocol("graphql-transport-ws")],
            compression=None,
            open_timeout=5,
            close_timeout=1,
            ping_interval=5,
            ping_timeout=5,
        ) as socket:
            hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {self.tenant.token}"}}
            await socket.send(json.dumps(hello))
            payload = {"query": self.feed.document, "variables": {"after": self._after}}
            begun = False
            async for text in socket:
                message = json.loads(text)
                match message["type"]:
                    case "connection_ack":
                        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
                        begun = True
                    case "ping":
                        await socket.send(json.dumps({"type": "pong"}))
                    case "next":
                        yield message["payload"]
                    case "error":
                        self._refused(message["payload"])
                    case "complete":
                        raise EOFError
            if not begun:
                raise NotServedError


class StreamSubscriber(Subscriber):
    """Over server-sent events, in the distinct connections mode of graphql-sse."""

    async def _events(self) -> AsyncGenerator[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tenant.token}", "Accept": "text/event-stream"}
        body = {"query": self.feed.document, "variables": {"after": self._after}}
        timeout = httpx.Timeout(5, read=_SILENCE_SECONDS)
        async with (
            httpx.AsyncClient(headers=headers, timeout=timeout) as http,
            http.stream("POST", f"{self._address}/graphql", json=body) as response,
        ):
            if response.status_code != httpx.codes.OK:
                await response.aread()
                self._refused(response.json()["errors"])
            name = ""
            async for line in response.aiter_lines():
                if line.startswith("event:"):
                    name = line.removeprefix("event:").strip()
                elif line.startswith("data:") and name == "next":
                    yield json.loads(line.removeprefix("data:"))
        raise EOFError
