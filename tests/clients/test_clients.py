"""The Python client against the running program: nothing twice, nothing missed, everything typed."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from backfill_client import Backfill, RefusedError, checked, every
from backfill_client.generated import (
    DistributionCenterInput,
    SalesOrderInput,
    SalesOrderLineInput,
    SkuInput,
    StockInput,
)
from backfill_client.generated.enums import BackOrderStatus, ErrorCode
from domain.settings import Settings
from tests.cli.running import TOKEN, Served, environment, serving
from tests.clients.used_schema import USED, used_schema
from tests.cuttable import cuttable

ROOT = Path(__file__).parents[2]

# One program for all of them.
pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(settings: Settings) -> AsyncIterator[Served]:
    async with serving(env=environment(settings, embedded=False)) as running:
        yield running


def order(number: str) -> SalesOrderInput:
    return SalesOrderInput(
        number=number,
        distribution_center_code="BER",
        lines=[SalesOrderLineInput(sku_code="A", quantity=1)],
    )


async def set_up(backfill: Backfill) -> None:
    """A distribution center, and five of a SKU."""
    checked(
        (
            await backfill.upsert_distribution_centers(
                input=[DistributionCenterInput(code="BER", name="Berlin")]
            )
        ).upsert_distribution_centers
    )
    checked((await backfill.upsert_skus(input=[SkuInput(code="A", name="Apple")])).upsert_skus)
    count = StockInput(sku_code="A", distribution_center_code="BER", on_hand=5)
    checked((await backfill.set_stock(input=[count])).set_stock)


class Losing(httpx.AsyncHTTPTransport):
    """Sends requests, and loses the answers to the first of them."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.lost = lost

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if self.lost:
            self.lost -= 1
            await response.aread()
            await response.aclose()
            raise httpx.ReadError("the answer was lost", request=request)
        return response


async def test_what_the_client_rests_on_is_the_schema_as_it_is() -> None:
    assert USED.read_text() == used_schema(), "the schema or the operations changed: make clients"


async def test_lost_answers_paging_refusals_and_a_feed_that_is_cut(served: Served) -> None:
    async with (
        cuttable(served.api.base_url.port or 0) as way,
        Backfill(f"http://127.0.0.1:{way.port}", token=TOKEN) as backfill,
    ):
        await set_up(backfill)
        start = (await backfill.event_cursor()).event_cursor

        # Two answers are lost; the orders are loaded once, and the client is told so.
        headers = {"Authorization": f"Bearer {TOKEN}"}
        losing = httpx.AsyncClient(transport=Losing(2), headers=headers, timeout=60)
        async with Backfill(str(served.api.base_url), token=TOKEN) as unlucky:
            unlucky.http_client, usual = losing, unlucky.http_client
            loaded = await unlucky.load_sales_orders(input=[order(f"SO-{n:02}") for n in range(25)])
            await usual.aclose()
        assert loaded.load_sales_orders.created == 25

        numbers = [
            found.number
            async for found in every(
                lambda after: backfill.orders(first=10, after=after), lambda answer: answer.orders
            )
        ]
        assert sorted(numbers) == [f"SO-{n:02}" for n in range(25)]
        answer = await backfill.sales_order_status(sales_order_number="SO-24")
        assert answer.retrieve_sales_order_status is not None
        assert answer.retrieve_sales_order_status.back_order_status is BackOrderStatus.FULL

        with pytest.raises(RefusedError, match="DUPLICATE") as refused:
            checked((await backfill.load_sales_orders(input=[order("SO-00")])).load_sales_orders)
        assert refused.value.user_errors[0].code is ErrorCode.DUPLICATE

        feed = backfill.follow(
            lambda after: backfill.order_changed(after=after),
            lambda data: data.order_changed,
            after=start,
        )
        heard = []
        async with aclosing(feed) as events:
            async for event in events:
                heard.append(event.order.number)
                if len(heard) == 10:
                    way.cut()
                    asyncio.get_running_loop().call_later(0.5, way.mend)
                if len(heard) == 25:
                    break
        assert sorted(heard) == sorted(numbers)


async def test_a_token_that_has_spent_what_it_may_is_waited_for(settings: Settings) -> None:
    env = environment(settings, embedded=False)
    limits = {"OPERATION_COST": "2000", "COST_BURST": "2000", "COST_PER_SECOND": "50"}
    env |= {f"BACKFILL_{name}": value for name, value in limits.items()}
    async with serving(env=env) as served, Backfill(str(served.api.base_url), token=TOKEN) as backfill:
        statuses = []

        async def note(response: httpx.Response) -> None:
            await response.aread()
            statuses.append((response.status_code, b"THROTTLED" in response.content))

        client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {TOKEN}"}, event_hooks={"response": [note]}, timeout=60
        )
        backfill.http_client, usual = client, backfill.http_client
        await usual.aclose()
        async with asyncio.timeout(120):
            while (200, True) not in statuses:
                await backfill.orders(first=200)


@pytest.mark.parametrize("language", ["python", "ts"])
async def test_the_example_of_the_page_runs(served: Served, language: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "clients.md").read_text()
    (example,) = re.findall(rf"^```{language} example\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    async with Backfill(str(served.api.base_url), token=TOKEN) as backfill:
        await set_up(backfill)
    url = str(served.api.base_url)
    told = environment(Settings(), embedded=True) | {"BACKFILL_URL": url, "BACKFILL_TOKEN": TOKEN}
    if language == "python":
        words = [sys.executable, "-c", example]
        told["PYTHONPATH"] = str(ROOT / "clients" / "python")
    else:
        script = tmp_path / "example.ts"
        script.write_text(
            example.replace("./backfill.ts", str(ROOT / "clients/typescript/backfill.ts")).replace(
                "./operations.ts", str(ROOT / "clients/typescript/operations.ts")
            )
        )
        words = [str(Path(sys.executable).parent / "node"), str(script)]
    process = await asyncio.create_subprocess_exec(*words, env=told, stdout=PIPE, stderr=PIPE)
    output, errors = await asyncio.wait_for(process.communicate(), 120)

    assert (process.returncode, output.decode().splitlines()) == (0, ["1 loaded", "SO-1 CREATE NONE"]), errors
