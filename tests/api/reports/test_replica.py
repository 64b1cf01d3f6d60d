"""Reports are read from the replica where there is one, and nothing else is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from api.app import create_app
from domain.settings import Settings
from domain.store.database import Database
from tests.api.transport.serving import Server, server_of
from tests.cuttable import Way, cuttable_postgresql

pytestmark = pytest.mark.anyio

REPORT = "{ backOrderReport { totalCount } backOrderTotals { day } mostBackOrdered { backOrderedQty } }"
OTHERS = "{ orders { totalCount } backOrderList { totalCount } }"


@pytest.fixture
async def served(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[tuple[Server, Way]]:
    """A server with a replica, and the way to the replica, which can be cut."""
    async with cuttable_postgresql(settings.postgresql_url()) as (way, url):
        replica = await Database.open(url, max_size=2)
        app = create_app(settings, database=database, redis=redis, replica=replica)
        try:
            async with server_of(app, settings, database) as server:
                yield server, way
        finally:
            await replica.close()


async def test_without_its_replica_reports_are_unavailable_and_nothing_else_is(
    served: tuple[Server, Way],
) -> None:
    server, way = served
    headers = {"Authorization": f"Bearer {server.token}"}
    report = (await server.query(REPORT)).json()
    assert report["data"]["backOrderReport"] == {"totalCount": 0}
    assert (await server.http.get("/reports/backordering.csv", headers=headers)).status_code == 200

    way.cut()

    report = (await server.query(REPORT)).json()
    assert report["data"] is None
    assert {error["extensions"]["code"] for error in report["errors"]} == {"SERVICE_UNAVAILABLE"}
    assert (await server.http.get("/reports/backordering.csv", headers=headers)).status_code == 503
    others = (await server.query(OTHERS)).json()
    assert "errors" not in others
    assert others["data"] == {"orders": {"totalCount": 0}, "backOrderList": {"totalCount": 0}}
