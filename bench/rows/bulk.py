"""Work on many orders at once: loading them, and giving all of them Backlog SKUs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, islice

import httpx
import orjson

from bench.data.baskets import LINES_PER_ORDER
from bench.databases import Place
from bench.goals import Goal
from bench.measuring import OURS, Contenders, Measure, Row
from bench.metering import Meter
from bench.peers import running
from bench.processes import Assistant, assistant
from bench.rows.asking import DisagreementError, graphql
from bench.rows.writing import background, by_assistant
from bench.samples import Metric, Sample
from bench.setting import Filled, Setting
from domain.operations.bulk_operations import start_bulk_operation
from domain.operations.command import Command
from domain.rules.vocabulary import BulkAction
from domain.store.database import Database
from domain.store.reads.eligibility import Selection
from domain.store.reads.orders import OrderFilter
from jobs.queue import ArqJobs

_COPY = "COPY of the same rows"
_INSERT = "one INSERT … SELECT"
_BARE = "bare set-based writes"
_BATCH = 1_000

_LOAD = """mutation Load($orders: [SalesOrderInput!]!) { loadSalesOrders(input: $orders) {
    created orders { id number } userErrors { code message } } }"""

_UNFINISHED = "SELECT count(*) FROM bulk_operations WHERE status IN ('PENDING', 'RUNNING')"
_SET_ASIDE = """
    INSERT INTO backlog_skus (client_id, line_id, order_id, sku_id, quantity)
    SELECT l.client_id, l.id, l.order_id, l.sku_id, l.requested - l.allocated - l.shipped - l.cancelled
    FROM order_lines AS l JOIN orders AS o ON o.client_id = l.client_id AND o.id = l.order_id
    WHERE o.status = 'OC_CONFIRMED' AND o.delivery_status = 'NOT_DELIVERED' AND l.route = 'PROCESSOR'
      AND l.requested > l.allocated + l.shipped + l.cancelled
"""


@asynccontextmanager
async def _load(setting: Setting) -> AsyncIterator[Contenders]:
    batches = setting.scale.loaded_batches
    async with (
        setting.filled(lines=setting.scale.few_queued_lines, stocked=0.6) as filled,
        assistant("bench.peers.writing") as writer,
    ):
        # Baskets that are there already, so that every SKU is known.
        baskets = list(islice(cycle(setting.baskets(lines=setting.scale.few_queued_lines)), batches * _BATCH))
        yield {
            OURS: _loading(setting, filled, writer, _requests(baskets)),
            _COPY: by_assistant(setting, filled, writer, units=len(baskets), do="copy", batches=batches),
        }


def _requests(baskets: Sequence[tuple[str, ...]]) -> list[bytes]:
    orders = [
        {
            "number": f"NEW-{number:07}",
            "distributionCenterCode": "DC1",
            "storeCode": "BERLIN",
            "shippingAgency": "DHL",
            "lines": [{"skuCode": code, "quantity": 1 + number % 3} for code in basket],
        }
        for number, basket in enumerate(baskets)
    ]
    return [graphql(_LOAD, orders=orders[start : start + _BATCH]) for start in range(0, len(orders), _BATCH)]


def _loading(setting: Setting, filled: Filled, writer: Assistant, requests: Sequence[bytes]) -> Measure:
    """Loading through the API, batch after batch. After the first round the writer knows its rows."""
    learned = False

    async def measure() -> Sample:
        nonlocal learned
        async with setting.servers.clone(filled.place) as place, running.backfill(place) as peer:
            headers = {
                "Authorization": f"Bearer {filled.business.token}",
                "Content-Type": "application/json",
            }
            base_url = f"http://127.0.0.1:{peer.port}"
            async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=120) as client:
                # A connection, a token and a plan of the document are had before anything is timed.
                await client.post("/graphql", content=graphql(_LOAD, orders=[]))
                meter = Meter(pids=peer.pids, database_url=place.url)
                await meter.start()
                latencies, created = [], 0
                for body in requests:
                    began = time.perf_counter()
                    answer = await client.post("/graphql", content=body)
                    latencies.append(time.perf_counter() - began)
                    told = orjson.loads(answer.content)
                    if "errors" in told or told["data"]["loadSalesOrders"]["userErrors"]:
                        raise DisagreementError(f"Loading failed: {str(told)[:500]}")
                    created += told["data"]["loadSalesOrders"]["created"]
                server_cpu, postgres_cpu, memory = await meter.stop()
            if not learned:
                await writer.ask(do="learn", before=filled.url, after=place.url)
                learned = True
        return Sample(
            units=created,
            seconds=sum(latencies),
            server_cpu=server_cpu,
            postgres_cpu=postgres_cpu,
            memory=memory,
            latencies=latencies,
        )

    return measure


@asynccontextmanager
async def _backlog_skus(setting: Setting) -> AsyncIterator[Contenders]:
    orders = setting.scale.orders
    async with (
        setting.filled(lines=orders * LINES_PER_ORDER, stocked=0.6, confirmed=True) as filled,
        assistant("bench.peers.writing") as writer,
    ):
        learned = False

        async def start(_database: Database, command: Command, jobs: ArqJobs) -> None:
            started = await start_bulk_operation(
                command,
                action=BulkAction.CREATE_BACKLOG_SKUS,
                selection=Selection(order_filter=OrderFilter()),
            )
            await jobs.process_bulk_operation(
                client_id=command.authority.client_id, bulk_operation_id=started.bulk_operation_id
            )

        async def learn(place: Place) -> None:
            nonlocal learned
            if not learned:
                await writer.ask(do="learn", before=filled.url, after=place.url)
                learned = True

        yield {
            OURS: background(setting, filled, start, units=orders, unfinished=_UNFINISHED, done=learn),
            _INSERT: by_assistant(setting, filled, writer, units=orders, do="execute", statement=_SET_ASIDE),
            _BARE: by_assistant(setting, filled, writer, units=orders, do="write"),
        }


ROWS = (
    Row(
        name="load",
        title="loadSalesOrders in batches of 1,000 orders × 3 lines",
        unit="orders",
        metric=Metric.RATE,
        goals=(Goal(against=_COPY, at_least=0.25),),
        open=_load,
        note="COPY of the very rows that the mutation left: orders, lines, demand, audit trail, events.",
    ),
    Row(
        name="backlog-skus",
        title="Bulk Backlog SKUs for 100,000 orders",
        unit="orders",
        metric=Metric.RATE,
        goals=(Goal(against=_INSERT, at_least=0.3),),
        open=_backlog_skus,
        most_rounds=3,
        note="The statement inserts the Backlog SKUs and nothing else; the bare writes are all rows that the "
        "operation left behind: routes, statuses, results, audit entries and events as well.",
    ),
)
