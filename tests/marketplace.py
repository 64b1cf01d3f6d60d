"""A marketplace on loopback that speaks real HTTP, checks signatures, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.operations.store_connections import NewConnection, set_store_connection
from domain.operations.synchronizations import synchronize_stores
from domain.ports import Connector
from domain.rules.signatures import is_signed
from domain.rules.vocabulary import ConnectorKind
from jobs.connectors.http import HttpMarketplaces
from jobs.leasing import Outcome
from jobs.sync import Synchronizer
from tests.builders import MAIN, NOW, Shop
from tests.simulating import HOST, simulated

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
LEASE = timedelta(seconds=20)


@dataclass
class Marketplace:
    """What it answers next, oldest first; when nothing is left it says 204. `asked` is what it was asked.

    An answer is a message, bytes, a status, or how to misbehave: "slow" says nothing, "reset" cuts the
    connection in the middle of an answer, "drip" sends a byte at a time without an end.
    """

    port: int = 0
    secret: str = SECRET
    answers: list[Mapping[str, Any] | bytes | int | str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its URL."""
        return f"http://{HOST}:{self.port}/orders?shop=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                request, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                assert request == "POST /orders?shop=1 HTTP/1.1"
                assert headers["host"] == f"{HOST}:{self.port}"
                await self._answer(headers, body, writer)
        finally:
            writer.close()

    async def _answer(self, headers: Mapping[str, str], body: bytes, writer: asyncio.StreamWriter) -> None:
        if not is_signed(
            secret=self.secret,
            message_id=headers["webhook-id"],
            timestamp=headers["webhook-timestamp"],
            signatures=headers["webhook-signature"],
            body=body,
            now=datetime.now(UTC),
        ):
            await _send(writer, 401)
            return
        self.asked.append(json.loads(body))
        answer = self.answers.pop(0) if self.answers else 204
        if answer == "slow":
            await asyncio.sleep(60)
        elif answer == "reset":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            await writer.drain()
            writer.transport.abort()
        elif answer == "drip":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not writer.transport.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        elif isinstance(answer, int):
            await _send(writer, answer)
        else:
            await _send(writer, 200, answer if isinstance(answer, bytes) else json.dumps(answer).encode())


async def _send(writer: asyncio.StreamWriter, status: int, body: bytes = b"") -> None:
    length = "" if status == 204 else f"Content-Length: {len(body)}\r\n"
    writer.write(f"HTTP/1.1 {status} Whatever\r\n{length}Connection: close\r\n\r\n".encode() + body)
    await writer.drain()


@asynccontextmanager
async def marketplace(*answers: Mapping[str, Any] | bytes | int | str) -> AsyncIterator[Marketplace]:
    """A marketplace with these answers, on a port of its own."""
    opened = Marketplace(answers=list(answers))
    async with simulated(opened.serve) as opened.port:
        yield opened


def order(number: str, /, **units: int) -> dict[str, Any]:
    """An order as a marketplace sends it."""
    lines = [{"skuCode": code, "quantity": quantity} for code, quantity in units.items()]
    return {"number": number, "distributionCenterCode": MAIN, "lines": lines}


async def connected(
    shop: Shop,
    store: str,
    /,
    *,
    kind: ConnectorKind = ConnectorKind.HTTP,
    address: str | None = None,
    secret: str | None = SECRET,
    enabled: bool = True,
    now: datetime = NOW,
) -> int:
    """A store that is connected so; its id."""
    store_id = await shop.store(store)
    connection = NewConnection(
        kind=kind, address=address, secret=secret, enabled=enabled, interval_seconds=300
    )
    await set_store_connection(shop.command(now=now), store_id=store_id, connection=connection)
    return store_id


async def synchronized(
    shop: Shop, store_id: int, /, *, seconds: float = 30, connector: Connector | None = None
) -> Outcome:
    """Ask for what is new and have a worker fetch it."""
    requested = await synchronize_stores(shop.command(), store_ids=[store_id])
    (synchronization_id,) = requested.synchronization_ids
    return await carried_out(shop, synchronization_id, seconds=seconds, connector=connector)


async def carried_out(
    shop: Shop, synchronization_id: int, /, *, seconds: float = 30, connector: Connector | None = None
) -> Outcome:
    """Have a worker take a synchronization."""
    used = connector or HttpMarketplaces(seconds=seconds, trusted_hosts=[HOST])
    synchronizer = Synchronizer(
        database=shop.database,
        leases=shop.database,
        worker="test",
        lease=LEASE,
        connectors={ConnectorKind.HTTP: used, ConnectorKind.FILE_DROP: used},
        stopping=asyncio.Event(),
    )
    return await synchronizer.synchronize(client_id=shop.client_id, synchronization_id=synchronization_id)


async def results(shop: Shop) -> list[tuple[str, str, str, str | None]]:
    """Kind, subject, outcome and code of every row of every synchronization."""
    return await shop.tuples(
        """
        SELECT kind, subject, outcome, code FROM synchronization_rows
        WHERE client_id = $1 ORDER BY synchronization_id, position
        """,
        shop.client_id,
    )


async def last(shop: Shop) -> tuple[Any, ...]:
    """Status, attempts and failure of the latest synchronization."""
    rows = await shop.tuples(
        """
        SELECT status, attempts, failure FROM synchronizations
        WHERE client_id = $1 ORDER BY id DESC LIMIT 1
        """,
        shop.client_id,
    )
    return rows[0]
