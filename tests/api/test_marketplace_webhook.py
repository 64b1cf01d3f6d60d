"""What marketplaces push: signed, kept once, applied by a worker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from api.app import create_app
from domain.operations.synchronizations import LARGEST_MESSAGE, waiting_synchronizations
from domain.rules.signatures import signed_headers
from domain.rules.vocabulary import ConnectorKind
from domain.settings import Settings
from domain.store.database import Database
from jobs.queue import SYNC_QUEUE, ArqJobs, arq_redis
from tests.api.transport.serving import serve, until_ready
from tests.builders import Shop
from tests.marketplace import OTHER_SECRET, SECRET, carried_out, connected, last, order, results

pytestmark = [pytest.mark.anyio, pytest.mark.rule("C5")]

MESSAGE = {"orders": [order("SO-1", TEA=1)]}


@pytest.fixture
async def http(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[httpx.AsyncClient]:
    """The running application."""
    app = create_app(settings, database=database, redis=redis, jobs=ArqJobs(arq_redis(redis)))
    async with (
        serve(app, settings) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        await until_ready(client)
        yield client


@pytest.fixture
async def shop(database: Database) -> Shop:
    """A shop whose store WEB has a marketplace that pushes."""
    opened = await Shop.open(database)
    await opened.sku("TEA")
    await connected(opened, "WEB", kind=ConnectorKind.PUSH)
    return opened


async def push(
    http: httpx.AsyncClient,
    message: Any = MESSAGE,
    /,
    *,
    store: str = "WEB",
    message_id: str = "msg_1",
    secret: str = SECRET,
    late: timedelta = timedelta(0),
    **headers: str,
) -> httpx.Response:
    """Push a message as a marketplace does."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    at = datetime.now(UTC) - late
    signed = signed_headers(secret, message_id=message_id, at=at, body=body)
    signed |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.post(f"/webhooks/marketplace/{store}", content=body, headers=signed)


async def test_a_signed_message_is_kept_handed_to_a_worker_and_applied(
    http: httpx.AsyncClient, shop: Shop, redis: Redis
) -> None:
    answer = await push(http)

    assert (answer.status_code, answer.json()) == (202, {"received": True, "again": False})
    assert await redis.zrange(SYNC_QUEUE, 0, -1) == [b"sync:1:1"]
    (waiting,) = await waiting_synchronizations(database=shop.database, now=datetime.now(UTC))
    await carried_out(shop, waiting.synchronization_id)
    assert await results(shop) == [("ORDER", "SO-1", "SUCCEEDED", None)]
    assert await last(shop) == ("COMPLETED", 0, None)
    assert await shop.tuples("SELECT message FROM synchronizations") == [(None,)]
    assert await shop.value("SELECT last_success_at IS NOT NULL FROM store_connections")


async def test_a_message_sent_again_is_answered_alike_and_kept_once(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    await push(http)
    await carried_out(shop, 1)
    again = await push(http)
    # Even when it says something else by now: its id is what makes it the same.
    other = await push(http, {"orders": [order("SO-2", TEA=1)]})

    assert (again.status_code, again.json()) == (202, {"received": True, "again": True})
    assert other.json()["again"]
    assert await shop.value("SELECT count(*) FROM synchronizations") == 1
    assert (await push(http, message_id="msg_2")).json() == {"received": True, "again": False}


async def test_a_message_that_failed_gets_another_chance_when_it_is_sent_again(
    http: httpx.AsyncClient, shop: Shop
) -> None:
    await push(http)
    await shop.write("UPDATE synchronizations SET status = 'FAILED', finished_at = now(), failure = 'A bug.'")
    assert (await push(http)).json() == {"received": True, "again": False}
    await carried_out(shop, 1)

    assert await results(shop) == [("ORDER", "SO-1", "SUCCEEDED", None)]


@pytest.mark.parametrize(
    "how",
    [
        {"secret": OTHER_SECRET},
        {"late": timedelta(minutes=6)},
        {"late": timedelta(minutes=-6)},
        {"store": "NONE"},
        {"webhook_id": "msg_2"},
        {"webhook_id": ""},
        {"webhook_timestamp": "now"},
        {"webhook_signature": "v1,"},
    ],
)
async def test_who_does_not_know_the_secret_or_comes_late_is_turned_away_and_told_nothing(
    http: httpx.AsyncClient, shop: Shop, how: dict[str, Any]
) -> None:
    answer = await push(http, **how)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert await shop.rows("SELECT 1 FROM synchronizations") == []


async def test_the_signature_says_whose_store_is_meant(
    http: httpx.AsyncClient, shop: Shop, database: Database
) -> None:
    other = await Shop.open(database, "OTHER")
    await connected(other, "WEB", kind=ConnectorKind.PUSH, secret=OTHER_SECRET)

    assert (await push(http, secret=OTHER_SECRET)).status_code == 202
    assert await shop.tuples("SELECT client_id FROM synchronizations") == [(other.client_id,)]


async def test_a_paused_store_takes_no_messages(http: httpx.AsyncClient, shop: Shop) -> None:
    await connected(shop, "WEB", kind=ConnectorKind.PUSH, enabled=False)
    assert (await push(http)).status_code == 401


@pytest.mark.parametrize("message", [b"", b"{", b"[]", b'{"orders": 7}', b"\xff", b'{"cursor": "\\u0000"}'])
async def test_what_can_not_be_read_is_refused_at_once(
    http: httpx.AsyncClient, shop: Shop, message: bytes
) -> None:
    assert (await push(http, message)).status_code == 400
    assert await shop.rows("SELECT 1 FROM synchronizations") == []


async def test_a_message_that_is_too_large_is_refused(http: httpx.AsyncClient, shop: Shop) -> None:
    answer = await push(http, b" " * (LARGEST_MESSAGE - 2) + b"{}")
    assert answer.status_code == 202
    answer = await push(http, b" " * (LARGEST_MESSAGE - 1) + b"{}", message_id="msg_2")
    assert answer.status_code == 413
    assert await shop.value("SELECT count(*) FROM synchronizations") == 1


async def test_it_is_only_posted_to(http: httpx.AsyncClient, shop: Shop) -> None:
    assert (await http.get("/webhooks/marketplace/WEB")).status_code == 405
