"""E-mails are sent when they can be, once, whatever the mail server and the workers do (D7)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.operations.email_deliveries import retry_email_delivery, send_due_emails
from domain.operations.email_templates import (
    delete_email_template,
)
from domain.ports import Email, EmailRefusedError, Mailer
from domain.rules.refusals import ErrorCode
from domain.rules.retrying import MOST_EMAIL_ATTEMPTS
from domain.rules.vocabulary import EmailEvent
from jobs.mailing import Server, SmtpMailer
from tests.builders import NOW, Shop
from tests.mail_server import MailServer
from tests.operations.emails import log, order, template
from tests.operations.expecting import refused

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D7")]


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

    for hours in range(MOST_EMAIL_ATTEMPTS + 3):
        await send_due_emails(database=shop.database, mailer=nobody, now=NOW + timedelta(hours=2 * hours))

    ((_, _, status, attempts, reason),) = await log(shop)
    assert (status, attempts) == ("FAILED", MOST_EMAIL_ATTEMPTS)
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
        ("CANCELLED", 1, "FAILED", 1, "The mail server did not take it: 554 No spam, please"),
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


async def test_what_an_unexpected_error_ends_is_tried_again_for_no_longer_than_anything_else(
    shop: Shop,
) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    await shop.cancel("SO-1")

    class Broken:
        async def send(self, email: object) -> None:
            raise RuntimeError("secret")

    with pytest.raises(RuntimeError):
        await send_due_emails(database=shop.database, mailer=Broken(), now=NOW)

    why = "An unexpected error ended it: RuntimeError. The log tells more."
    assert await log(shop) == [("CANCELLED", 1, "PENDING", 1, why)]
    for hours in range(1, MOST_EMAIL_ATTEMPTS):
        with pytest.raises(RuntimeError):
            await send_due_emails(
                database=shop.database, mailer=Broken(), now=NOW + timedelta(hours=2 * hours)
            )
    assert await log(shop) == [("CANCELLED", 1, "FAILED", MOST_EMAIL_ATTEMPTS, why)]


class LateMailer:
    """Says what became of an e-mail only when it may."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self._error = error

    async def send(self, email: Email) -> None:
        """Take the e-mail, or raise the error."""
        self.asked.set()
        await self.may_answer.wait()
        if self._error is not None:
            raise self._error


async def test_what_became_of_an_e_mail_that_was_sent_again_meanwhile_is_not_told_of_the_new_one(
    shop: Shop,
) -> None:
    await template(shop, EmailEvent.CANCELLED)
    await order(shop, "SO-1", TEA=1)
    await shop.cancel("SO-1")
    old, new = LateMailer(EmailRefusedError("550 No such mailbox")), LateMailer()

    first = asyncio.create_task(send_due_emails(database=shop.database, mailer=old, now=NOW))
    await old.asked.wait()
    await retry_email_delivery(shop.command(), delivery_id=1)
    second = asyncio.create_task(
        send_due_emails(database=shop.database, mailer=new, now=NOW + timedelta(seconds=1))
    )
    await new.asked.wait()
    for mailer, sending in ((old, first), (new, second)):
        mailer.may_answer.set()
        await sending

    assert await log(shop) == [("CANCELLED", 1, "SENT", 1, None)]


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
