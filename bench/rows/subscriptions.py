"""Subscriptions: what many subscribers are sent, and what those cost that wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from api.ids import encode_id
from bench.goals import Goal, Kind
from bench.measuring import OURS, Contenders, Measure, Row
from bench.metering import Meter, resident, with_children
from bench.peers import running
from bench.peers.running import Peer
from bench.processes import Assistant, assistant
from bench.rows.asking import DisagreementError, same_words
from bench.samples import Metric, Sample
from bench.setting import Filled, Setting
from domain.store.database import Database
from domain.store.events import Event, Topic, write

_RAW = "raw broadcast"
_PLAIN = "plain Strawberry"
_IDLE_LINES = 1_200
_FOLLOWED = "cause order { number status queueStatus backOrderStatus orderedAt }"
_ONE_DOCUMENT = {"query": f"subscription {{ orderChanged {{ {_FOLLOWED} }} }}"}


def _many_documents(count: int, center: str) -> list[dict[str, Any]]:
    """Subscriptions of which no two have the same document and variables; all are sent every event."""
    documents = []
    for number in range(count):
        half, of_center = divmod(number, 2)
        query = f"""subscription Follow($center: ID) {{ orderChanged(distributionCenter: $center) {{
            cause order {{ n{half}: number status queueStatus backOrderStatus orderedAt }} }} }}"""
        variables = {"center": center} if of_center else {}
        documents.append({"query": " ".join(query.split()), "variables": variables})
    return documents


@asynccontextmanager
async def _one_document(setting: Setting) -> AsyncIterator[Contenders]:
    async with _fan_out(setting, [_ONE_DOCUMENT], with_plain=True) as contenders:
        yield contenders


@asynccontextmanager
async def _different_documents(setting: Setting) -> AsyncIterator[Contenders]:
    documents = _many_documents(setting.scale.documents, encode_id("DistributionCenter", 1))
    async with _fan_out(setting, documents, with_plain=False) as contenders:
        yield contenders


@asynccontextmanager
async def _fan_out(
    setting: Setting, documents: Sequence[Mapping[str, Any]], *, with_plain: bool
) -> AsyncIterator[Contenders]:
    """Subscribers on each server, all connected throughout; a round sends events to those of one."""
    scale = setting.scale
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        database = await enter(setting.filled(lines=_IDLE_LINES, stocked=0.6))
        backfill = await enter(running.backfill(database.place))
        worker = await enter(running.workers(database.place))
        bare = await enter(running.asgi(_RAW, "bench.peers.bare", database.url))
        events = _Events(database, scale.events)
        await enter(events.opened())
        ours = await enter(assistant("bench.load.subscribers"))
        await ours.ask(
            do="open",
            port=backfill.port,
            path="/graphql",
            count=scale.subscribers,
            token=database.business.token,
            subscriptions=documents,
        )
        receiver = _Receivers(database_url=database.url, messages=scale.events, sockets=scale.subscribers)
        sent = await receiver.deliver(ours, events.commit)
        raw = await enter(assistant("bench.load.subscribers"))
        await raw.ask(do="open", port=bare.port, path="/", count=scale.subscribers)
        contenders = {
            OURS: receiver.measure(ours, (*backfill.pids, *worker.pids), events.commit),
            _RAW: receiver.measure(raw, bare.pids, _posting(bare, "/broadcast", sent["texts"])),
        }
        if with_plain:
            plain = await enter(running.asgi(_PLAIN, "bench.peers.plain.app", database.url))
            theirs = await enter(assistant("bench.load.subscribers"))
            await theirs.ask(
                do="open",
                port=plain.port,
                path="/graphql/",
                count=scale.subscribers,
                subscriptions=documents,
            )
            publish = _posting(plain, "/publish", list(events.order_ids))
            _check_same(sent["texts"], (await receiver.deliver(theirs, publish))["texts"])
            contenders[_PLAIN] = receiver.measure(theirs, plain.pids, publish)
        yield contenders


class _Events:
    """Changes of orders that are committed as an operation would."""

    def __init__(self, database: Filled, count: int) -> None:
        self.order_ids = range(1, count + 1)
        self._filled = database
        self._database: Database | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """A connection to commit with, while the block runs."""
        self._database = await Database.open(self._filled.url, max_size=2, application_name="bench")
        try:
            yield
        finally:
            await self._database.close()

    async def commit(self) -> None:
        """Commit an event about each of the orders, in one transaction."""
        assert self._database is not None  # noqa: S101 - inside of `opened`
        now = datetime.now(UTC)
        events = [
            Event(
                client_id=self._filled.business.client_id,
                topic=Topic.ORDER,
                at=now,
                cause="bench",
                subject_id=order_id,
                distribution_center_id=1,
            )
            for order_id in self.order_ids
        ]
        async with self._database.transaction_across_clients() as transaction:
            await write(transaction.sql, events)


class _Receivers:
    """Rounds of sending `messages` to each of `sockets`."""

    def __init__(self, *, database_url: str, messages: int, sockets: int) -> None:
        self._database_url = database_url
        self._messages = messages
        self._sockets = sockets

    async def deliver(
        self, client: Assistant, send: Callable[[], Coroutine[Any, Any, None]]
    ) -> dict[str, Any]:
        """Send, and wait until all is received; what the client tells of it, and `seconds`."""
        receiving = asyncio.create_task(client.ask(do="receive", messages=self._messages))
        # The client has begun to wait before anything is sent.
        await asyncio.sleep(0.1)
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(send())
        received: dict[str, Any] = await receiving
        return received | {"seconds": received["last_at"] - began}

    def measure(
        self, client: Assistant, pids: Sequence[int], send: Callable[[], Coroutine[Any, Any, None]]
    ) -> Measure:
        """Rounds of one contender."""

        async def measured() -> Sample:
            meter = Meter(pids=pids, database_url=self._database_url)
            await meter.start()
            received = await self.deliver(client, send)
            server_cpu, postgres_cpu, memory = await meter.stop()
            return Sample(
                units=self._messages * self._sockets,
                seconds=received["seconds"],
                server_cpu=server_cpu,
                postgres_cpu=postgres_cpu,
                memory=memory,
                load_cpu=received["cpu"],
            )

        return measured


def _posting(peer: Peer, path: str, body: Sequence[Any]) -> Callable[[], Coroutine[Any, Any, None]]:
    async def post() -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{peer.port}", timeout=300) as client:
            (await client.post(path, json=body)).raise_for_status()

    return post


def _check_same(mine: Sequence[str], theirs: Sequence[str]) -> None:
    """Raise DisagreementError unless the messages of both say the same, in the same order."""
    pairs = zip(map(orjson.loads, mine), map(orjson.loads, theirs), strict=True)
    for one, other in pairs:
        if same_words(one["payload"]) != same_words(other["payload"]):
            raise DisagreementError(f"Subscribers are told differently: {one} and {other}")


@asynccontextmanager
async def _idle(setting: Setting) -> AsyncIterator[Contenders]:
    """A new server for every round, because memory that was used once is not given back."""
    async with setting.filled(lines=_IDLE_LINES, stocked=0.6) as database:
        count = setting.scale.idle_subscribers

        async def ours() -> Sample:
            async with running.backfill(database.place) as peer:
                return await _waiting(
                    peer,
                    count=count,
                    path="/graphql",
                    token=database.business.token,
                    subscriptions=[_ONE_DOCUMENT],
                )

        async def plain() -> Sample:
            async with running.asgi(_PLAIN, "bench.peers.plain.app", database.url) as peer:
                return await _waiting(peer, count=count, path="/graphql/", subscriptions=[_ONE_DOCUMENT])

        async def raw() -> Sample:
            async with running.asgi(_RAW, "bench.peers.bare", database.url) as peer:
                return await _waiting(peer, count=count, path="/")

        yield {OURS: ours, _RAW: raw, _PLAIN: plain}


async def _waiting(peer: Peer, *, count: int, **opening: Any) -> Sample:
    """What `count` sockets add to the server's memory."""
    async with assistant("bench.load.subscribers") as client:
        # What the first few bring with them, such as compiled documents, is not what each costs.
        await client.ask(do="open", port=peer.port, count=50, **opening)
        before = resident(with_children(peer.pids))
        began = time.monotonic()
        await client.ask(do="open", port=peer.port, count=count, **opening)
        seconds = time.monotonic() - began
        return Sample(
            units=count,
            seconds=seconds,
            server_cpu=0.0,
            postgres_cpu=0.0,
            memory=resident(with_children(peer.pids)) - before,
        )


ROWS = (
    Row(
        name="fan-out",
        title="Deliveries to 2,000 subscribers of one document",
        unit="deliveries",
        metric=Metric.RATE,
        goals=(Goal(against=_RAW, at_least=0.8), Goal(against=_PLAIN, at_least=15)),
        open=_one_document,
        note="From the commit of a burst of events until the last subscriber has the last of them.",
    ),
    Row(
        name="fan-out-mixed",
        title="Deliveries to 2,000 subscribers with 200 different documents and variables",
        unit="deliveries",
        metric=Metric.RATE,
        goals=(Goal(against=_RAW, at_least=0.3),),
        open=_different_documents,
    ),
    Row(
        name="idle",
        title="Memory of an idle subscriber, 10,000 on one process",
        unit="subscribers",
        metric=Metric.MEMORY,
        goals=(Goal(against="itself", at_most=40, kind=Kind.VALUE, unit="KiB"),),
        open=_idle,
        most_rounds=3,
    ),
)
