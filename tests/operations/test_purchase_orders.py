"""Purchase orders: what is incoming, receiving it, and whom a receipt serves (D3, D6, E1)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.operations.change_purchase_orders import (
    cancel_purchase_order_line,
    change_purchase_order_line,
    reschedule_purchase_order_line,
)
from domain.operations.checks import MAX_QUANTITY
from domain.operations.dropship_orders import VendorTerms, dropship_order_line
from domain.operations.load_sales_orders import SalesOrder, SalesOrderLine, load_sales_orders
from domain.operations.purchase_orders import (
    PurchaseOrder,
    PurchaseOrderChanged,
    PurchaseOrderLine,
    create_purchase_order,
)
from domain.operations.receive_purchase_orders import Receipt, receive_purchase_order
from domain.rules.refusals import ErrorCode
from tests.builders import MAIN, NOW, Shop
from tests.operations.expecting import audited, clear_records, refused, told
from tests.operations.invariants import assert_consistent
from tests.runs import HOLD_IS_OVER, claimed, decisions, dispatched, order, process

FRIDAY = NOW + timedelta(days=4)

SHORT = "SELECT line_id, back_ordered FROM pool_demand ORDER BY line_id"
LEVELS = "SELECT sku_id, on_hand, allocated FROM stock_levels ORDER BY sku_id"


@pytest.mark.rule("D3")
async def test_a_receipt_comes_into_stock_and_covers_older_orders_first_at_once(shop: Shop) -> None:
    first, second = await shop.order("SO-1", TEA=3), await shop.order("SO-2", TEA=3)
    (older,), (newer,) = await shop.lines_of(first), await shop.lines_of(second)
    purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=5)
    await clear_records(shop)

    answer = await receive_purchase_order(
        shop.command(), purchase_order_id=purchase_order, receipts=[Receipt(line_id=line, quantity=4)]
    )

    assert answer == PurchaseOrderChanged(purchase_order)
    assert await shop.tuples("SELECT received, open FROM purchase_order_lines") == [(4, 1)]
    assert await shop.tuples("SELECT on_hand, allocated FROM stock_levels") == [(4, 0)]
    assert await shop.tuples("SELECT kind, on_hand_change, note FROM stock_movements") == [
        ("RECEIPT", 4, "purchase order PO-1")
    ]
    assert await shop.tuples(SHORT) == [(older, 0), (newer, 2)]
    statuses = "SELECT number, back_order_status FROM orders ORDER BY id"
    assert await shop.tuples(statuses) == [("SO-1", "NONE"), ("SO-2", "PARTIAL")]
    assert await audited(shop) == [
        ("PURCHASE_ORDER_RECEIVED", None, None, {"received": [{"line": line, "units": 4}]})
    ]
    assert [(topic, subject) for topic, _, subject, _ in await told(shop)] == [
        ("ORDER", first),
        ("ORDER", second),
        ("LINE", older),
        ("LINE", newer),
    ]
    await assert_consistent(shop.database)


async def test_a_receipt_is_six_round_trips_and_under_a_key_one_more(shop: Shop) -> None:
    """The pool is locked for as long as they take, and others wait (decision 12)."""
    await shop.order("SO-1", TEA=3)
    purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=5)
    sent: list[str] = []
    async with shop.database.connection(shop.client_id) as kept:
        kept.add_query_logger(lambda statement: sent.append(statement.query))

    for key, round_trips in ((None, 6), ("k", 7)):
        sent.clear()
        await receive_purchase_order(
            shop.command(key=key),
            purchase_order_id=purchase_order,
            receipts=[Receipt(line_id=line, quantity=1)],
        )
        await asyncio.sleep(0)  # loggers are called in the next turn of the event loop
        assert sent[0].startswith("BEGIN")
        assert sent[-1].startswith("COMMIT")
        assert len(sent) == round_trips


@pytest.mark.rule("D3")
async def test_a_purchase_order_line_can_be_received_in_parts_and_in_parts_of_one_call(shop: Shop) -> None:
    purchase_order, (tea, cup) = await shop.purchase_order("PO-1", TEA=5, CUP=2)

    await shop.receive(purchase_order, {tea: 2})
    await receive_purchase_order(
        shop.command(),
        purchase_order_id=purchase_order,
        receipts=[
            Receipt(line_id=tea, quantity=1),
            Receipt(line_id=cup, quantity=2),
            Receipt(line_id=tea, quantity=2),
        ],
    )

    assert await shop.tuples("SELECT id, received, open FROM purchase_order_lines ORDER BY id") == [
        (tea, 5, 0),
        (cup, 2, 0),
    ]
    assert await shop.tuples("SELECT on_hand FROM stock_levels ORDER BY sku_id") == [(5,), (2,)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D3")
async def test_more_than_is_open_can_not_be_received(shop: Shop) -> None:
    purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=5)
    await shop.receive(purchase_order, {line: 2})

    async with refused(
        shop, ErrorCode.INVALID_INPUT, "lines", "0", "quantity", says="3 units of line 1 are open", open=3
    ):
        await shop.receive(purchase_order, {line: 4})
    async with refused(shop, ErrorCode.INVALID_INPUT, "lines", "1", "quantity", open=3):
        await receive_purchase_order(
            shop.command(),
            purchase_order_id=purchase_order,
            receipts=[Receipt(line_id=line, quantity=3), Receipt(line_id=line, quantity=1)],
        )


@pytest.mark.rule("D3")
async def test_parts_that_are_more_together_than_a_line_can_hold_are_refused(shop: Shop) -> None:
    purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=5)

    async with refused(shop, ErrorCode.INVALID_INPUT, "lines", "0", "quantity", open=5):
        await receive_purchase_order(
            shop.command(),
            purchase_order_id=purchase_order,
            receipts=[Receipt(line_id=line, quantity=MAX_QUANTITY)] * 4,
        )


@pytest.mark.rule("D3")
async def test_only_what_there_is_can_be_received(shop: Shop, other: Shop) -> None:
    purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=5)
    foreign, (foreign_line,) = await other.purchase_order("PO-1", TEA=5)

    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await shop.receive(foreign, {foreign_line: 1})
    async with refused(shop, ErrorCode.NOT_FOUND, "lines", "0", "purchaseOrderLineId"):
        await shop.receive(purchase_order, {foreign_line: 1})
    async with refused(shop, ErrorCode.INVALID_INPUT, "lines"):
        await shop.receive(purchase_order, {})
    for quantity in (0, -1):
        async with refused(shop, ErrorCode.INVALID_INPUT, "lines", "0", "quantity"):
            await shop.receive(purchase_order, {line: quantity})


@pytest.mark.rule("D3")
async def test_a_level_holds_no_more_than_a_billion_units(shop: Shop) -> None:
    purchase_order, (line,) = await shop.purchase_order("PO-1", TEA=1_000_000_000)
    await shop.stock(TEA=1)

    async with refused(shop, ErrorCode.INVALID_INPUT, "lines", says="More than 1,000,000,000 units"):
        await shop.receive(purchase_order, {line: 1_000_000_000})


@pytest.mark.rule("E1")
@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"number": " "}, ErrorCode.INVALID_INPUT, ("number",)),
        ({"number": "PO-1"}, ErrorCode.DUPLICATE, ("number",)),
        ({"distribution_center_code": "NOWHERE"}, ErrorCode.NOT_FOUND, ("distributionCenterCode",)),
        ({"vendor": ""}, ErrorCode.INVALID_INPUT, ("vendor",)),
        ({"lines": ()}, ErrorCode.INVALID_INPUT, ("lines",)),
        (
            {"lines": (PurchaseOrderLine(sku_code="TEA", quantity=0),)},
            ErrorCode.INVALID_INPUT,
            ("lines", "0", "quantity"),
        ),
        (
            {"lines": (PurchaseOrderLine(sku_code="NONE", quantity=1),)},
            ErrorCode.NOT_FOUND,
            ("lines", "0", "skuCode"),
        ),
        (
            {"lines": (PurchaseOrderLine(sku_code="TEA", quantity=1, order_line_id=99),)},
            ErrorCode.NOT_FOUND,
            ("lines", "0", "orderLineId"),
        ),
    ],
)
async def test_a_purchase_order_in_error_is_refused_as_a_whole(
    shop: Shop, change: dict[str, object], code: ErrorCode, path: tuple[str, ...]
) -> None:
    await shop.purchase_order("PO-1", TEA=5)
    fields: dict[str, object] = {
        "number": "PO-2",
        "distribution_center_code": MAIN,
        "lines": (PurchaseOrderLine(sku_code="TEA", quantity=1),),
    }

    async with refused(shop, code, "input", *path):
        await create_purchase_order(
            shop.command(),
            purchase_order=PurchaseOrder(**(fields | change)),  # type: ignore[arg-type]
        )


@pytest.mark.rule("F5")
async def test_whatever_changes_what_is_on_its_way_is_told_as_a_change_of_its_level(shop: Shop) -> None:
    order_id = await shop.order("SO-1", POT=1)
    (with_vendor,) = await shop.lines_of(order_id)
    tea, cup = await shop.sku("TEA"), await shop.sku("CUP")
    await clear_records(shop)

    async def levels_told() -> list[tuple[str, int]]:
        found = await shop.tuples("SELECT cause, sku_id FROM event_outbox WHERE topic = 'STOCK' ORDER BY id")
        await clear_records(shop)
        return found

    _, (line, _) = await shop.purchase_order("PO-1", TEA=5, CUP=1)
    assert await levels_told() == [("createPurchaseOrder", tea), ("createPurchaseOrder", cup)]
    await change_purchase_order_line(shop.command(), line_id=line, quantity=7)
    assert await levels_told() == [("changePurchaseOrderLine", tea)]
    await reschedule_purchase_order_line(shop.command(), line_id=line, expected_at=FRIDAY)
    assert await levels_told() == []
    await cancel_purchase_order_line(shop.command(), line_id=line)
    assert await levels_told() == [("cancelPurchaseOrderLine", tea)]

    await dropship_order_line(shop.command(), line_id=with_vendor, terms=VendorTerms(vendor="Acme"))
    of_vendor = "SELECT id FROM purchase_order_lines WHERE order_line_id = $1"
    await cancel_purchase_order_line(shop.command(), line_id=await shop.value(of_vendor, with_vendor))
    assert await levels_told() == []


@pytest.mark.rule("D6")
async def test_a_link_leads_to_an_open_line_of_the_same_sku_and_pool(shop: Shop) -> None:
    await shop.distribution_center("EAST")
    await shop.stock(TEA=1)
    (tea, cup) = await shop.lines_of(await shop.order("SO-1", TEA=1, CUP=1))
    (elsewhere,) = await shop.lines_of(await shop.order("SO-2", "EAST", TEA=1))
    done = await shop.order("SO-3", TEA=1)
    (closed,) = await shop.lines_of(done)
    await shop.dispatch(done, TEA=1)
    await dropship_order_line(shop.command(), line_id=tea, terms=VendorTerms())

    for line, says in (
        (cup, "another SKU"),
        (elsewhere, "another distribution center"),
        (closed, "nothing open"),
        (tea, "by a vendor"),
    ):
        async with refused(shop, ErrorCode.INVALID_INPUT, "input", "lines", "0", "orderLineId", says=says):
            await shop.purchase_order("PO-1", linked=line, TEA=1)


@pytest.mark.rule("D6")
async def test_a_linked_receipt_serves_its_order_before_an_older_one(shop: Shop) -> None:
    older, linked = await shop.order("SO-1", TEA=5), await shop.order("SO-2", TEA=5)
    (waiting,), (line,) = await shop.lines_of(older), await shop.lines_of(linked)
    purchase_order, (ordered,) = await shop.purchase_order("PO-1", linked=line, TEA=5)
    await clear_records(shop)

    await shop.receive(purchase_order, {ordered: 5})

    assert await shop.tuples(SHORT) == [(waiting, 5), (line, 0)]
    assert ("STOCK_RECEIVED_FOR_ORDER", linked, None, {"line": line, "received": 5}) in await audited(shop)
    run = await claimed(shop)
    await process(run)
    assert await dispatched(shop) == [(linked, line, 5)]
    assert await order(shop, older) == ("CREATE", "QUEUED")
    assert await decisions(shop, run) == [
        (older, 0, "KEPT_FOR_LINKED_ORDERS"),
        (linked, 5, "ALLOCATED"),
    ]
    await assert_consistent(shop.database)


@pytest.mark.rule("D6")
async def test_what_the_linked_line_can_not_use_goes_by_rank(shop: Shop) -> None:
    older, linked = await shop.order("SO-1", TEA=3), await shop.order("SO-2", TEA=5)
    (waiting,), (line,) = await shop.lines_of(older), await shop.lines_of(linked)
    purchase_order, (ordered,) = await shop.purchase_order("PO-1", linked=line, TEA=8)

    await shop.receive(purchase_order, {ordered: 8})
    await process(await claimed(shop))

    assert await dispatched(shop) == [(older, waiting, 3), (linked, line, 5)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D6")
@pytest.mark.parametrize("size", [1, 10_000])
async def test_own_units_of_a_line_that_another_line_takes_are_no_longer_kept_wherever_a_chunk_ends(
    shop: Shop, size: int
) -> None:
    await shop.stock(TEA=5, CUP=0)
    loaded = await load_sales_orders(
        shop.command(),
        sales_orders=[
            SalesOrder(
                number="SO-1",
                distribution_center_code=MAIN,
                lines=tuple(
                    SalesOrderLine(sku_code=code, quantity=units)
                    for code, units in (("TEA", 11), ("TEA", 4), ("CUP", 1))
                ),
            )
        ],
    )
    linked = loaded.order_ids[0]
    later = await shop.order("SO-2", TEA=5)
    long, short, _ = await shop.lines_of(linked)
    (wanted,) = await shop.lines_of(later)
    for number, line, units in (("PO-1", long, 3), ("PO-2", short, 2)):
        purchase_order, (ordered,) = await shop.purchase_order(number, linked=line, TEA=units)
        await shop.receive(purchase_order, {ordered: units})

    run = await claimed(shop)
    await process(run, now=HOLD_IS_OVER, size=size)

    assert await dispatched(shop) == [(linked, short, 4), (later, wanted, 5)]
    assert [(given, reason) for _, given, reason in await decisions(shop, run)] == [
        (0, "RETURNED_LINE_PARTIAL"),
        (4, "ALLOCATED"),
        (0, "NOTHING_AVAILABLE"),
        (5, "ALLOCATED"),
    ]
    assert await shop.value("SELECT cross_docked FROM pool_demand WHERE line_id = $1", long) == 1
    await assert_consistent(shop.database)


@pytest.mark.rule("D6")
async def test_units_received_for_an_order_wait_for_the_rest_of_it(shop: Shop) -> None:
    older, linked = await shop.order("SO-1", TEA=3), await shop.order("SO-2", TEA=5, CUP=1)
    (waiting,), (tea, cup) = await shop.lines_of(older), await shop.lines_of(linked)
    purchase_order, (ordered,) = await shop.purchase_order("PO-1", linked=tea, TEA=5)
    await shop.receive(purchase_order, {ordered: 3})

    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await dispatched(shop) == []

    await shop.receive(purchase_order, {ordered: 2})
    await process(await claimed(shop), now=NOW)
    assert await dispatched(shop) == []

    await process(await claimed(shop), now=HOLD_IS_OVER)
    assert await dispatched(shop) == [(linked, tea, 5)]
    assert await shop.tuples(SHORT) == [(waiting, 3), (cup, 1)]
    await assert_consistent(shop.database)


@pytest.mark.rule("D6")
async def test_units_received_for_an_order_are_free_when_it_is_cancelled(shop: Shop) -> None:
    older, linked = await shop.order("SO-1", TEA=5), await shop.order("SO-2", TEA=5)
    (waiting,), (line,) = await shop.lines_of(older), await shop.lines_of(linked)
    purchase_order, (ordered,) = await shop.purchase_order("PO-1", linked=line, TEA=5)
    await shop.receive(purchase_order, {ordered: 5})

    await shop.cancel("SO-2")

    assert await shop.tuples(SHORT) == [(waiting, 0)]
    await process(await claimed(shop))
    assert await dispatched(shop) == [(older, waiting, 5)]


@pytest.mark.rule("D6")
async def test_a_purchase_order_line_of_an_order_that_is_done_comes_into_stock_for_everybody(
    shop: Shop,
) -> None:
    linked = await shop.order("SO-1", TEA=5)
    (line,) = await shop.lines_of(linked)
    purchase_order, (ordered,) = await shop.purchase_order("PO-1", linked=line, TEA=5)
    await shop.cancel("SO-1")
    waiting = await shop.order("SO-2", TEA=5)

    await shop.receive(purchase_order, {ordered: 5})

    assert await shop.tuples("SELECT order_id, back_ordered, cross_docked FROM pool_demand") == [
        (waiting, 0, 0)
    ]


@pytest.mark.rule("D6")
async def test_stock_that_somebody_takes_by_hand_is_not_kept(shop: Shop) -> None:
    older, linked = await shop.order("SO-1", TEA=2), await shop.order("SO-2", TEA=5)
    (waiting,), (line,) = await shop.lines_of(older), await shop.lines_of(linked)
    purchase_order, (ordered,) = await shop.purchase_order("PO-1", linked=line, TEA=5)
    await shop.receive(purchase_order, {ordered: 5})

    await shop.dispatch(older, TEA=2)

    assert await shop.tuples(SHORT) == [(line, 2)]
    await process(await claimed(shop))
    assert await dispatched(shop) == [(older, waiting, 2)]
    await assert_consistent(shop.database)
