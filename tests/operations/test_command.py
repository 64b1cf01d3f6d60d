"""The boundary of every operation: idempotency keys (F6), one transaction, one record (F5, F11)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.operations.answers import OrderChanged
from domain.operations.cancel_orders import cancel_sales_order, cancel_sales_orders
from domain.operations.command import Command, Work, perform
from domain.operations.edit_orders import change_order_line
from domain.operations.load_sales_orders import LoadedOrders, load_sales_orders
from domain.rules.refusals import ErrorCode, Refusal
from tests.builders import NOW, Shop, sales_order
from tests.operations.expecting import audited, everything, refused, told

pytestmark = pytest.mark.rule("F6")


async def load(command: Command, *numbers: str) -> LoadedOrders:
    return await load_sales_orders(command, sales_orders=[sales_order(number, TEA=1) for number in numbers])


async def test_a_key_answers_the_same_request_once_and_for_all(shop: Shop) -> None:
    await shop.sku("TEA")
    first = await load(shop.command(key="k"), "SO-1", "SO-1", "SO-2")
    after = await everything(shop.database)

    again = await load(shop.command(key="k", now=NOW + timedelta(days=3)), "SO-1", "SO-1", "SO-2")

    assert again == first
    assert again.duplicates == 1
    assert await everything(shop.database) == after


async def test_without_a_key_a_request_is_another_one(shop: Shop) -> None:
    await shop.sku("TEA")
    await load(shop.command(), "SO-1")

    assert (await load(shop.command(), "SO-1")).duplicates == 1
    assert await shop.rows("SELECT * FROM idempotency_keys") == []


async def test_a_key_is_not_used_for_another_payload_or_operation(shop: Shop) -> None:
    await shop.sku("TEA")
    await load(shop.command(key="k"), "SO-1")

    async with refused(shop, ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey", says="new key"):
        await load(shop.command(key="k"), "SO-2")
    async with refused(shop, ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
        await cancel_sales_orders(shop.command(key="k"), numbers=["SO-1"])


async def test_the_expected_version_is_part_of_the_payload(shop: Shop) -> None:
    order = await shop.order("SO-1", TEA=1)
    (line,) = await shop.lines_of(order)
    await change_order_line(shop.command(key="k"), line_id=line, requested=2, expected_version=1)

    answer = await change_order_line(shop.command(key="k"), line_id=line, requested=2, expected_version=1)
    assert answer == OrderChanged(order), "though the order is at version 2 by now"
    async with refused(shop, ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
        await change_order_line(shop.command(key="k"), line_id=line, requested=2, expected_version=2)


async def test_a_key_belongs_to_a_client(shop: Shop, other: Shop) -> None:
    await shop.sku("TEA")
    await other.sku("TEA")

    mine = await load(shop.command(key="k"), "SO-1")
    theirs = await load(other.command(key="k"), "SO-2")

    assert mine.order_ids != theirs.order_ids


async def test_a_refused_call_leaves_only_its_refusal_and_answers_it_again(shop: Shop) -> None:
    before = await everything(shop.database)
    for _ in range(2):
        with pytest.raises(Refusal) as caught:
            await cancel_sales_order(shop.command(key="k"), number="SO-1")
        assert (caught.value.code, caught.value.path) == (ErrorCode.NOT_FOUND, ("salesOrderNumber",))
        assert caught.value.message == "There is no sales order with the number 'SO-1'."

    assert await shop.tuples("SELECT key, operation FROM idempotency_keys") == [("k", "loadSalesOrderCancel")]
    after = await everything(shop.database)
    assert after.pop("idempotency_keys") != before.pop("idempotency_keys")
    assert after == before

    await shop.order("SO-1", TEA=1)
    with pytest.raises(Refusal):
        await cancel_sales_order(shop.command(key="k"), number="SO-1")
    await cancel_sales_order(shop.command(key="another"), number="SO-1")


async def test_a_stored_refusal_keeps_its_figures(shop: Shop) -> None:
    (line,) = await shop.lines_of(await shop.order("SO-1", TEA=1))
    for _ in range(2):
        with pytest.raises(Refusal) as caught:
            await change_order_line(shop.command(key="k"), line_id=line, requested=2, expected_version=9)
        assert caught.value.details == {"currentVersion": 1}


@pytest.mark.parametrize("key", ["", "k" * 256, "k\0", "\ud800"], ids=["empty", "long", "NUL", "half"])
async def test_a_key_is_visible_text(shop: Shop, key: str) -> None:
    async with refused(shop, ErrorCode.INVALID_INPUT, "idempotencyKey"):
        await load(shop.command(key=key), "SO-1")


async def test_simultaneous_calls_under_one_key_have_one_effect(shop: Shop) -> None:
    await shop.sku("TEA")

    answers = await asyncio.gather(*(load(shop.command(key="k"), "SO-1", "SO-2") for _ in range(8)))

    assert answers == [LoadedOrders(order_ids=[1, 2], duplicates=0, errors=[])] * 8
    assert await shop.value("SELECT count(*) FROM orders") == 2
    assert await shop.value("SELECT count(*) FROM audit_entries WHERE action = 'ORDER_LOADED'") == 2


async def test_simultaneous_calls_under_one_key_with_other_payloads_are_refused(shop: Shop) -> None:
    await shop.sku("TEA")

    answers = await asyncio.gather(
        *(load(shop.command(key="k"), f"SO-{number}") for number in range(6)), return_exceptions=True
    )

    assert sum(isinstance(answer, LoadedOrders) for answer in answers) == 1
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == [
        ErrorCode.IDEMPOTENCY_KEY_REUSED
    ] * 5
    assert await shop.value("SELECT count(*) FROM orders") == 1


@pytest.mark.parametrize("key", [None, "k"])
async def test_what_fails_leaves_nothing_not_even_the_key(shop: Shop, key: str | None) -> None:
    order = await shop.order("SO-1", TEA=1)

    async def body(work: Work) -> OrderChanged:
        await work.sql.execute("UPDATE orders SET locked = true")
        work.audit("BROKEN", "never seen")
        raise ZeroDivisionError

    before = await everything(shop.database)
    with pytest.raises(ZeroDivisionError):
        await perform(
            shop.command(key=key), operation="broken", payload=order, answer=OrderChanged, body=body
        )
    assert await everything(shop.database) == before


@pytest.mark.rule("F5")
@pytest.mark.rule("F11")
@pytest.mark.parametrize("early", [False, True], ids=["", "encoded early, again and again"])
async def test_several_changes_of_one_transaction_are_told_once_from_what_was_known_before(
    shop: Shop, early: bool
) -> None:
    async def body(work: Work) -> OrderChanged:
        def meanwhile() -> None:
            if early:
                work.encode()

        for before, after in ((5, 3), (3, 1)):
            work.line_changed(
                line_id=8,
                distribution_center_id=1,
                sku_id=4,
                back_ordered=after,
                previous_back_ordered=before,
            )
            meanwhile()
        for status, back_order_status in (("CREATE", "FULL"), ("COMMIT", "PARTIAL")):
            work.order_changed(
                order_id=7,
                distribution_center_id=1,
                previous_status=status,
                previous_back_order_status=back_order_status,
            )
            meanwhile()
        work.order_changed(order_id=9, distribution_center_id=1)
        work.order_changed(order_id=9, distribution_center_id=1, previous_status="CREATE")
        meanwhile()
        work.run_changed(run_id=3, distribution_center_id=1)
        meanwhile()
        work.audit("FIRST", "First.", order_id=7)
        meanwhile()
        work.audit("SECOND", "Second.", before={"a": 1}, after={"a": NOW})
        if early:
            work.encode()
            work.promise_changed(
                order_id=7, distribution_center_id=1, promised_at=NOW, previously_promised_at=None
            )
            meanwhile()
            work.promise_changed(
                order_id=7, distribution_center_id=1, promised_at=None, previously_promised_at=NOW
            )
        return OrderChanged(7)

    await perform(shop.command(), operation="several", payload=None, answer=OrderChanged, body=body)

    assert await told(shop) == [
        ("ORDER", "several", 7, {"previousStatus": "CREATE", "previousBackOrderStatus": "FULL"}),
        ("ORDER", "several", 9, {}),
        ("LINE", "several", 8, {"backOrderedQty": 1, "previousBackOrderedQty": 5}),
        ("RUN", "several", 3, {}),
    ]
    assert (await audited(shop))[-2:] == [
        ("FIRST", 7, None, None),
        ("SECOND", None, {"a": 1}, {"a": "2026-03-02T08:00:00+00:00"}),
    ]


async def test_a_transaction_that_lost_a_deadlock_is_tried_again(shop: Shop) -> None:
    tea, cup = await shop.sku("TEA"), await shop.sku("CUP")
    both_hold_one = asyncio.Barrier(2)
    tries: list[int] = []

    async def lock(first: int, second: int) -> OrderChanged:
        async def body(work: Work) -> OrderChanged:
            tries.append(first)
            await work.sql.execute("UPDATE skus SET name = 'x' WHERE id = $1", first)
            if len(tries) <= 2:
                await both_hold_one.wait()
            await work.sql.execute("UPDATE skus SET name = 'x' WHERE id = $1", second)
            return OrderChanged(first)

        return await perform(shop.command(), operation="lock", payload=None, answer=OrderChanged, body=body)

    answers = await asyncio.gather(lock(tea, cup), lock(cup, tea))

    assert [answer.order_id for answer in answers] == [tea, cup]
    assert len(tries) == 3
