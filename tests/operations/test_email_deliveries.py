"""E-mails to customers: caused once, sent when they can be, and every one of them in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.operations.dispatches import ship_dispatch
from domain.operations.dropship_orders import VendorTerms, dropship_order_line
from domain.operations.edit_orders import delay_order
from domain.operations.email_deliveries import retry_email_delivery, send_due_emails
from domain.operations.email_templates import (
    assign_email_template,
    delete_email_template,
    save_email_template,
)
from domain.operations.retention import expire_emails
from domain.ports import Mailer
from domain.rules.email_retry import MOST_ATTEMPTS
from domain.rules.refusals import ErrorCode
from domain.rules.vocabulary import EmailEvent
from jobs.mailing import Server, SmtpMailer
from tests.builders import MAIN, NOW, Shop
from tests.mail_server import MailServer, mail_server
from tests.operations.expecting import refused

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D7")]

BODY = """Order {{ order.number }} of {{ client }}:
{% for line in order.lines %}
- {{ line.requested }} {{ line.name }}, {{ line.back_ordered }} to come
{% endfor %}
"""


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
def mailer(mail: MailServer) -> Mailer:
    server = Server(host="127.0.0.1", port=mail.port, tls=False, username=None, password=None)
    return SmtpMailer(server, sender="Acme <orders@acme.example>")


async def template(shop: Shop, *events: EmailEvent, subject: str = "", body: str = BODY) -> int:
    """A template that is sent for these events; its id."""
    saved = await save_email_template(
        shop.command(),
        template_id=None,
        name=f"For {' and '.join(events)}",
        subject=subject or f"{events[0]} {{{{ order.number }}}}",
        body=body,
    )
    assert saved.template_id is not None
    for event in events:
        await assign_email_template(shop.command(), event=event, template_id=saved.template_id)
    return saved.template_id


async def order(shop: Shop, number: str, email: str | None = "ann@home.example", **units: int) -> int:
    """An order whose customer has this address."""
    order_id = await shop.order(number, MAIN, now=NOW, priority=0, **units)
    await shop.write("UPDATE orders SET email = $1 WHERE id = $2", email, order_id)
    return order_id


async def log(shop: Shop) -> list[tuple[object, ...]]:
    """The delivery log."""
    return await shop.tuples(
        "SELECT event, order_id, status, attempts, reason FROM email_deliveries ORDER BY id"
    )


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
        "D1: 2 TEA",
        "until 2026-03-04",
    ]


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


async def test_a_server_that_fails_at_first_is_tried_again_and_later_each_time(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    await shop.cancel("SO-1")
    mail.answers = ["451 Try again later", "421 Too busy"]
    seconds = [0, 29, 30, 89, 90, 1000]

    tried = [
        await send_due_emails(database=shop.database, mailer=mailer, now=NOW + timedelta(seconds=second))
        for second in seconds
    ]

    assert tried == [1, 0, 1, 0, 1, 0]
    assert mail.subjects == ["CANCELLED SO-1"]
    assert await log(shop) == [("CANCELLED", 1, "SENT", 3, None)]


async def test_a_server_that_never_answers_is_given_up_in_the_end_and_can_be_retried(
    shop: Shop, mail: MailServer
) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    await shop.cancel("SO-1")
    nobody = SmtpMailer(
        Server(host="127.0.0.1", port=9, tls=False, username=None, password=None), sender="a@acme.example"
    )

    for hours in range(MOST_ATTEMPTS + 3):
        await send_due_emails(database=shop.database, mailer=nobody, now=NOW + timedelta(hours=2 * hours))

    ((_, _, status, attempts, reason),) = await log(shop)
    assert (status, attempts) == ("FAILED", MOST_ATTEMPTS)
    assert str(reason).startswith("The mail server did not take it: ")

    await retry_email_delivery(shop.command(), delivery_id=1)
    server = Server(host="127.0.0.1", port=mail.port, tls=False, username=None, password=None)
    again = SmtpMailer(server, sender="a@acme.example")
    assert await send_due_emails(database=shop.database, mailer=again, now=NOW) == 1
    assert await log(shop) == [("CANCELLED", 1, "SENT", 1, None)]
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id", says="sent already"):
        await retry_email_delivery(shop.command(), delivery_id=1)


async def test_an_e_mail_that_is_refused_for_good_is_not_tried_again(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", "ann@home.example", TEA=1)
    await order(shop, "SO-2", "ann, bob@home.example", TEA=1)
    await shop.cancel("SO-1")
    await shop.cancel("SO-2")
    mail.answers = ["554 No spam, please"]

    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)

    assert await log(shop) == [
        ("CANCELLED", 1, "FAILED", 1, "The mail server did not take it: (554, 'No spam, please')"),
        ("CANCELLED", 2, "FAILED", 1, "'ann, bob@home.example' is no e-mail address."),
    ]
    assert mail.taken == []


async def test_workers_that_look_at_the_same_time_send_each_e_mail_once(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await template(shop, EmailEvent.OUT_OF_STOCK)
    await shop.stock(TEA=60)
    for number in range(60):
        await order(shop, f"SO-{number:02}", TEA=1)
    await shop.stock(TEA=0)

    tried = await asyncio.gather(
        *(send_due_emails(database=shop.database, mailer=mailer, now=NOW) for _ in range(6))
    )

    assert sum(tried) == 60
    assert mail.subjects == [f"OUT_OF_STOCK SO-{number:02}" for number in range(60)]


async def test_an_e_mail_whose_worker_died_is_sent_by_another_one_under_the_same_message_id(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    await shop.cancel("SO-1")

    class Dying:
        async def send(self, email: object) -> None:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await send_due_emails(database=shop.database, mailer=Dying(), now=NOW)
    assert await send_due_emails(database=shop.database, mailer=mailer, now=NOW + timedelta(minutes=4)) == 0
    assert await send_due_emails(database=shop.database, mailer=mailer, now=NOW + timedelta(minutes=6)) == 1

    assert await log(shop) == [("CANCELLED", 1, "SENT", 2, None)]
    assert [message["Message-ID"] for message in mail.taken] == [
        f"<backfill.{shop.client_id}.1@acme.example>"
    ]


async def test_without_a_mail_server_e_mails_wait_and_the_log_says_so(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    await shop.cancel("SO-1")

    await send_due_emails(database=shop.database, mailer=None, now=NOW)

    ((_, _, status, attempts, reason),) = await log(shop)
    assert (status, attempts) == ("PENDING", 0)
    assert "BACKFILL_SMTP_URL" in str(reason)
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)
    assert await log(shop) == [("CANCELLED", 1, "SENT", 1, None)]


async def test_a_deleted_template_skips_what_was_not_sent_and_an_order_without_address_stays_skipped(
    shop: Shop, mail: MailServer, mailer: Mailer
) -> None:
    template_id = await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    unknown = await order(shop, "SO-2", None, TEA=1)
    await shop.cancel("SO-1")
    await shop.cancel("SO-2")
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id", says="still has no e-mail address"):
        await retry_email_delivery(shop.command(), delivery_id=2)
    await shop.write("UPDATE orders SET email = 'bob@home.example' WHERE id = $1", unknown)
    await retry_email_delivery(shop.command(), delivery_id=2)
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)
    assert sorted(message["To"] for message in mail.taken) == ["ann@home.example", "bob@home.example"]

    await order(shop, "SO-3", TEA=1)
    await shop.cancel("SO-3")
    await delete_email_template(shop.command(), template_id=template_id)
    await send_due_emails(database=shop.database, mailer=mailer, now=NOW)

    assert (await log(shop))[2] == ("CANCELLED", 3, "SKIPPED", 1, "Its template was deleted.")
    async with refused(shop, ErrorCode.NOTHING_TO_DO, "id", says="deleted"):
        await retry_email_delivery(shop.command(), delivery_id=3)


async def test_an_e_mail_of_another_client_can_not_be_sent_again(shop: Shop, other: Shop) -> None:
    await template(other, EmailEvent.CANCELLED)
    await order(other, "SO-1", None, TEA=1)
    await other.cancel("SO-1")

    async with refused(shop, ErrorCode.NOT_FOUND, "id"):
        await retry_email_delivery(shop.command(), delivery_id=1)


async def test_the_log_forgets_old_e_mails_but_none_that_is_still_to_be_sent(shop: Shop) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    await order(shop, "SO-2", None, TEA=1)
    await shop.cancel("SO-1")
    await shop.cancel("SO-2")

    await expire_emails(database=shop.database, now=NOW + timedelta(days=91), keep=timedelta(days=90))

    assert [status for _, _, status, _, _ in await log(shop)] == ["PENDING"]
