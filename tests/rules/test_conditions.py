"""The condition of an order, against the sentences of C3 read in turn for every possible order."""

from itertools import product

import pytest

from domain.rules.conditions import DISPLAY_NAMES, condition
from domain.rules.vocabulary import CancelledBy, MarketplaceStatus, OrderCondition, OrderStatus

EVERY_ORDER = list(
    product(
        OrderStatus,
        [None, *MarketplaceStatus],
        [None, "SO-1"],
        [None, "INV-1"],
        [None, *CancelledBy],
        [False, True],
    )
)


def read_from_the_page(
    status: str, marketplace: str | None, codes: int, cancelled_by: str | None, packed: bool
) -> str:
    cancelled = status == "CANCELLED" or marketplace == "CANCELLED"
    the_customer_did_it = marketplace == "CANCELLED" or cancelled_by == "CUSTOMER"
    sentences = [
        (cancelled and codes >= 1, "CANCELLED_CHECK_REJECTION"),
        (cancelled and codes == 0 and the_customer_did_it, "CANCELLED_BY_CUSTOMER"),
        (cancelled and codes == 0, "NOT_YET_PROCESSED"),
        (marketplace == "WAITING_FOR_PICKUP" and codes == 0, "DONE_NOT_INVOICED"),
        (codes == 2 and packed, "WAITING_FOR_PICKUP"),
        (codes == 2, "NOT_YET_PACKED"),
        (True, "NOT_YET_PROCESSED"),
    ]
    return next(name for holds, name in sentences if holds)


@pytest.mark.rule("C3")
def test_every_possible_order_has_the_condition_the_page_gives_it() -> None:
    for status, marketplace, sales_order, invoice, cancelled_by, packed in EVERY_ORDER:
        derived = condition(
            status=status,
            marketplace_status=marketplace,
            sales_order_code=sales_order,
            invoice_code=invoice,
            cancelled_by=cancelled_by,
            packed=packed,
        )
        codes = sum(code is not None for code in (sales_order, invoice))
        assert derived == read_from_the_page(status, marketplace, codes, cancelled_by, packed)


@pytest.mark.rule("C3")
def test_an_order_the_client_cancelled_without_any_code_was_not_yet_processed() -> None:
    derived = condition(
        status=OrderStatus.CANCELLED,
        marketplace_status=MarketplaceStatus.ACCEPTED,
        sales_order_code=None,
        invoice_code=None,
        cancelled_by=CancelledBy.CLIENT,
        packed=False,
    )
    assert derived == OrderCondition.NOT_YET_PROCESSED


@pytest.mark.rule("C3")
def test_conditions_are_displayed_under_the_names_of_the_page() -> None:
    assert [DISPLAY_NAMES[shown] for shown in OrderCondition] == [
        "Order Not Yet Processed",
        "Cancelled by Customer",
        "Status Done, B-Gen Not Yet Processed",
        "Order Cancelled, Please Check Rejection",
        "Backlog Orders (Not Yet Packed)",
        "Backlog Orders (Waiting For Pickup)",
    ]
