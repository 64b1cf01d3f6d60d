"""Reading orders: a page of them with lines and SKUs, and one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson

from api.ids import encode_id
from bench.goals import Goal
from bench.measuring import Contenders, Row
from bench.peers.statements import FIRST_PAGE
from bench.rows.asking import Asked, answers_of, asking, graphql, walk
from bench.samples import Metric
from bench.setting import ReadSide, Setting

_PAGES = 20
_SINGLE_ORDERS = 200

_ORDER = "number status queueStatus backOrderStatus orderedAt"
_LINES = "nodes { requested allocated shipped cancelled %s { code name } }"
_INFO = "pageInfo { hasNextPage endCursor }"

_OURS = f"nodes {{ {_ORDER} lines {{ {_LINES % 'sku'} }} }} {_INFO}"
_PAGE = f"""query Page($after: String) {{
    orders(sort: ORDERED_AT, first: 50, after: $after) {{ {_OURS} }} }}"""
_PLAIN_PAGE = f"query Page($after: String) {{ orders(first: 50, after: $after) {{ {_OURS} }} }}"
_SINGLE = f"query Single($id: ID!) {{ order(id: $id) {{ {_ORDER} lines {{ {_LINES % 'sku'} }} }} }}"

_GRAPHILE_LINES = f"""lines: orderLinesByClientIdAndOrderId(orderBy: LINE_NUMBER_ASC) {{
    {_LINES % "sku: skusByClientIdAndSkuId"} }}"""
_GRAPHILE_PAGE = f"""query Page($after: Cursor) {{
    orders: allOrders(condition: {{ clientId: "1" }}, orderBy: [ORDERED_AT_DESC, ROW_ID_ASC],
                      first: 50, after: $after) {{
        nodes {{ {_ORDER} {_GRAPHILE_LINES} }} {_INFO} }} }}"""
_GRAPHILE_SINGLE = f"""query Single($id: BigInt!) {{
    order: orderByClientIdAndRowId(clientId: "1", rowId: $id) {{ {_ORDER} {_GRAPHILE_LINES} }} }}"""


@asynccontextmanager
async def _page(setting: Setting) -> AsyncIterator[Contenders]:
    side = await setting.read_side()
    path = ["orders"]
    graphile = Asked(peer=side.postgraphile, bodies=[])
    plain = [Asked(peer=peer, bodies=[], path="/graphql/") for peer in (side.plain, side.cached)]
    asked = [
        await pages_of(side),
        replace(graphile, bodies=await walk(graphile, _GRAPHILE_PAGE, path=path, pages=_PAGES)),
        *[replace(peer, bodies=await walk(peer, _PLAIN_PAGE, path=path, pages=_PAGES)) for peer in plain],
        Asked(peer=side.bare, bodies=await _pages(side, path="/graphql", body=_built_page)),
        await rows_of(side),
    ]
    async with asking(asked, database_url=side.database.url, seconds=setting.scale.seconds) as contenders:
        yield contenders


async def pages_of(side: ReadSide) -> Asked:
    """Backfill, and the first pages of its orders."""
    ours = _ours(side)
    return replace(ours, bodies=await walk(ours, _PAGE, path=["orders"], pages=_PAGES))


async def rows_of(side: ReadSide) -> Asked:
    """The bare application and the same pages, put together in Python without GraphQL."""
    return Asked(
        peer=replace(side.bare, name="rows by orjson"),
        bodies=await _pages(side, path="/rows", body=lambda after: orjson.dumps({"after": after})),
        path="/rows",
    )


async def _pages(side: ReadSide, *, path: str, body: Callable[[str], bytes]) -> list[bytes]:
    """Requests for the first pages from the bare application, by its cursors."""
    bodies: list[bytes] = []
    after = FIRST_PAGE
    for _ in range(_PAGES):
        bodies.append(body(after))
        (answer,) = await answers_of(Asked(peer=side.bare, bodies=bodies[-1:], path=path))
        after = answer["orders"]["pageInfo"]["endCursor"]
    return bodies


def _built_page(after: str) -> bytes:
    return _built("page", after)


@asynccontextmanager
async def _single(setting: Setting) -> AsyncIterator[Contenders]:
    side = await setting.read_side()
    step = max(setting.scale.orders // _SINGLE_ORDERS, 1)
    ids = range(1, setting.scale.orders + 1, step)
    asked = [
        replace(_ours(side), bodies=[graphql(_SINGLE, id=encode_id("Order", id_)) for id_ in ids]),
        Asked(peer=side.postgraphile, bodies=[graphql(_GRAPHILE_SINGLE, id=str(id_)) for id_ in ids]),
        *[
            Asked(peer=peer, bodies=[graphql(_SINGLE, id=str(id_)) for id_ in ids], path="/graphql/")
            for peer in (side.plain, side.cached)
        ],
        Asked(peer=side.bare, bodies=[_built("order", id_) for id_ in ids]),
    ]
    async with asking(asked, database_url=side.database.url, seconds=setting.scale.seconds) as contenders:
        yield contenders


def _ours(side: ReadSide) -> Asked:
    return Asked(peer=side.backfill, bodies=[], token=side.database.business.token)


def _built(query: str, *parameters: Any) -> bytes:
    return orjson.dumps({"query": query, "parameters": parameters})


ROWS = (
    Row(
        name="page",
        title="A page of 50 orders × 3 lines × SKU, 8 connections, one server process",
        unit="requests",
        metric=Metric.RATE,
        goals=(
            Goal(against="PostGraphile 5", at_least=1.5),
            Goal(against="JSON by PostgreSQL", at_least=0.7),
            Goal(against="plain Strawberry + Tortoise", at_least=15),
        ),
        open=_page,
        note="JSON by PostgreSQL is passed on as it is; rows by orjson are two statements that Python puts "
        "together: what is left once there is no GraphQL.",
    ),
    Row(
        name="order",
        title="One order by id with its lines, 8 connections",
        unit="requests",
        metric=Metric.RATE,
        goals=(Goal(against="PostGraphile 5", at_least=1.3),),
        open=_single,
    ),
)
