"""What an investigation finds (C4)."""

from __future__ import annotations

from itertools import product

import pytest

from domain.rules.investigation import Cause, Evidence, investigate
from domain.rules.vocabulary import MarketplaceStatus, OrderStatus

pytestmark = pytest.mark.rule("C4")

CREATE, CANCELLED, COMMIT = OrderStatus.CREATE, OrderStatus.CANCELLED, OrderStatus.COMMIT
PICKUP = MarketplaceStatus.WAITING_FOR_PICKUP
GONE = MarketplaceStatus.CANCELLED


def test_an_order_ready_for_pickup_without_codes_was_not_imported_and_has_no_invoice() -> None:
    found = investigate(Evidence(CREATE, PICKUP))
    assert found == [Cause.ORDER_NOT_IMPORTED, Cause.INVOICE_NOT_GENERATED]


def test_an_order_ready_for_pickup_is_asked_for_the_code_that_is_missing() -> None:
    assert investigate(Evidence(CREATE, PICKUP, sales_order_code="S1")) == [Cause.INVOICE_NOT_GENERATED]
    assert investigate(Evidence(CREATE, PICKUP, invoice_code="I1")) == [Cause.SALES_ORDER_CODE_MISSING]
    assert investigate(Evidence(CREATE, PICKUP, "S1", "I1")) == []


@pytest.mark.parametrize("codes", [("S1", None), (None, "I1"), ("S1", "I1")])
def test_a_cancelled_order_with_a_code_waits_for_the_rejection(codes: tuple[str | None, str | None]) -> None:
    assert investigate(Evidence(CANCELLED, GONE, *codes)) == [Cause.REJECTION_NOT_RECEIVED]
    assert investigate(Evidence(OrderStatus.OC_REJECTED, GONE, *codes)) == []


def test_what_is_cancelled_on_the_marketplace_only_is_found() -> None:
    assert investigate(Evidence(CREATE, GONE)) == [Cause.CANCELLATION_NOT_APPLIED]
    assert investigate(Evidence(COMMIT, GONE, allocated=True)) == [Cause.DISPATCH_NOT_CANCELLED]
    assert investigate(Evidence(COMMIT, GONE, allocated=True, shipped=True)) == [
        Cause.SHIPPED_THOUGH_CANCELLED,
        Cause.DISPATCH_NOT_CANCELLED,
    ]
    assert investigate(Evidence(CANCELLED, GONE)) == []


def test_what_is_cancelled_here_only_is_found() -> None:
    assert investigate(Evidence(CANCELLED, MarketplaceStatus.ACCEPTED)) == [Cause.MARKETPLACE_NOT_CANCELLED]
    assert investigate(Evidence(CANCELLED)) == []


def test_a_parcel_that_left_without_a_shipped_dispatch_is_found() -> None:
    evidence = Evidence(CREATE, MarketplaceStatus.SHIPPED, "S1", "I1")
    assert investigate(evidence) == [Cause.SHIPMENT_NOT_RECORDED]
    assert investigate(evidence._replace(status=COMMIT, shipped=True)) == []


@pytest.mark.parametrize("marketplace_status", [None, *list(MarketplaceStatus)[:3]])
@pytest.mark.parametrize("sales_order_code", [None, "S1"])
def test_nothing_is_wrong_with_an_order_on_its_way(
    marketplace_status: MarketplaceStatus | None, sales_order_code: str | None
) -> None:
    assert investigate(Evidence(CREATE, marketplace_status, sales_order_code)) == []


def test_every_cause_is_found_for_some_order_and_says_what_to_do() -> None:
    flags, code = (False, True), (None, "X")
    everything = product(OrderStatus, [None, *MarketplaceStatus], code, code, flags, flags)
    assert {cause for order in everything for cause in investigate(Evidence(*order))} == set(Cause)
    assert all(cause.description.endswith(".") and cause.remedy.endswith(".") for cause in Cause)
