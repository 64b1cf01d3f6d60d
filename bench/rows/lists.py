"""What people look at all day: back-order lines, the dashboard with its counts, the report."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from bench.goals import Goal
from bench.measuring import Contenders, Row
from bench.rows.asking import Asked, asking, walk
from bench.samples import Metric
from bench.setting import Setting

_INFO = "pageInfo { hasNextPage endCursor }"
_PLAIN = "plain Strawberry + Tortoise"

_WAITING = f"""query Waiting($after: String) {{ backOrderLines(first: 100, after: $after) {{
    nodes {{ requested fulfilled outstanding available short backOrderedQty since
             order {{ number status }} sku {{ code name }} distributionCenter {{ code }} }} {_INFO} }} }}"""

_SHOWN = f"""counts {{ condition count }}
    orders {{ nodes {{ number orderedAt store {{ code }} marketplaceInvoiceNumber shippingAgency
                       salesOrderCode invoiceCode marketplaceStatus condition }} {_INFO} }}"""

_REPORTED = f"""nodes {{ day backOrderedQty orders lines demanded filledAtOnce incoming
    sku {{ code name }} distributionCenter {{ code }} }} {_INFO}"""


@asynccontextmanager
async def _pages(
    setting: Setting, *, ours: str, plain: str, path: Sequence[str], pages: int
) -> AsyncIterator[Contenders]:
    """The first pages of a list, from Backfill and from plain Strawberry without and with its caches."""
    side = await setting.read_side()
    mine = Asked(peer=side.backfill, bodies=[], token=side.database.business.token)
    others = [Asked(peer=peer, bodies=[], path="/graphql/") for peer in (side.plain, side.cached)]
    asked = [
        replace(mine, bodies=await walk(mine, ours, path=path, pages=pages)),
        *[replace(other, bodies=await walk(other, plain, path=path, pages=pages)) for other in others],
    ]
    async with asking(asked, database_url=side.database.url, seconds=setting.scale.seconds) as contenders:
        yield contenders


@asynccontextmanager
async def _waiting(setting: Setting) -> AsyncIterator[Contenders]:
    async with _pages(
        setting, ours=_WAITING, plain=_WAITING, path=["backOrderLines"], pages=10
    ) as contenders:
        yield contenders


@asynccontextmanager
async def _dashboard(setting: Setting) -> AsyncIterator[Contenders]:
    side = await setting.read_side()
    until = side.database.business.now
    since = until - timedelta(days=4)
    times = f'"{since.isoformat()}"', f'"{until.isoformat()}"'
    ours = f"""query Dashboard($after: String) {{
        backlogOrders(filter: {{ from: {times[0]}, until: {times[1]} }}, first: 50, after: $after) {{
            {_SHOWN} }} }}"""
    plain = f"""query Dashboard($after: String) {{
        backlogOrders(since: {times[0]}, until: {times[1]}, first: 50, after: $after) {{ {_SHOWN} }} }}"""
    async with _pages(
        setting, ours=ours, plain=plain, path=["backlogOrders", "orders"], pages=5
    ) as contenders:
        yield contenders


@asynccontextmanager
async def _report(setting: Setting) -> AsyncIterator[Contenders]:
    side = await setting.read_side()
    yesterday = (side.database.business.now - timedelta(days=1)).date()
    ours = f"""query Report($after: String) {{
        backOrderReport(filter: {{ until: "{yesterday}" }}, first: 500, after: $after) {{ {_REPORTED} }} }}"""
    plain = f"""query Report($after: String) {{
        backOrderReport(first: 500, after: $after) {{ {_REPORTED} }} }}"""
    pages = setting.scale.report_rows // 500
    async with _pages(setting, ours=ours, plain=plain, path=["backOrderReport"], pages=pages) as contenders:
        yield contenders


ROWS = (
    Row(
        name="back-order-lines",
        title="A page of 100 back-order lines with order, SKU and stock, 8 connections",
        unit="requests",
        metric=Metric.RATE,
        goals=(Goal(against=_PLAIN, at_least=15),),
        open=_waiting,
    ),
    Row(
        name="dashboard",
        title="A page of the Backlog Orders dashboard with its counts, four days of orders, 8 connections",
        unit="requests",
        metric=Metric.RATE,
        goals=(Goal(against=_PLAIN, at_least=15),),
        open=_dashboard,
    ),
    Row(
        name="report",
        title="The Backordering report of 10,000 rows, in pages of 500, 8 connections",
        unit="pages",
        metric=Metric.RATE,
        goals=(Goal(against=_PLAIN, at_least=15),),
        open=_report,
    ),
)
