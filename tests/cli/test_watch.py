"""`backfill watch` against the running program: each change once, through cuts as well."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from cli.watch.following import Follower
from cli.watch.kinds import KINDS
from domain.settings import Settings
from tests.cli.running import TOKEN, Served, backfill, environment, serving
from tests.cuttable import cuttable

SET_UP = """
mutation {
  upsertDistributionCenters(input: [{code: "BER", name: "Berlin"}, {code: "HAM", name: "Hamburg"}]) { count }
  upsertSkus(input: [{code: "A", name: "Apple"}]) { count }
  setStock(input: [{skuCode: "A", distributionCenterCode: "BER", onHand: 1}]) { count }
}
"""
LOAD = """
mutation Load($number: String!, $center: String!) {
  loadSalesOrders(input: [{
    number: $number, distributionCenterCode: $center, lines: [{skuCode: "A", quantity: 1}]
  }]) {
    created
  }
}
"""


@pytest.fixture
def env(settings: Settings) -> dict[str, str]:
    return environment(settings, embedded=False)


@asynccontextmanager
async def watching(url: str, *words: str, env: dict[str, str]) -> AsyncIterator[Process]:
    """A running `backfill watch`, whose output is read; it is killed in the end."""
    told = {**env, "BACKFILL_URL": url, "BACKFILL_TOKEN": TOKEN}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", "watch", *words, env=told, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def heard(process: Process) -> dict[str, Any]:
    """The next line."""
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 120)
    assert line, await process.communicate()
    found: dict[str, Any] = json.loads(line)
    return found


async def loaded(served: Served, number: str, center: str = "BER") -> None:
    await served.query(LOAD, number=number, center=center)


async def test_each_change_is_a_line_also_those_while_the_connection_was_cut(env: dict[str, str]) -> None:
    async with serving(env=env) as served, cuttable(served.api.base_url.port or 0) as way:
        await served.query(SET_UP)
        words = ("--json", "--kind", "orders", "--dc", "BER", "--after", (await cursor(served)))
        async with watching(f"http://127.0.0.1:{way.port}", *words, env=env) as process:
            await loaded(served, "SO-1")
            first = await heard(process)
            assert (first["kind"], first["event"]["order"]["number"]) == ("orders", "SO-1")
            way.cut()
            assert (await heard(process))["state"] == "lost"
            await loaded(served, "SO-2")
            await loaded(served, "SO-3", "HAM")
            way.mend()
            assert (await heard(process))["state"] == "resumed"
            await loaded(served, "SO-4")
            later = [(await heard(process))["event"]["order"]["number"] for _ in range(2)]

    # Nothing is missing, nothing came twice, and nothing of the other distribution center came.
    assert later == ["SO-2", "SO-4"]


async def test_a_person_reads_lines_and_it_ends_after_as_many_as_were_asked_for(env: dict[str, str]) -> None:
    async with serving(env=env) as served:
        await served.query(SET_UP)
        after = await cursor(served)
        await loaded(served, "SO-1")
        told = {**env, "BACKFILL_TOKEN": TOKEN}
        words = ("--url", str(served.api.base_url), "--kind", "orders", "--after", after, "--count", "1")
        ended = await backfill("watch", *words, env=told)

    assert ended.code == 0, ended
    assert "SO-1" in ended.errors
    assert "CREATE" in ended.errors


async def test_every_kind_is_shown_where_only_trusted_documents_are_executed(
    env: dict[str, str], tmp_path: Path
) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({name: name for name in (SET_UP, LOAD, "{ client { code } }")}))
    only_trusted = {"BACKFILL_TRUSTED_DOCUMENTS_ONLY": "true", "BACKFILL_DOCUMENTS": str(manifest)}
    async with serving(env=env | only_trusted) as served:
        refused = await served.api.post("/graphql", json={"query": "{ orders { totalCount } }"})
        assert refused.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
        after = await cursor(served)
        await served.query(SET_UP)
        await loaded(served, "SO-1")
        told = {**env, "BACKFILL_TOKEN": TOKEN}
        words = ("watch", "--url", str(served.api.base_url), "--after", after, "--count", "1")
        everything = await backfill(*words, env=told)
        orders = await backfill(*words, "--kind", "orders", env=told)
        stock = await backfill(*words, "--kind", "stock", "--dc", "BER", "--sku", "A", env=told)

    assert (everything.code, orders.code, stock.code) == (0, 0, 0), (everything, orders, stock)
    assert "SO-1" in orders.errors
    assert "1 on hand" in stock.errors


async def test_a_wrong_token_kind_code_or_address_is_told_with_a_code(env: dict[str, str]) -> None:
    async with serving(env=env) as served:
        url = str(served.api.base_url)
        told = {**env, "BACKFILL_TOKEN": TOKEN}
        none = await backfill("watch", "--url", url, "--json", env=env)
        stranger = await backfill("watch", "--url", url, env={**env, "BACKFILL_TOKEN": "bf_nobody"})
        kind = await backfill("watch", "--kind", "weather", "--json", env=told)
        center = await backfill("watch", "--url", url, "--dc", "MOON", "--json", env=told)
        address = await backfill("watch", "--url", "backfill.example", "--json", env=told)

    assert [each.code for each in (none, stranger, kind, center, address)] == [1] * 5
    assert "did not let us in" in " ".join(stranger.errors.split())
    messages = [json.loads(each.errors)["error"]["message"] for each in (none, kind, center, address)]
    for message, word in zip(messages, ("BACKFILL_TOKEN", "weather", "MOON", "https://"), strict=True):
        assert word in message


async def test_an_api_that_says_not_now_is_asked_again() -> None:
    orders = KINDS["orders"]
    asked: list[dict[str, Any]] = []

    async def api(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(json.dumps({"type": "connection_ack"}))
        async for message in connection:
            told = json.loads(message)
            asked.append(told["payload"]["variables"])
            # First of the cursor to begin with, then of the subscription: both while the database is away.
            if len(asked) in (1, 3):
                error = {"message": "Try again.", "extensions": {"code": "SERVICE_UNAVAILABLE"}}
                answer = {"id": told["id"], "type": "error", "payload": [error]}
            else:
                data = {"eventCursor": "now"} if len(asked) == 2 else {orders.field: {"cursor": "next"}}
                answer = {"id": told["id"], "type": "next", "payload": {"data": data}}
            await connection.send(json.dumps(answer))

    async with serve(api, "127.0.0.1", 0, subprotocols=[Subprotocol("graphql-transport-ws")]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        follower = Follower(f"ws://127.0.0.1:{port}", token="any", kinds=[orders])
        async with aclosing(follower.news()) as news:
            heard = [await anext(news) for _ in range(3)]

    assert [one.state for one in heard] == ["lost", "resumed", ""]
    assert heard[-1].event == {"cursor": "next"}
    assert asked == [{}, {}, {"after": "now"}, {"after": "now"}]


async def cursor(served: Served) -> str:
    data = await served.query("{ eventCursor }")
    return str(data["eventCursor"])
