"""Webhooks arrive signed, in order per order, until they are taken, whatever their receivers do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from api.realtime import cursor
from domain.operations.expire_events import expire_events
from domain.operations.steps.webhook_recording import MOST_PENDING
from domain.operations.webhook_deliveries import ping_webhook_endpoint, redeliver_webhook
from domain.operations.webhook_delivering import WaitingEndpoint, keep_up_endpoints, waiting_endpoints
from domain.operations.webhook_endpoints import rotate_webhook_secret
from domain.rules.vocabulary import WebhookEvent
from domain.settings import Settings
from jobs.leasing import Outcome
from jobs.worker import run_worker
from tests.builders import MAIN, Shop
from tests.simulating import HOST
from tests.waiting import eventually
from tests.webhook_receiver import (
    delivered,
    deliverer,
    due_now,
    endpoint_of,
    log,
    relayed,
    webhook_receiver,
)

pytestmark = pytest.mark.anyio

AGAIN = "PENDING"


async def test_a_change_of_an_order_is_told_with_its_state_and_its_cursor(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=2)
        await delivered(shop, endpoint)

        (message,) = receiver.taken
        assert message["type"] == "order.changed"
        data = message["data"]
        seq = await shop.value("SELECT seq FROM event_log WHERE topic = 'ORDER'")
        assert (cursor.decode(data["cursor"]), data["cause"]) == (seq, "loadSalesOrders")
        assert data["distributionCenter"] == MAIN
        order = data["order"]
        assert (order["number"], order["status"], order["backOrderStatus"]) == ("SO-1", "CREATE", "FULL")
        assert await log(shop) == [("ORDER_CHANGED", "DELIVERED", 1, 204, None)]
        assert receiver.ids == [f"msg_{shop.client_id}_1"]


async def test_every_kind_of_event_that_was_chosen_arrives_and_no_other(shop: Shop) -> None:
    chosen = (
        WebhookEvent.ORDER_CHANGED,
        WebhookEvent.BACK_ORDER_LINE_CHANGED,
        WebhookEvent.STOCK_LEVEL_CHANGED,
    )
    async with webhook_receiver() as receiver, webhook_receiver() as other:
        endpoint = await endpoint_of(shop, receiver, *chosen)
        runs = await endpoint_of(shop, other, WebhookEvent.PROCESSOR_RUN_CHANGED, name="Runs")
        await shop.order("SO-1", TEA=2)
        await shop.stock(TEA=5)
        await delivered(shop, endpoint)
        await delivered(shop, runs)

        types = {message["type"] for message in receiver.taken}
        assert types == {"order.changed", "back_order_line.changed", "stock_level.changed"}
        (level,) = [one["data"] for one in receiver.taken if one["type"] == "stock_level.changed"]
        assert level["sku"] == "TEA"
        assert level["level"] == {"onHand": 5, "allocated": 0, "protected": 0, "available": 5}
        lines = [one["data"] for one in receiver.taken if one["type"] == "back_order_line.changed"]
        assert lines[-1]["order"]["number"] == "SO-1"
        assert (lines[-1]["line"]["open"], lines[-1]["backOrderedQty"]) == (2, 0)
        assert other.taken == []


async def test_an_endpoint_of_a_distribution_center_hears_of_that_one_only(shop: Shop) -> None:
    far = await shop.distribution_center("FAR")
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver, at=far)
        await shop.order("SO-1", TEA=1)
        await shop.order("SO-2", "FAR", TEA=1)
        await delivered(shop, endpoint)

        assert receiver.orders == ["SO-2"]


async def test_messages_of_one_order_come_in_their_order_and_those_of_others_go_on(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        for number in ("SO-1", "SO-2"):
            await shop.order(number, TEA=1)
        await shop.cancel("SO-1")
        await shop.cancel("SO-2")
        receiver.of_order = {"SO-1": [500]}

        await delivered(shop, endpoint)
        assert receiver.orders == ["SO-2", "SO-2"]
        assert [row[1] for row in await log(shop)] == [AGAIN, "DELIVERED", AGAIN, "DELIVERED"]
        await due_now(shop)
        await delivered(shop, endpoint)

        assert receiver.orders == ["SO-2", "SO-2", "SO-1", "SO-1"]
        cursors = [cursor.decode(message["data"]["cursor"]) for message in receiver.taken[2:]]
        assert cursors == sorted(cursors)
        # What was tried twice was the same message.
        assert receiver.ids.count(f"msg_{shop.client_id}_1") == 2


async def test_while_a_secret_changes_messages_are_signed_with_both(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        old = receiver.secret
        soon = datetime.now(UTC)
        await rotate_webhook_secret(shop.command(now=soon), endpoint_id=endpoint, overlap_hours=1)
        new = await shop.value("SELECT secret FROM webhook_endpoints")
        assert new != old
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)
        receiver.secret = new
        await shop.order("SO-2", TEA=1)
        await delivered(shop, endpoint)
        assert receiver.orders == ["SO-1", "SO-2"]
        assert [len(signature.split()) for signature in receiver.signatures] == [2, 2]

        # Then the old one is worth nothing.
        await shop.write("UPDATE webhook_endpoints SET previous_secret_until = now() - interval '1 s'")
        receiver.secret = old
        await shop.order("SO-3", TEA=1)
        await delivered(shop, endpoint)
        assert (receiver.orders, len(receiver.signatures[-1].split())) == (["SO-1", "SO-2"], 1)


async def test_a_test_is_sent_once_even_to_an_endpoint_that_is_off(shop: Shop) -> None:
    async with webhook_receiver(500) as receiver:
        endpoint = await endpoint_of(shop, receiver, enabled=False)
        await ping_webhook_endpoint(shop.command(), endpoint_id=endpoint)
        (waiting,) = await waiting_endpoints(database=shop.database, now=datetime.now(UTC))
        assert waiting.endpoint_id == endpoint
        await delivered(shop, endpoint)
        await ping_webhook_endpoint(shop.command(), endpoint_id=endpoint)
        await delivered(shop, endpoint)

        assert [row[:4] for row in await log(shop)] == [
            ("PING", "FAILED", 1, 500),
            ("PING", "DELIVERED", 1, 204),
        ]
        assert [(one["type"], one["data"]) for one in receiver.taken] == [("ping", {"endpoint": "ERP"})]
        assert await shop.value("SELECT failures FROM webhook_endpoints") == 0


async def test_a_message_is_delivered_again_as_it_was(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)
        await redeliver_webhook(shop.command(), delivery_id=1)
        await delivered(shop, endpoint)

        first, second = receiver.taken
        assert first == second
        assert receiver.ids[0] == receiver.ids[1]


async def test_what_expired_from_the_log_before_it_was_told_is_told_of_as_such(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        await relayed(shop)
        await expire_events(database=shop.database, now=datetime.now(UTC), keep=timedelta(0))
        await shop.order("SO-2", TEA=1)
        await delivered(shop, endpoint)

        assert {message["type"] for message in receiver.taken} == {"events.expired", "order.changed"}


async def test_of_a_quiet_client_nothing_expires(shop: Shop) -> None:
    other = await Shop.open(shop.database, "OTHER")
    async with webhook_receiver() as receiver:
        await relayed(shop)
        endpoint = await endpoint_of(shop, receiver)
        await delivered(shop, endpoint)
        await other.order("SO-9", TEA=1)
        await relayed(shop)
        await keep_up_endpoints(database=shop.database)
        await expire_events(database=shop.database, now=datetime.now(UTC), keep=timedelta(0))
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)

        assert receiver.orders == ["SO-1"]


async def test_workers_that_look_at_the_same_time_send_each_message_once_and_ten_at_once(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        receiver.awaited = 10
        for number in range(30):
            await shop.order(f"SO-{number:02}", TEA=1)
        await relayed(shop)
        outcomes = await asyncio.gather(
            *(deliverer(shop).deliver(client_id=shop.client_id, endpoint_id=endpoint) for _ in range(4))
        )

        assert sorted(receiver.orders) == [f"SO-{number:02}" for number in range(30)]
        assert outcomes.count(Outcome.NOT_OURS) == 3
        assert receiver.most_at_once == 10


async def test_an_endpoint_with_much_to_take_leaves_its_place_to_others_and_comes_again(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        for number in range(25):
            await shop.order(f"SO-{number}", TEA=1)
        await relayed(shop)
        impatient = replace(deliverer(shop), turn=timedelta(0))
        taken = []
        for _ in range(3):
            waiting = await waiting_endpoints(database=shop.database, now=datetime.now(UTC))
            assert waiting == [WaitingEndpoint(shop.client_id, endpoint)]
            await impatient.deliver(client_id=shop.client_id, endpoint_id=endpoint)
            taken.append(len(receiver.taken))

    assert taken == [10, 20, 25]


async def test_only_so_many_messages_wait_for_an_endpoint_and_the_rest_stays_in_the_log(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        await relayed(shop)
        await shop.write(
            """
            INSERT INTO event_log (client_id, seq, topic, at, cause, subject_id, data)
            SELECT client_id, 1000 + i, topic, at, cause, subject_id, data
            FROM event_log, generate_series(1, 1500) AS i WHERE topic = 'ORDER'
            """
        )
        await shop.write("UPDATE event_position SET last_seq = (SELECT max(seq) FROM event_log)")
        receiver.answers = []
        receiver.of_order = {"SO-1": [500]}
        await delivered(shop, endpoint)

        waiting = await shop.value("SELECT count(*) FROM webhook_deliveries WHERE status = 'PENDING'")
        assert MOST_PENDING <= waiting < MOST_PENDING + 200


async def test_a_worker_delivers_by_itself_and_a_slow_receiver_delays_only_itself(
    shop: Shop, settings: Settings, redis: Redis
) -> None:
    told = settings.model_copy(
        update={"webhook_hosts": (HOST,), "webhook_seconds": 60, "shutdown_seconds": 1}
    )
    stop = asyncio.Event()
    async with (
        webhook_receiver("slow") as slow,
        webhook_receiver(500) as broken,
        webhook_receiver() as good,
        asyncio.TaskGroup() as group,
    ):
        await endpoint_of(shop, slow, name="Slow")
        await endpoint_of(shop, broken, name="Broken")
        await endpoint_of(shop, good, name="Good")
        group.create_task(run_worker(told, database=shop.database, redis=redis, stop=stop))
        try:
            for number in range(3):
                await shop.order(f"SO-{number}", TEA=1)

                async def heard(expected: int = number + 1) -> bool:
                    return len(good.orders) == expected

                await eventually(heard)
        finally:
            stop.set()

    assert good.orders == ["SO-0", "SO-1", "SO-2"]
    assert slow.taken == []
