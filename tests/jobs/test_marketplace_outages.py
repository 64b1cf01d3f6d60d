"""Marketplaces that are slow, broken or hostile delay only their own store."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from domain.operations.synchronizations import (
    start_due_synchronizations,
    waiting_synchronizations,
)
from domain.rules.circuit import RETRY_AFTER
from domain.settings import Settings
from jobs.connectors.http import HttpMarketplaces
from jobs.worker import run_worker
from tests.builders import Shop
from tests.marketplace import (
    OTHER_SECRET,
    carried_out,
    connected,
    last,
    marketplace,
    order,
    synchronized,
)
from tests.simulating import HOST
from tests.waiting import eventually

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C5")]


MISBEHAVIOUR: dict[str, tuple[Mapping[str, Any] | bytes | int | str, str]] = {
    "slow": ("slow", "It did not answer within 0.2 seconds."),
    "dripping": ("drip", "It did not answer within 0.2 seconds."),
    "broken": (500, "It answered with the status 500."),
    "moved": (302, "It answered with the status 302."),
    "cut off": ("reset", "It could not be reached: "),
    "garbage": (b"<html>", "Its answer can't be used: "),
    "binary": (b"\xff\xfe{}", "Its answer can't be used: "),
    "a list": (b"[]", "Its answer can't be used: "),
}
NEVER_ANSWER = ("slow", "dripping")


@pytest.mark.parametrize("name", MISBEHAVIOUR)
async def test_a_marketplace_that_misbehaves_is_asked_again_later(shop: Shop, name: str) -> None:
    answer, problem = MISBEHAVIOUR[name]
    async with marketplace(answer, {"orders": [order("SO-1", TEA=1)]}) as simulated:
        store = await connected(shop, "WEB", address=simulated.address)
        before = datetime.now(UTC)
        async with asyncio.timeout(50):
            await synchronized(shop, store, seconds=0.2 if name in NEVER_ANSWER else 30)

        status, attempts, failure = await last(shop)
        assert (status, attempts) == ("PENDING", 1)
        assert failure.startswith(problem)
        row = await shop.row("SELECT failures, retry_at, last_success_at, last_error FROM store_connections")
        assert (row["failures"], row["last_success_at"], row["last_error"]) == (1, None, failure)
        now = datetime.now(UTC)
        assert before < row["retry_at"] - RETRY_AFTER < now
        too_early = row["retry_at"] - timedelta(microseconds=1)
        assert await waiting_synchronizations(database=shop.database, now=too_early) == []

        # On a busy machine the time can be over before it was asked at all.
        del simulated.answers[:-1]
        (waiting,) = await waiting_synchronizations(database=shop.database, now=row["retry_at"])
        await carried_out(shop, waiting.synchronization_id)

    assert (await last(shop))[0] == "COMPLETED"
    assert await shop.tuples(
        "SELECT failures, retry_at, last_error, last_success_at > $1 FROM store_connections", now
    ) == [(0, None, None, True)]


async def test_after_three_attempts_it_is_given_up_and_after_four_failures_the_circuit_opens(
    shop: Shop,
) -> None:
    async with marketplace(500, 500, 500, 500) as simulated:
        store = await connected(shop, "WEB", address=simulated.address)
        for _ in range(3):
            await synchronized(shop, store)
        assert await last(shop) == ("FAILED", 2, "It answered with the status 500.")
        before = datetime.now(UTC)
        await synchronized(shop, store)

    row = await shop.row("SELECT failures, retry_at FROM store_connections")
    assert row["failures"] == 4
    assert before < row["retry_at"] - 8 * RETRY_AFTER < datetime.now(UTC)
    # The timer leaves a marketplace alone whose circuit is open.
    await shop.write("UPDATE store_connections SET next_due_at = now() - interval '1 day'")
    await shop.write("UPDATE synchronizations SET status = 'FAILED' WHERE status = 'PENDING'")
    await start_due_synchronizations(database=shop.database, now=row["retry_at"] - timedelta(seconds=1))
    assert (await last(shop))[0] == "FAILED"
    await start_due_synchronizations(database=shop.database, now=row["retry_at"])
    assert (await last(shop))[0] == "PENDING"


async def test_a_marketplace_with_another_secret_refuses_what_we_ask(shop: Shop) -> None:
    async with marketplace({"orders": [order("SO-1", TEA=1)]}) as simulated:
        simulated.secret = OTHER_SECRET
        await synchronized(shop, await connected(shop, "WEB", address=simulated.address))

    assert await last(shop) == ("PENDING", 1, "It answered with the status 401.")
    assert simulated.asked == []


async def test_more_without_a_place_to_go_on_from_is_no_endless_loop(shop: Shop) -> None:
    endless = {"cursor": "1", "more": True}
    async with marketplace(endless, endless, endless) as simulated:
        await synchronized(shop, await connected(shop, "WEB", address=simulated.address))

    assert len(simulated.asked) == 2
    assert (await last(shop))[2] == "It says there is more, and tells no place where to go on from."


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://localhost:9/", "https://169.254.169.254/"],
)
async def test_a_client_can_make_us_ask_nobody_inside_our_network(shop: Shop, address: str) -> None:
    store = await connected(shop, "WEB", address=address)
    await synchronized(shop, store, connector=HttpMarketplaces(seconds=1))

    assert "the operator may make an exception" in (await last(shop))[2]


async def test_the_timer_synchronizes_every_store_and_a_dead_or_slow_one_delays_only_itself(
    shop: Shop, settings: Settings, redis: Redis
) -> None:
    # A short shutdown: the slow one is still being waited for in the end.
    told = settings.model_copy(
        update={"marketplace_hosts": (HOST,), "marketplace_seconds": 300, "shutdown_seconds": 1}
    )
    async with (
        marketplace("slow") as slow,
        marketplace(500) as broken,
        marketplace({"orders": [order("SO-1", TEA=1)]}) as healthy,
    ):
        for store, simulated in (("SLOW", slow), ("BROKEN", broken), ("HEALTHY", healthy)):
            await connected(shop, store, address=simulated.address)
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(run_worker(told, database=shop.database, redis=redis, stop=stop))

            async def order_is_there() -> bool:
                return bool(slow.asked) and bool(await shop.value("SELECT count(*) FROM orders"))

            await eventually(order_is_there)
            states = await shop.tuples(
                """
                SELECT store.code, work.status FROM synchronizations AS work
                JOIN stores AS store ON store.id = work.store_id ORDER BY store.code, work.id
                """
            )
            assert ("SLOW", "RUNNING") in states
            slow.answers.clear()
            stop.set()
