"""Receivers of webhooks that misbehave, are not to be reached, or are nobody that we may call."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.operations.webhook_delivering import (
    Answer,
    EndpointHandle,
    begin_deliveries,
    claim_endpoint,
    release_endpoint,
    settle_deliveries,
    waiting_endpoints,
)
from domain.operations.webhook_endpoints import NewEndpoint, save_webhook_endpoint
from domain.rules.circuit import OPENS_AFTER, RETRY_AFTER
from domain.rules.vocabulary import WebhookEvent
from tests.builders import Shop
from tests.simulating import self_signed
from tests.webhook_receiver import (
    delivered,
    due_now,
    endpoint_of,
    log,
    relayed,
    webhook_receiver,
)

pytestmark = pytest.mark.anyio

AGAIN = "PENDING"


MISBEHAVIOUR: dict[str, tuple[int | str, int | None, str]] = {
    "slow": ("slow", None, "It did not answer within 0.3 seconds."),
    "dripping": ("drip", None, "It did not answer within 0.3 seconds."),
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
        async with asyncio.timeout(50):
            await delivered(shop, endpoint, seconds=0.3 if name in ("slow", "dripping") else 30)

        ((_, state, attempts, answered, why),) = await log(shop)
        assert (state, attempts, answered) == (AGAIN, 1, status)
        assert why.startswith(reason)
        row = await shop.row("SELECT failures, retry_at, last_error, enabled FROM webhook_endpoints")
        assert (row["failures"], row["last_error"], row["enabled"]) == (1, why, True)
        too_early = row["retry_at"] - timedelta(microseconds=1)
        assert await waiting_endpoints(database=shop.database, now=too_early) == []
        # On a busy machine the time can be over before it was asked at all.
        receiver.answers.clear()
        await due_now(shop)
        await delivered(shop, endpoint)

        assert receiver.orders == ["SO-1"]
        assert await shop.tuples("SELECT failures, retry_at, last_error FROM webhook_endpoints") == [
            (0, None, None)
        ]


async def test_a_certificate_that_nobody_vouches_for_is_refused(shop: Shop, tmp_path: Path) -> None:
    async with webhook_receiver(tls=self_signed(tmp_path)) as receiver:
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


async def test_a_message_that_is_never_taken_holds_up_no_message_about_another_order(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        receiver.of_order = {"SO-1": [500] * 100}
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)
        for _ in range(6):
            await due_now(shop)
            await delivered(shop, endpoint)

        row = await shop.row("SELECT failures, retry_at FROM webhook_endpoints")
        assert row["failures"] == 1
        assert row["retry_at"] - datetime.now(UTC) <= RETRY_AFTER
        await shop.order("SO-2", TEA=1)
        await due_now(shop)
        await delivered(shop, endpoint)

        assert receiver.orders == ["SO-2"]


async def test_nobody_looks_at_an_endpoint_whose_messages_all_wait_for_one_that_failed(shop: Shop) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        receiver.of_order = {"SO-1": [500] * 100}
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)
        later = datetime.now(UTC) + timedelta(hours=1)
        await shop.write("UPDATE webhook_deliveries SET due_at = $1", later)
        await shop.write("UPDATE webhook_endpoints SET retry_at = now()")
        await shop.cancel("SO-1")
        await delivered(shop, endpoint)

        assert [row[1:3] for row in await log(shop)] == [(AGAIN, 1), (AGAIN, 0)]
        assert await waiting_endpoints(database=shop.database, now=later - timedelta(seconds=1)) == []
        (waiting,) = await waiting_endpoints(database=shop.database, now=later)
        assert waiting.endpoint_id == endpoint


async def test_a_receiver_that_fails_is_left_alone_and_then_tried_with_what_did_not_fail_before(
    shop: Shop,
) -> None:
    async with webhook_receiver() as receiver:
        endpoint = await endpoint_of(shop, receiver)
        receiver.answers = [500] * 4
        for number in range(1, 5):
            await shop.order(f"SO-{number}", TEA=1)
            await shop.write("UPDATE webhook_endpoints SET retry_at = now()")
            await delivered(shop, endpoint)
            # However long this takes: what has failed is not due again meanwhile.
            await shop.write("UPDATE webhook_deliveries SET due_at = due_at + interval '1 h'")
        assert (await shop.row("SELECT failures FROM webhook_endpoints"))["failures"] == OPENS_AFTER
        await shop.order("SO-5", TEA=1)
        await delivered(shop, endpoint)
        assert len(receiver.ids) == OPENS_AFTER

        await due_now(shop)
        await delivered(shop, endpoint)

        assert receiver.orders == ["SO-5", "SO-1", "SO-2", "SO-3", "SO-4"]


async def test_what_the_receiver_before_answered_is_not_held_against_the_one_that_is_set_by_then(
    shop: Shop,
) -> None:
    async with webhook_receiver() as before, webhook_receiver() as after:
        endpoint = await endpoint_of(shop, before)
        await shop.order("SO-1", TEA=1)
        await relayed(shop)
        handle = EndpointHandle(
            database=shop.database, client_id=shop.client_id, endpoint_id=endpoint, holder="first"
        )
        await claim_endpoint(handle)
        now = datetime.now(UTC)
        begun = await begin_deliveries(handle, now=now)
        (row,) = begun.due
        # Its answer is on its way when the endpoint moves.
        moved = NewEndpoint(name="ERP", url=after.url, events=(WebhookEvent.ORDER_CHANGED,))
        await save_webhook_endpoint(shop.command(), endpoint_id=endpoint, endpoint=moved)

        await settle_deliveries(
            handle, begun, [Answer(row, 410, "It answered with the status 410.")], now=now
        )

        states = "SELECT enabled, disabled_reason, failures, retry_at, last_error FROM webhook_endpoints"
        assert await shop.tuples(states) == [(True, None, 0, None, None)]
        await release_endpoint(handle)
        await due_now(shop)
        after.secret = before.secret
        await delivered(shop, endpoint)
        assert (before.orders, after.orders) == ([], ["SO-1"])


async def test_a_receiver_that_is_gone_is_sent_nothing_more(shop: Shop) -> None:
    async with webhook_receiver(410) as receiver:
        endpoint = await endpoint_of(shop, receiver)
        await shop.order("SO-1", TEA=1)
        await delivered(shop, endpoint)

        row = await shop.row("SELECT enabled, disabled_reason FROM webhook_endpoints")
        assert not row["enabled"]
        assert "410" in row["disabled_reason"]
