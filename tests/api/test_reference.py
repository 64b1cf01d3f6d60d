"""What a page asks first: who it is, where events are, and what there is to choose from."""

from __future__ import annotations

import pytest

from api.realtime import cursor
from domain.rules.vocabulary import Role
from domain.store.event_relay import RelayTurn
from tests.api.conftest import Tenant
from tests.builders import MAIN

pytestmark = pytest.mark.anyio


async def test_a_caller_learns_what_it_may_do(tenant: Tenant) -> None:
    viewer = await tenant.caller(Role.SCANNER).data("{ viewer { role name } }")
    assert viewer == {"role": "SCANNER", "name": "tester"}


async def test_distribution_centers_and_stores_are_listed_by_code(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await tenant.shop.distribution_center("EAST")
    for code in ("WEB", "APP"):
        await tenant.shop.store(code)
    await other_tenant.shop.store("THEIRS")
    found = await tenant.admin.data("{ distributionCenters { code } stores { code } }")
    assert found == {
        "distributionCenters": [{"code": "EAST"}, {"code": MAIN}],
        "stores": [{"code": "APP"}, {"code": "WEB"}],
    }


@pytest.mark.rule("F5")
async def test_everything_after_the_cursor_comes_after_what_is_read_now(tenant: Tenant) -> None:
    await tenant.shop.order("SO-1", P=1)
    turn = await RelayTurn.open(tenant.shop.database)
    try:
        assert await turn.take()
        moved = await turn.move(limit=100)
    finally:
        await turn.close()
    feed = tenant.admin.groups.feed
    await feed.start()
    try:
        told = await tenant.admin.data("{ eventCursor }")
        # Nothing that has happened is sent again, and it can be resumed from.
        assert cursor.decode(told) == moved[-1].seq
        assert await feed.begin(cursor.decode(told)) == moved[-1].seq
    finally:
        await feed.stop()
