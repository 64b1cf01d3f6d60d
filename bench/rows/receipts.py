"""Receipts: how long one takes however much waits, and how soon those who wait are told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle

import asyncpg
import httpx

from bench.data.probes import Arrival, announce, probe_baskets, probe_codes, want_much
from bench.goals import Goal, Kind
from bench.load.requests import http_request
from bench.measuring import OURS, Contenders, Measure, Row
from bench.metering import Meter
from bench.peers import running
from bench.peers.bare import CHANNEL
from bench.peers.running import Peer
from bench.processes import Assistant, assistant
from bench.rows.asking import DisagreementError, graphql
from bench.samples import Metric, Sample
from bench.setting import Filled, Setting

_FEW = "with 10,000 queued lines"
_BY_HAND = "by hand"
_PROBES = 40
_LINES_EACH = 10
_FOLLOWED = 100
_COMMITTED = "bench_committed"

_RECEIVE = """mutation Receive($order: ID!, $line: ID!) {
    receivePurchaseOrder(id: $order, lines: [{ purchaseOrderLineId: $line, quantity: 1 }]) {
        userErrors { code message } } }"""
_CHANGES = "subscription { backOrderLineChanged { backOrderedQty line { id } } }"

# The commit of a receipt is notified by itself, with what the event is about.
_TELL_COMMITS = f"""
    CREATE TABLE bench_written (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subject bigint NOT NULL);
    CREATE FUNCTION bench_tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.topic = 'LINE' THEN
            PERFORM pg_notify('{_COMMITTED}', NEW.subject_id || ':' || (NEW.data->>'backOrderedQty'));
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER bench_tell AFTER INSERT ON event_outbox FOR EACH ROW EXECUTE FUNCTION bench_tell();
"""


@asynccontextmanager
async def _however_much_waits(setting: Setting) -> AsyncIterator[Contenders]:
    scale = setting.scale
    async with AsyncExitStack() as stack:
        yield {
            OURS: await _receiving(setting, stack, lines=scale.many_queued_lines),
            _FEW: await _receiving(setting, stack, lines=scale.few_queued_lines),
        }


async def _receiving(setting: Setting, stack: AsyncExitStack, *, lines: int) -> Measure:
    """Receipts one after another, each of a unit of the next probe, with so many lines queued."""
    codes = probe_codes(_PROBES)
    probes = probe_baskets(codes, setting.baskets(lines=600), lines_each=_LINES_EACH)
    database = await stack.enter_async_context(
        setting.filled(lines=lines, stocked=0.6, further_baskets=probes, without_stock=codes)
    )
    peer = await stack.enter_async_context(running.backfill(database.place))
    bodies = cycle(_receipts(await announce(database.url, database.business, codes)))
    client = await stack.enter_async_context(
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{peer.port}",
            headers={
                "Authorization": f"Bearer {database.business.token}",
                "Content-Type": "application/json",
            },
            timeout=60,
        )
    )
    await _receive(client, bodies, count=_PROBES)

    async def measure() -> Sample:
        meter = Meter(pids=peer.pids, database_url=database.url)
        await meter.start()
        began = time.perf_counter()
        latencies = await _receive(client, bodies, count=setting.scale.receipts)
        seconds = time.perf_counter() - began
        server_cpu, postgres_cpu, memory = await meter.stop()
        return Sample(
            units=len(latencies),
            seconds=seconds,
            server_cpu=server_cpu,
            postgres_cpu=postgres_cpu,
            memory=memory,
            latencies=latencies,
        )

    return measure


def _receipts(arrivals: Sequence[Arrival]) -> list[bytes]:
    return [graphql(_RECEIVE, order=one.purchase_order, line=one.line) for one in arrivals]


async def _receive(client: httpx.AsyncClient, bodies: Iterator[bytes], *, count: int) -> list[float]:
    latencies = []
    for _ in range(count):
        began = time.perf_counter()
        answer = await client.post("/graphql", content=next(bodies))
        latencies.append(time.perf_counter() - began)
        told = answer.json()
        if "errors" in told or told["data"]["receivePurchaseOrder"]["userErrors"]:
            raise DisagreementError(f"A receipt failed: {told}")
    return latencies


@asynccontextmanager
async def _told_soon(setting: Setting) -> AsyncIterator[Contenders]:
    codes = probe_codes(_FOLLOWED)
    probes = probe_baskets(codes, setting.baskets(lines=600), lines_each=1)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        database = await enter(
            setting.filled(
                lines=setting.scale.few_queued_lines,
                stocked=0.6,
                further_baskets=probes,
                without_stock=codes,
            )
        )
        await want_much(database.url, codes)
        await _execute(database.url, _TELL_COMMITS)
        arrivals = await announce(database.url, database.business, codes)
        backfill = await enter(running.backfill(database.place))
        worker = await enter(running.workers(database.place))
        bare = await enter(running.asgi(_BY_HAND, "bench.peers.bare", database.url))
        client = await enter(assistant("bench.load.latency"))
        token = database.business.token
        yield {
            OURS: _latency(
                setting,
                client,
                database,
                Peer(OURS, backfill.port, (*backfill.pids, *worker.pids)),
                kind="backfill",
                channel=_COMMITTED,
                socket={"path": "/graphql", "token": token, "subscription": {"query": _CHANGES}},
                requests=[http_request(body, token=token) for body in _receipts(arrivals)],
            ),
            _BY_HAND: _latency(
                setting,
                client,
                database,
                bare,
                kind="by hand",
                channel=CHANNEL,
                socket={"path": "/"},
                requests=[
                    http_request(b'{"subject": %d}' % number, path="/write") for number in range(100_000)
                ],
            ),
        }


def _latency(
    setting: Setting, client: Assistant, database: Filled, peer: Peer, **question: object
) -> Measure:
    scale = setting.scale

    async def measure() -> Sample:
        meter = Meter(pids=peer.pids, database_url=database.url)
        await meter.start()
        taken = await client.ask(
            port=peer.port,
            rate=scale.requests_per_second,
            seconds=scale.latency_seconds,
            database_url=database.url,
            **question,
        )
        server_cpu, postgres_cpu, memory = await meter.stop()
        return Sample(
            units=len(taken["latencies"]),
            seconds=taken["seconds"],
            server_cpu=server_cpu,
            postgres_cpu=postgres_cpu,
            memory=memory,
            latencies=taken["latencies"],
        )

    return measure


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


ROWS = (
    Row(
        name="latency",
        title="Receipt committed → event at the client, under 100 receipts a second",
        unit="events",
        metric=Metric.P99,
        goals=(
            Goal(against=_BY_HAND, at_most=2),
            Goal(against=_BY_HAND, at_most=50, kind=Kind.DIFFERENCE, unit="ms"),
        ),
        open=_told_soon,
        note="By hand is one INSERT with a NOTIFY, and a listener in the same process that sends to its "
        "sockets. The commit is taken from a notification that each transaction sends to the client itself.",
    ),
    Row(
        name="receipt",
        title="Receipt of one SKU with 10 waiting lines, 1,000,000 lines queued",
        unit="receipts",
        metric=Metric.MEDIAN,
        goals=(Goal(against=_FEW, at_most=1.3),),
        open=_however_much_waits,
    ),
)
