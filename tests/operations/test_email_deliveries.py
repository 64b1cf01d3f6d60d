"""What customers are e-mailed about, and that every e-mail is in the log (D7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.operations.change_purchase_orders import cancel_purchase_order_line
from domain.operations.dispatches import ship_dispatch
from domain.operations.dropship_orders import VendorTerms, dropship_order_line
from domain.operations.edit_orders import delay_order
from domain.operations.email_deliveries import send_due_emails
from domain.operations.email_templates import (
    assign_email_template,
)
from domain.operations.retention import expire_emails
from domain.ports import Mailer
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import EmailEvent
from tests.builders import NOW, Shop
from tests.mail_server import MailServer
from tests.operations.emails import log, order, template
from tests.operations.expecting import refused

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D7")]


async def events(shop: Shop) -> list[str]:
    """What has caused e-mails."""
    return [row["event"] for row in await shop.rows("SELECT event FROM email_deliveries ORDER BY id")]


async def test_an_order_that_goes_into_back_order_is_told_once_however_often_it_changes(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await template(shop, EmailEvent.OUT_OF_STOCK, subject="{{ order.number }} waits")
    await shop.stock(TEA=5)
    await order(shop, "SO-1", TEA=5)
    assert await events(shop) == []

    for units in (3, 0, 4):
        await shop.stock(TEA=units)
    sent = [await send_due_emails(database=shop.database, mailer=mailer, now=NOW) for _ in range(3)]

    assert sent == [1, 0, 0]
    assert await log(shop) == [("OUT_OF_STOCK", 1, "SENT", 1, None)]
    (message,) = mail.taken
    assert (message["To"], message["From"]) == ("ann@home.example", "Acme <orders@acme.example>")
    assert message["Subject"] == "SO-1 waits"
    assert message["Message-ID"] == f"<backfill.{shop.client_id}.1@acme.example>"
    assert message.get_content().replace("\r", "") == "Order SO-1 of Acme:\n- 5 Tea, 1 to come\n"


async def test_an_order_that_leaves_back_order_and_comes_back_is_told_again(shop: Shop) -> None:
    await template(shop, EmailEvent.OUT_OF_STOCK)
    await shop.stock(TEA=5)
    await order(shop, "SO-1", TEA=5)

    for units in (3, 5, 2):
        await shop.stock(TEA=units)

    assert await events(shop) == ["OUT_OF_STOCK", "OUT_OF_STOCK"]


async def test_an_order_that_is_short_from_its_first_moment_is_told(shop: Shop) -> None:
    await template(shop, EmailEvent.OUT_OF_STOCK)

    await shop.order("SO-1", TEA=5)

    assert await log(shop) == [("OUT_OF_STOCK", 1, "SKIPPED", 0, "The order has no e-mail address.")]


async def test_each_event_sends_the_template_that_is_assigned_to_it(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await template(shop, EmailEvent.DELAYED, subject="until {{ order.delayed_until | date }}")
    await template(shop, EmailEvent.CANCELLED)
    await template(
        shop,
        EmailEvent.SHIPPED,
        subject="{{ dispatch.number }}: {% for line in dispatch.lines %}{{ line.quantity }} {{ line.sku }}"
        "{% endfor %}",
    )
    await template(
        shop,
        EmailEvent.PROMISE_CHANGED,
        subject="{{ order.promised_at | date }}, not {{ previously_promised_at | date }}",
    )
    await shop.stock(TEA=2)
    shipped = await order(shop, "SO-1", TEA=2)
    dispatch = await shop.dispatch(shipped, TEA=2)
    waiting = await order(shop, "SO-2", TEA=3)
    await shop.purchase_order("PO-1", expected_at=NOW + timedelta(days=9), TEA=3)
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)
    assert mail.subjects == ["2026-03-11, not"]
    mail.taken.clear()

    await shop.purchase_order("PO-2", expected_at=NOW + timedelta(days=4), TEA=3)
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)
    await ship_dispatch(shop.command(), dispatch_id=dispatch)
    await ship_dispatch(shop.command(), dispatch_id=dispatch)
    await delay_order(shop.command(), order_id=waiting, until=NOW + timedelta(days=2), expected_version=None)
    await shop.cancel("SO-2")
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)

    assert mail.subjects == [
        "2026-03-06, not 2026-03-11",
        "CANCELLED SO-2",
        "D1-1: 2 TEA",
        "until 2026-03-04",
    ]


async def test_a_promise_that_is_kept_is_not_told_as_one_that_is_gone(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await template(
        shop, EmailEvent.PROMISE_CHANGED, subject="{{ order.number }} {{ order.promised_at | date }}"
    )
    for number in ("SO-1", "SO-2"):
        await order(shop, number, TEA=3)
    bought, (line,) = await shop.purchase_order("PO-1", expected_at=NOW + timedelta(days=9), TEA=6)
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)
    assert mail.subjects == ["SO-1 2026-03-11", "SO-2 2026-03-11"]
    mail.taken.clear()

    await shop.receive(bought, {line: 3})
    await cancel_purchase_order_line(shop.command(), line_id=line)
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)

    assert mail.subjects == ["SO-2"]


async def test_an_order_that_is_delayed_for_ever_is_told_wherever_its_client_is(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await shop.settings(time_zone="Asia/Tokyo")
    await template(shop, EmailEvent.DELAYED, subject="until {{ order.delayed_until | date }}")
    await shop.stock(TEA=2)
    waiting = await order(shop, "SO-1", TEA=2)
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

    await delay_order(shop.command(), order_id=waiting, until=never, expected_version=None)
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)

    assert mail.subjects == ["until 9999-12-31"]


async def test_what_a_vendor_ships_is_told_as_shipped(shop: Shop) -> None:
    await template(shop, EmailEvent.SHIPPED)
    (line,) = await shop.lines_of(await order(shop, "SO-1", TEA=2))
    left = await dropship_order_line(shop.command(), line_id=line, terms=VendorTerms())
    (ordered,) = await shop.tuples("SELECT id FROM purchase_order_lines")

    for _ in range(2):
        await shop.receive(left.purchase_order_id, {ordered[0]: 1})

    assert await shop.tuples("SELECT event, dispatch_id FROM email_deliveries") == [("SHIPPED", None)] * 2


async def test_without_an_assigned_template_nothing_is_recorded(shop: Shop, other: Shop) -> None:
    await template(other, EmailEvent.OUT_OF_STOCK)
    unassigned = await template(shop, EmailEvent.OUT_OF_STOCK)
    await assign_email_template(shop.command(), event=EmailEvent.OUT_OF_STOCK, template_id=None)

    await shop.order("SO-1", TEA=1)

    assert await log(shop) == []
    assert await shop.value("SELECT count(*) FROM email_templates WHERE id = $1", unassigned) == 1


async def test_what_is_rolled_back_is_not_told(shop: Shop) -> None:
    await template(shop, EmailEvent.CANCELLED)
    order_id = await order(shop, "SO-1", TEA=1)
    await shop.stock(TEA=1)
    await shop.dispatch(order_id, TEA=1)

    async with refused(shop, ErrorCode.DISPATCH_EXISTS, "salesOrderNumber"):
        await shop.cancel("SO-1")

    assert await log(shop) == []


async def test_the_log_forgets_old_e_mails_but_none_that_is_still_to_be_sent(shop: Shop) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    await order(shop, "SO-2", None, TEA=1)
    await shop.cancel("SO-1")
    await shop.cancel("SO-2")

    await expire_emails(database=shop.database, now=NOW + timedelta(days=91), keep=timedelta(days=90))

    assert [status for _, _, status, _, _ in await log(shop)] == ["PENDING"]
