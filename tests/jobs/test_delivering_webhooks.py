"""Webhooks arrive signed, in order per order, until they are taken, whatever their receivers do."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from api.realtime import cursor
from domain.operations.expire_events import expire_events
from domain.operations.webhook_deliveries import ping_webhook_endpoint, redeliver_webhook
from domain.operations.webhook_delivering import keep_up_endpoints, waiting_endpoints
from domain.operations.webhook_endpoints import NewEndpoint, rotate_webhook_secret, save_webhook_endpoint
from domain.operations.webhook_recording import MOST_PENDING
from domain.rules.vocabulary import WebhookEvent
from domain.settings import Settings
from jobs.leasing import Outcome
from jobs.worker import run_worker
from tests.builders import MAIN, Shop
from tests.cli.running import eventually
from tests.simulating import HOST
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


MISBEHAVIOUR: dict[str, tuple[int | str, int | None, str]] = {
    "slow": ("slow", None, "It did not answer within 0.3 seconds."),
    "dripping": ("drip", None, "It could not be reached: "),
    "broken": (500, 500, "It answered with the status 500."),
    "closing": ("drop", None, "It could not be reached: "),
    "redirecting": ("redirect", 302, "It redirects (status 302), which is not followed"),
    "refusing": (401, 401, "It answered with the status 401."),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
async def test_a_receiver_that_misbehaves_is_tried_again_later(shop: Shop, name: str) -> None:
    answer, status, reason = MISBEHAVIOUR[name]
    async with webhook_receiver(answer) as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        began = time.monotonic()
        await delivered(shop, endpoint, seconds=0.3 if name in ("slow", "dripping") else 5)
        assert time.monotonic() - began < 5

        ((_, state, attempts, answered, why),) = await log(shop)
        assert (state, attempts, answered) == (AGAIN, 1, status)
        assert why.startswith(reason) or name == "dripping"
        row = await shop.row("SELECT failures, retry_at, last_error, enabled FROM webhook_endpoints")
        assert (row["failures"], row["last_error"], row["enabled"]) == (1, why, True)
        assert await waiting_endpoints(database=shop.database, now=datetime.now(UTC)) == []
        await due_now(shop)
        await delivered(shop, endpoint)

        assert receiver.orders == ["SO-1"]
        assert await shop.tuples("SELECT failures, retry_at, last_error FROM webhook_endpoints") == [
            (0, None, None)
        ]


async def test_a_certificate_that_nobody_vouches_for_is_refused(shop: Shop, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    where = ["-keyout", str(key), "-out", str(certificate), "-days", "1", "-subj", f"/CN={HOST}"]
    subprocess.run([*words, *where], check=True, capture_output=True)  # noqa: ASYNC221
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    async with webhook_receiver(tls=tls) as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)

        assert await log(shop) == [
            ("ORDER_CHANGED", AGAIN, 1, None, "It could not be reached: ConnectError.")
        ]
        assert receiver.ids == []


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://localhost:9/", "https://169.254.169.254/latest"],
)
async def test_a_client_can_make_us_call_nobody_inside_our_network(shop: Shop, url: str) -> None:
    saved = await save_webhook_endpoint(
        shop.command(),
        endpoint_id=None,
        endpoint=NewEndpoint(name="Inside", url=url, events=(WebhookEvent.ORDER_CHANGED,)),
    )
    await shop.order("SO-1", TEA=1)
    await delivered(shop, saved.endpoint_id, trusted_hosts=())

    ((_, state, _, _, reason),) = await log(shop)
    assert state == AGAIN
    assert reason.endswith("the operator may make an exception.")


@pytest.mark.parametrize(
    "url",
    ["https://" + "a" * 64 + ".example/", "https://a..example/", "https://xn--/"],
)
async def test_a_name_that_no_host_can_have_is_not_found(shop: Shop, url: str) -> None:
    saved = await save_webhook_endpoint(
        shop.command(),
        endpoint_id=None,
        endpoint=NewEndpoint(name="Nowhere", url=url, events=(WebhookEvent.ORDER_CHANGED,)),
    )
    await shop.order("SO-1", TEA=1)
    await delivered(shop, saved.endpoint_id, trusted_hosts=())

    ((_, state, attempts, _, reason),) = await log(shop)
    assert (state, attempts, reason) == (AGAIN, 1, "Its host could not be found.")


async def test_after_three_days_without_success_an_endpoint_is_turned_off_and_says_why(shop: Shop) -> None:
    async with webhook_receiver(500, 500) as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)
        await shop.write("UPDATE webhook_deliveries SET give_up_at = now() - interval '1 s'")
        await due_now(shop)
        await delivered(shop, endpoint)

        assert await log(shop) == [("ORDER_CHANGED", "FAILED", 2, 500, "It answered with the status 500.")]
        row = await shop.row("SELECT enabled, disabled_reason FROM webhook_endpoints")
        reason = "It took nothing for 3 days. It answered with the status 500."
        assert (row["enabled"], row["disabled_reason"]) == (False, reason)
        assert await shop.value("SELECT actor FROM audit_entries WHERE action = 'WEBHOOK_ENDPOINT_DISABLED'")
        await shop.order("SO-2", TEA=1)
        await relayed(shop)
        assert await waiting_endpoints(database=shop.database, now=datetime.now(UTC)) == []

        # Enabled again, it goes on where it was: nothing is lost.
        again = NewEndpoint(name="ERP", url=receiver.url, events=(WebhookEvent.ORDER_CHANGED,))
        await save_webhook_endpoint(shop.command(), endpoint_id=endpoint, endpoint=again)
        await delivered(shop, endpoint)
        assert receiver.orders == ["SO-2"]


async def test_one_message_that_is_never_taken_turns_nothing_off(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        receiver.of_order = {"SO-1": [500, 500, 500]}
        for number in ("SO-1", "SO-2"):
            await shop.order(number, TEA=1)
        await delivered(shop, endpoint)
        await shop.write("UPDATE webhook_deliveries SET give_up_at = now() WHERE status = 'PENDING'")
        await due_now(shop)
        await delivered(shop, endpoint)

        assert [row[1] for row in await log(shop)] == ["FAILED", "DELIVERED"]
        assert await shop.value("SELECT enabled FROM webhook_endpoints")


async def test_a_receiver_that_is_gone_is_sent_nothing_more(shop: Shop) -> None:
    async with webhook_receiver(410) as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)

        row = await shop.row("SELECT enabled, disabled_reason FROM webhook_endpoints")
        assert not row["enabled"]
        assert "410" in row["disabled_reason"]


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
        for number in range(30):
            await shop.order(f"SO-{number:02}", TEA=1)
        await relayed(shop)
        outcomes = await asyncio.gather(
            *(deliverer(shop).deliver(client_id=shop.client_id, endpoint_id=endpoint) for _ in range(4))
        )

        assert sorted(receiver.orders) == [f"SO-{number:02}" for number in range(30)]
        assert outcomes.count(Outcome.NOT_OURS) == 3
        assert 1 < receiver.most_at_once <= 10


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
        update={"webhook_hosts": (HOST,), "webhook_seconds": 30, "shutdown_seconds": 1}
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
