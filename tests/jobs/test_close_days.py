"""Workers write the Backordering report of every day (B12)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import time_machine
from redis.asyncio import Redis

from domain.settings import Settings
from domain.store.database import Database
from tests.builders import NOW, Shop
from tests.workers import worker_of

pytestmark = [pytest.mark.anyio, pytest.mark.rule("B12")]


async def test_each_day_is_closed_by_one_worker_and_made_up_while_it_is_yesterday(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    await shop.order("SO-1", TEA=3)
    first, second = (worker_of(settings, database=database, redis=redis) for _ in range(2))

    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        await asyncio.gather(first.close_days({}), second.close_days({}))
    with time_machine.travel(NOW + timedelta(days=2, hours=5), tick=False):
        await second.close_days({})

    rows = await shop.tuples("SELECT day - $1::date, back_ordered, demanded FROM back_order_days", NOW)
    assert rows == [(0, 3, 3), (1, 3, 0)]
    taken = await shop.tuples("SELECT taken_at FROM back_order_closings ORDER BY day")
    assert taken == [(NOW + timedelta(days=1),), (NOW + timedelta(days=2, hours=5),)]


async def test_a_worker_forgets_days_that_are_older_than_its_settings_say(
    settings: Settings, database: Database, redis: Redis
) -> None:
    shop = await Shop.open(database)
    await shop.order("SO-1", TEA=3)
    told = settings.model_copy(update={"keep_reports_days": 40})
    worker = worker_of(told, database=database, redis=redis)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        await worker.close_days({})

    left = []
    for days in (40, 42):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            await worker.prune({})
        left.append(await shop.value("SELECT count(*) FROM back_order_days"))

    assert left == [1, 0]
