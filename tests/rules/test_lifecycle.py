"""The steps of dispatches and orders, each table in full."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules import lifecycle
from domain.rules.lifecycle import Quantities
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import DeliveryStatus, DispatchStatus, OrderStatus, QueueStatus

WAITING = Quantities(requested=5, allocated=0, shipped=0, cancelled=0)
PART_DISPATCHED = Quantities(requested=5, allocated=3, shipped=0, cancelled=0)


@st.composite
def quantities(draw: st.DrawFn) -> Quantities:
    allocated, shipped, cancelled, open_units = draw(st.tuples(*[st.integers(0, 2)] * 4))
    return Quantities(max(1, allocated + shipped + cancelled + open_units), allocated, shipped, cancelled)


def answer(step: Callable[[], str]) -> str:
    """The state a step leads to, or the code it is refused with."""
    try:
        return step()
    except Refusal as refusal:
        return refusal.code


@pytest.mark.rule("B9")
@pytest.mark.parametrize(
    ("status", "packing", "shipping", "cancelling"),
    [
        ("CREATED", "PACKED", "SHIPPED", "CANCELLED"),
        ("PACKED", "PACKED", "SHIPPED", "CANCELLED"),
        ("SHIPPED", "SHIPPED", "SHIPPED", "DISPATCH_ALREADY_SHIPPED"),
        ("CANCELLED", "ORDER_STATUS_NOT_ALLOWED", "ORDER_STATUS_NOT_ALLOWED", "CANCELLED"),
    ],
)
def test_a_dispatch_is_packed_shipped_or_cancelled_and_repeating_a_step_changes_nothing(
    status: str, packing: str, shipping: str, cancelling: str
) -> None:
    before = DispatchStatus(status)
    assert answer(lambda: lifecycle.pack(status=before)) == packing
    assert answer(lambda: lifecycle.ship(status=before)) == shipping
    assert answer(lambda: lifecycle.cancel(status=before)) == cancelling


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("status", "confirming"),
    [
        ("CREATE", "OC_CONFIRMED"),
        ("OC_CONFIRMED", "NOTHING_TO_DO"),
        ("OC_REJECTED", "ORDER_STATUS_NOT_ALLOWED"),
        ("COMMIT", "ORDER_STATUS_NOT_ALLOWED"),
        ("PARTIALLY_CANCELLED", "ORDER_STATUS_NOT_ALLOWED"),
        ("CANCELLED", "ORDER_STATUS_NOT_ALLOWED"),
        ("COMPLETED", "ORDER_STATUS_NOT_ALLOWED"),
    ],
)
def test_only_a_created_order_can_be_confirmed(status: str, confirming: str) -> None:
    def confirm() -> str:
        return lifecycle.confirm_order(status=OrderStatus(status), locked=False, awaited=False)

    assert answer(confirm) == confirming


@pytest.mark.rule("A9")
@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_that_is_dispatched_in_part_and_waits_for_its_confirmation_can_be_confirmed(
    status: OrderStatus,
) -> None:
    def confirm(*, awaited: bool) -> str:
        return answer(lambda: lifecycle.confirm_order(status=status, locked=False, awaited=awaited))

    assert confirm(awaited=True) == ("COMMIT" if status == OrderStatus.COMMIT else confirm(awaited=False))


@pytest.mark.rule("A3")
@pytest.mark.parametrize("status", OrderStatus)
def test_a_locked_order_can_be_neither_confirmed_nor_edited_nor_cancelled(status: OrderStatus) -> None:
    for step in (
        lambda: lifecycle.confirm_order(status=status, locked=True, awaited=True),
        lambda: lifecycle.require_editable(status=status, locked=True),
        lambda: lifecycle.cancel_order(status=status, locked=True, quantities=WAITING),
    ):
        with pytest.raises(Refusal, match="revert its Backlog SKUs first") as refused:
            step()
        assert refused.value.code == ErrorCode.ORDER_LOCKED


@pytest.mark.rule("A3")
@pytest.mark.parametrize(
    ("status", "editable"),
    [
        ("CREATE", True),
        ("OC_CONFIRMED", True),
        ("OC_REJECTED", False),
        ("COMMIT", True),
        ("PARTIALLY_CANCELLED", False),
        ("CANCELLED", False),
        ("COMPLETED", False),
    ],
)
def test_an_order_can_be_edited_until_it_is_rejected_cancelled_or_completed(
    status: str, editable: bool
) -> None:
    def edit() -> str:
        lifecycle.require_editable(status=OrderStatus(status), locked=False)
        return "EDITED"

    assert answer(edit) == ("EDITED" if editable else "ORDER_STATUS_NOT_ALLOWED")


def test_a_refused_step_says_in_which_status_it_could_be_taken() -> None:
    with pytest.raises(Refusal) as refused:
        lifecycle.require_editable(status=OrderStatus.COMPLETED, locked=False)
    assert refused.value.message == (
        "An order with status COMPLETED can't be edited; that takes CREATE, OC_CONFIRMED, COMMIT."
    )


@pytest.mark.rule("B9")
@pytest.mark.parametrize(
    ("status", "units", "cancelling"),
    [
        ("CREATE", WAITING, "CANCELLED"),
        ("OC_CONFIRMED", WAITING, "CANCELLED"),
        ("OC_REJECTED", WAITING, "CANCELLED"),
        ("COMMIT", PART_DISPATCHED, "PARTIALLY_CANCELLED"),
        ("COMMIT", Quantities(5, 0, 3, 0), "PARTIALLY_CANCELLED"),
        ("COMMIT", Quantities(5, 5, 0, 0), "DISPATCH_EXISTS"),
        ("PARTIALLY_CANCELLED", Quantities(5, 3, 0, 2), "DISPATCH_EXISTS"),
        ("CANCELLED", Quantities(5, 0, 0, 5), "ORDER_STATUS_NOT_ALLOWED"),
        ("COMPLETED", Quantities(5, 0, 5, 0), "ORDER_STATUS_NOT_ALLOWED"),
    ],
)
def test_cancelling_takes_all_of_an_order_without_a_dispatch_and_the_back_order_lines_of_one_with(
    status: str, units: Quantities, cancelling: str
) -> None:
    before = OrderStatus(status)
    cancelled = answer(lambda: lifecycle.cancel_order(status=before, locked=False, quantities=units))
    assert cancelled == cancelling


@pytest.mark.rule("B9")
@pytest.mark.parametrize(
    ("current", "confirmed", "units", "status"),
    [
        ("CREATE", False, WAITING, "CREATE"),
        ("OC_CONFIRMED", True, WAITING, "OC_CONFIRMED"),
        ("OC_REJECTED", False, WAITING, "OC_REJECTED"),
        ("CREATE", False, PART_DISPATCHED, "COMMIT"),
        ("COMMIT", False, WAITING, "CREATE"),
        ("COMMIT", True, WAITING, "OC_CONFIRMED"),
        ("COMMIT", False, Quantities(5, 0, 3, 0), "COMMIT"),
        ("PARTIALLY_CANCELLED", False, Quantities(5, 3, 0, 2), "PARTIALLY_CANCELLED"),
        ("PARTIALLY_CANCELLED", False, Quantities(5, 0, 3, 2), "COMPLETED"),
        ("PARTIALLY_CANCELLED", False, Quantities(5, 0, 0, 5), "CANCELLED"),
        ("COMMIT", False, Quantities(5, 0, 5, 0), "COMPLETED"),
        ("CREATE", False, Quantities(5, 0, 0, 5), "CANCELLED"),
    ],
)
def test_the_status_of_an_order_follows_from_its_quantities(
    current: str, confirmed: bool, units: Quantities, status: str
) -> None:
    derived = lifecycle.order_status(current=OrderStatus(current), confirmed=confirmed, quantities=units)
    assert derived == status


@pytest.mark.rule("B9")
@given(st.sampled_from(OrderStatus), st.booleans(), quantities())
def test_an_order_is_finished_exactly_when_nothing_is_open_or_allocated(
    current: OrderStatus, confirmed: bool, units: Quantities
) -> None:
    if current in (OrderStatus.CANCELLED, OrderStatus.COMPLETED):
        return
    derived = lifecycle.order_status(current=current, confirmed=confirmed, quantities=units)
    assert (derived == OrderStatus.COMPLETED) == (
        units.shipped > 0 and units.shipped + units.cancelled == units.requested
    )
    assert (derived == OrderStatus.CANCELLED) == (units.cancelled == units.requested)
    assert derived == lifecycle.order_status(current=derived, confirmed=confirmed, quantities=units)


@pytest.mark.rule("B10")
@pytest.mark.parametrize(
    ("status", "open_on_processor", "dispatched", "queue"),
    [
        ("CREATE", 5, 0, QueueStatus.QUEUED),
        ("COMMIT", 2, 3, QueueStatus.PARTIALLY_PROCESSED),
        ("COMMIT", 0, 3, QueueStatus.PROCESSED),
        ("PARTIALLY_CANCELLED", 0, 3, QueueStatus.PROCESSED),
        ("CANCELLED", 0, 0, QueueStatus.NOT_QUEUED),
        ("OC_CONFIRMED", 0, 0, QueueStatus.NOT_QUEUED),
        ("OC_REJECTED", 5, 0, QueueStatus.NOT_QUEUED),
    ],
)
def test_an_order_is_queued_while_the_processor_has_open_units_of_it(
    status: str, open_on_processor: int, dispatched: int, queue: QueueStatus
) -> None:
    derived = lifecycle.queue_status(
        status=OrderStatus(status), open_on_processor=open_on_processor, dispatched=dispatched
    )
    assert derived == queue


@pytest.mark.rule("A8")
@pytest.mark.parametrize(
    ("has_backlog_skus", "units", "delivery"),
    [
        (False, WAITING, DeliveryStatus.NOT_DELIVERED),
        (False, PART_DISPATCHED, DeliveryStatus.NOT_DELIVERED),
        (True, WAITING, DeliveryStatus.UNDELIVERED_SKU_CREATED),
        (True, PART_DISPATCHED, DeliveryStatus.DELIVERY_NOTE_CREATED),
        (True, Quantities(5, 0, 3, 0), DeliveryStatus.PARTIALLY_DELIVERED),
        (False, Quantities(5, 2, 3, 0), DeliveryStatus.PARTIALLY_DELIVERED),
        (False, Quantities(5, 0, 3, 2), DeliveryStatus.DELIVERED),
    ],
)
def test_the_delivery_status_follows_what_is_shipped_and_what_is_on_the_way(
    has_backlog_skus: bool, units: Quantities, delivery: DeliveryStatus
) -> None:
    assert lifecycle.delivery_status(has_backlog_skus=has_backlog_skus, quantities=units) == delivery
