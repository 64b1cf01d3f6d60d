"""What each refusal of the rules tells people: which words, where, and with which figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.rules import lifecycle
from domain.rules.dashboard import backlog_window
from domain.rules.eligibility import Facts, refusal
from domain.rules.email_templates import LONGEST_BODY, LONGEST_SUBJECT, SAMPLE, check_template, render_checked
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.schedule import next_due, parse_time
from domain.rules.signatures import check_secret
from domain.rules.vocabulary import BulkAction, DispatchStatus, OrderStatus

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
CONFIRMED = Facts(OrderStatus.OC_CONFIRMED, open=True, open_on_processor=True)
SET_ASIDE = CONFIRMED._replace(locked=True, remaining=True, revert_allowed=True)
FREE = {"status": OrderStatus.OC_CONFIRMED, "locked": False}
LATER = "Once one of them is on a delivery note that is shipped, the rest can only be delivered."
LOCKED = {"status": OrderStatus.OC_CONFIRMED, "locked": True}


@pytest.mark.rule("A5")
@pytest.mark.parametrize(
    ("action", "facts", "code", "message"),
    [
        (
            BulkAction.CREATE_BACKLOG_SKUS,
            SET_ASIDE,
            ErrorCode.BACKLOG_SKUS_ALREADY_CREATED,
            "The order has Backlog SKUs already; apply them to delivery notes.",
        ),
        (
            BulkAction.CREATE_BACKLOG_SKUS,
            CONFIRMED._replace(dispatch_made=True),
            ErrorCode.DISPATCH_EXISTS,
            "A dispatch has been created from the order; cancel it with its lines requeued first. If it is "
            "shipped, or cancelled without, cancel what is open of the order and load that as a new order.",
        ),
        (
            BulkAction.CREATE_BACKLOG_SKUS,
            Facts(OrderStatus.CREATE),
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            "Backlog SKUs are created of orders with status OC_CONFIRMED, and this one has CREATE.",
        ),
        (
            BulkAction.CREATE_BACKLOG_SKUS,
            CONFIRMED._replace(open_on_processor=False),
            ErrorCode.NOTHING_TO_DO,
            "No line of the order waits in the processor's queue: others own what is open of it.",
        ),
        (
            BulkAction.REVERT_BACKLOG_SKUS,
            SET_ASIDE._replace(revert_allowed=False),
            ErrorCode.FEATURE_DISABLED,
            "Reverting Backlog SKUs is switched off; an admin can set allowBacklogSkuRevert.",
        ),
        (
            BulkAction.REVERT_BACKLOG_SKUS,
            CONFIRMED._replace(revert_allowed=True),
            ErrorCode.NOTHING_TO_DO,
            "The order has no Backlog SKUs.",
        ),
        (
            BulkAction.REVERT_BACKLOG_SKUS,
            SET_ASIDE._replace(on_delivery_note=True),
            ErrorCode.BACKLOG_SKU_ON_DELIVERY_NOTE,
            "A Backlog SKU of the order has been applied to a delivery note; cancel the note with its lines "
            "requeued first. If it is shipped, or cancelled without, deliver what remains instead.",
        ),
        (
            BulkAction.CREATE_DELIVERY_NOTES,
            CONFIRMED,
            ErrorCode.NOTHING_TO_DO,
            "The order has no Backlog SKUs.",
        ),
        (
            BulkAction.CREATE_DELIVERY_NOTES,
            SET_ASIDE._replace(remaining=False),
            ErrorCode.NOTHING_TO_DO,
            "All Backlog SKUs of the order are on delivery notes.",
        ),
        (
            BulkAction.CREATE_DELIVERY_NOTES,
            SET_ASIDE,
            ErrorCode.INSUFFICIENT_STOCK,
            "Nothing that remains of the order's Backlog SKUs is available.",
        ),
        (
            BulkAction.DELAY,
            CONFIRMED._replace(delayed_alike=True),
            ErrorCode.NOTHING_TO_DO,
            "The order is delayed until then already, or it is not delayed and no time was given.",
        ),
        (
            BulkAction.DROPSHIP,
            CONFIRMED,
            ErrorCode.NOTHING_TO_DO,
            "No line of the order in the processor's queue is back-ordered.",
        ),
        (
            BulkAction.SYNCHRONIZE,
            CONFIRMED,
            ErrorCode.FEATURE_DISABLED,
            "The order came from no store that could be asked; connect the store to its marketplace.",
        ),
    ],
)
def test_an_order_is_skipped_with_what_to_do_instead(
    action: BulkAction, facts: Facts, code: ErrorCode, message: str
) -> None:
    found = refusal(action, facts)
    assert found is not None
    assert (found.code, found.message, found.path, found.details) == (code, message, (), {})


@pytest.mark.rule("A9")
@pytest.mark.rule("B9")
@pytest.mark.parametrize(
    ("step", "told", "code", "message"),
    [
        (
            lifecycle.cancel,
            {"status": DispatchStatus.SHIPPED},
            ErrorCode.DISPATCH_ALREADY_SHIPPED,
            "The dispatch has been shipped; only a dispatch that is still here can be cancelled.",
        ),
        *(
            (
                step,
                {"status": DispatchStatus.CANCELLED},
                ErrorCode.ORDER_STATUS_NOT_ALLOWED,
                "The dispatch is cancelled; what was requeued comes with a new dispatch of the order.",
            )
            for step in (lifecycle.pack, lifecycle.ship)
        ),
        (
            lifecycle.confirm_order,
            {**FREE, "awaited": False},
            ErrorCode.NOTHING_TO_DO,
            "The order is confirmed already.",
        ),
        (
            lifecycle.confirm_order,
            {**LOCKED, "awaited": False},
            ErrorCode.ORDER_LOCKED,
            f"The order has Backlog SKUs and can't be confirmed; revert its Backlog SKUs first. {LATER}",
        ),
        (
            lifecycle.confirm_order,
            {"status": OrderStatus.COMMIT, "locked": False, "awaited": False},
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            "An order with status COMMIT can't be confirmed; that takes CREATE.",
        ),
        (
            lifecycle.reject_order,
            {"status": OrderStatus.OC_REJECTED, "locked": False, "elsewhere": False},
            ErrorCode.NOTHING_TO_DO,
            "The order is rejected already.",
        ),
        (
            lifecycle.reject_order,
            {**FREE, "elsewhere": False},
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            "An order with status OC_CONFIRMED can't be rejected; that takes CREATE.",
        ),
        (
            lifecycle.reject_order,
            {"status": OrderStatus.CREATE, "locked": False, "elsewhere": True},
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            "Lines of the order are left to a vendor or are on a Backorder; cancel these first, or cancel "
            "the order instead of rejecting it.",
        ),
        (
            lifecycle.unconfirm_order,
            {"status": OrderStatus.CREATE, "locked": False, "dispatch_made": False},
            ErrorCode.NOTHING_TO_DO,
            "The order is neither confirmed nor rejected.",
        ),
        (
            lifecycle.unconfirm_order,
            {**FREE, "dispatch_made": True},
            ErrorCode.DISPATCH_EXISTS,
            "A dispatch has been created from the order; cancel it with its lines requeued first. If it is "
            "shipped, or cancelled without, cancel what is open of the order and load that as a new order.",
        ),
        (
            lifecycle.unconfirm_order,
            {**LOCKED, "dispatch_made": False},
            ErrorCode.ORDER_LOCKED,
            f"The order has Backlog SKUs and can't be unconfirmed; revert its Backlog SKUs first. {LATER}",
        ),
        (
            lifecycle.require_editable,
            {"status": OrderStatus.CANCELLED, "locked": False},
            ErrorCode.ORDER_STATUS_NOT_ALLOWED,
            "An order with status CANCELLED can't be edited; that takes CREATE, OC_CONFIRMED, COMMIT.",
        ),
        (
            lifecycle.cancel_order,
            {**LOCKED, "quantities": lifecycle.Quantities(1, 0, 0, 0)},
            ErrorCode.ORDER_LOCKED,
            f"The order has Backlog SKUs and can't be cancelled; revert its Backlog SKUs first. {LATER}",
        ),
        (
            lifecycle.cancel_order,
            {**FREE, "quantities": lifecycle.Quantities(1, 1, 0, 0)},
            ErrorCode.DISPATCH_EXISTS,
            "Everything left of the order is dispatched; cancel its dispatches that are not shipped instead.",
        ),
    ],
)
def test_a_step_that_can_not_be_taken_is_refused_with_what_to_do_instead(
    step: Callable[..., object], told: dict[str, Any], code: ErrorCode, message: str
) -> None:
    _is_refused(lambda: step(**told), code, message)


@pytest.mark.rule("C2")
@pytest.mark.parametrize(
    ("start", "end", "code", "message", "path"),
    [
        (
            datetime.max.replace(tzinfo=UTC),
            None,
            ErrorCode.INVALID_INPUT,
            "The range reaches beyond the calendar.",
            ("filter",),
        ),
        (
            MONDAY,
            MONDAY.replace(day=1),
            ErrorCode.INVALID_INPUT,
            "The range ends before it starts; give a `from` that is not after `until`.",
            ("filter", "from"),
        ),
        (
            MONDAY,
            MONDAY.replace(month=5),
            ErrorCode.DATE_RANGE_TOO_LONG,
            "The range is longer than a month; ask for one month at most.",
            ("filter", "until"),
        ),
    ],
)
def test_a_range_of_the_dashboard_is_refused_where_it_is_wrong(
    start: datetime, end: datetime | None, code: ErrorCode, message: str, path: tuple[str, ...]
) -> None:
    zone = ZoneInfo("UTC")
    _is_refused(lambda: backlog_window(now=MONDAY, zone=zone, start=start, end=end), code, message, path=path)


@pytest.mark.rule("B2")
@pytest.mark.parametrize(
    ("schedule", "message", "path"),
    [
        (
            lambda: next_due("daily", after=MONDAY),
            "'daily' is no cron expression that comes due; write five fields (minute hour day month weekday, "
            "UTC), such as '0 6,12,18 * * 1-5'.",
            ("cron",),
        ),
        (
            lambda: next_due("0 0 31 2 *", after=MONDAY),
            "'0 0 31 2 *' is no cron expression that comes due; write five fields (minute hour day month "
            "weekday, UTC), such as '0 6,12,18 * * 1-5'.",
            ("cron",),
        ),
        (
            lambda: next_due(";".join(["0 6 * * *"] * 101), after=MONDAY),
            "A schedule has at most 100 cron expressions.",
            ("cron",),
        ),
        (lambda: parse_time("6:30"), "'6:30' is no time of the day; write it as 06:30, in UTC.", ()),
    ],
)
def test_a_schedule_is_refused_with_how_to_write_one(
    schedule: Callable[[], object], message: str, path: tuple[str, ...]
) -> None:
    _is_refused(schedule, ErrorCode.INVALID_INPUT, message, path=path)


@pytest.mark.rule("C5")
@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_AAAA",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSé",
    ],
)
def test_a_secret_is_refused_with_what_it_consists_of(secret: str) -> None:
    _is_refused(
        lambda: check_secret(secret),
        ErrorCode.INVALID_INPUT,
        "A secret is whsec_ followed by 24 to 64 random bytes in base64.",
    )


@pytest.mark.rule("D7")
@pytest.mark.parametrize("empty", ["", "  ", "\n", "te\0xt"])
@pytest.mark.parametrize("field", ["subject", "body"])
def test_a_template_without_text_is_refused(field: str, empty: str) -> None:
    _is_refused(
        lambda: render_checked(field, empty, SAMPLE),
        ErrorCode.INVALID_INPUT,
        f"The {field} must be text, and not empty.",
        path=(field,),
    )


@pytest.mark.rule("D7")
@pytest.mark.parametrize(
    ("field", "longest", "written"), [("subject", LONGEST_SUBJECT, "500"), ("body", LONGEST_BODY, "20,000")]
)
def test_a_template_that_is_too_long_is_refused(field: str, longest: int, written: str) -> None:
    assert render_checked(field, "x" * longest, SAMPLE) == "x" * longest
    _is_refused(
        lambda: render_checked(field, "x" * (longest + 1), SAMPLE),
        ErrorCode.INVALID_INPUT,
        f"The {field} is longer than {written} characters; shorten it.",
        path=(field,),
    )


@pytest.mark.rule("D7")
def test_a_template_that_does_not_render_is_refused_with_its_field_and_line() -> None:
    check_template(subject="{{ order.number }}", body="{{ order.store }}\n{{ order.promised_at | date }}")
    _is_refused(
        lambda: check_template(subject="Order", body="Order\n{{ order.nummer }}"),
        ErrorCode.INVALID_INPUT,
        "Line 2 of the body does not render: There is no 'nummer'.",
        path=("body",),
        details={"line": 2},
    )
    _is_refused(
        lambda: check_template(subject="{{ ordre }}", body="Order"),
        ErrorCode.INVALID_INPUT,
        "Line 1 of the subject does not render: There is no 'ordre'.",
        path=("subject",),
        details={"line": 1},
    )


@pytest.mark.rule("D7")
def test_a_template_is_tried_with_an_order_of_which_little_is_known() -> None:
    _is_refused(
        lambda: check_template(subject="Order", body="{{ order.promised_at - order.ordered_at }}"),
        ErrorCode.INVALID_INPUT,
        "Line 1 of the body does not render: This is no text but a timedelta; name what of it is wanted.",
        path=("body",),
        details={"line": 1},
    )
    known = "{% if order.promised_at %}{{ order.number }}{% else %}{{ order.number.nothing }}{% endif %}"
    assert render_checked("body", known, SAMPLE) == "SO-1001"
    with pytest.raises(Refusal, match="There is no 'nothing'"):
        check_template(subject="Order", body=known)


def test_the_same_refusal_can_point_elsewhere() -> None:
    refused = Refusal(ErrorCode.NOT_FOUND, "There is no such order.", path=("id",), details={"id": 7})

    elsewhere = refused.at("input", "3", "id")

    assert (elsewhere.code, elsewhere.message) == (ErrorCode.NOT_FOUND, "There is no such order.")
    assert (elsewhere.path, elsewhere.details) == (("input", "3", "id"), {"id": 7})
    assert refused.path == ("id",)


def _is_refused(
    asked: Callable[[], object],
    code: ErrorCode,
    message: str,
    *,
    path: tuple[str, ...] = (),
    details: dict[str, str | int] | None = None,
) -> None:
    with pytest.raises(Refusal) as caught:
        asked()
    refused = caught.value
    assert (refused.code, refused.message, refused.path, refused.details) == (
        code,
        message,
        path,
        details or {},
    )
