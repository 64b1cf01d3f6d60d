"""Mail servers as they are: slow, rude, badly set up; and addresses that are none (D7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from domain.ports import Email, EmailNotSentError, EmailRefusedError
from jobs.mailing import Server, SmtpMailer
from tests.mail_server import MailServer, mail_server
from tests.simulating import HOST, self_signed

pytestmark = [pytest.mark.anyio, pytest.mark.rule("D7")]


def mailer(mail: MailServer, *, let_in_seconds: float = 5) -> SmtpMailer:
    server = Server(host=HOST, port=mail.port, tls=False, username=None, password=None)
    return SmtpMailer(server, sender="Acme <orders@acme.example>", let_in_seconds=let_in_seconds)


def email(recipient: str = "ann@home.example") -> Email:
    return Email(recipient=recipient, subject="SO-1", body="Sorry.\n", reference="1.1")


async def test_a_server_that_looks_through_an_e_mail_for_long_is_waited_for() -> None:
    async with mail_server() as mail:
        mail.looks_through = {"SO-1": 1.5}

        await mailer(mail, let_in_seconds=1).send(email())

    assert mail.subjects == ["SO-1"]


async def test_what_a_server_has_taken_is_sent_however_it_says_goodbye() -> None:
    async with mail_server() as mail:
        mail.rude = True

        await mailer(mail).send(email())

    assert mail.subjects == ["SO-1"]


async def test_a_certificate_that_is_no_good_is_no_fault_of_the_e_mail(tmp_path: Path) -> None:
    async with mail_server(tls=self_signed(tmp_path)) as mail:
        with pytest.raises(EmailNotSentError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            await mailer(mail).send(email())

    assert not isinstance(caught.value, EmailRefusedError)
    assert mail.taken == []


@pytest.mark.parametrize(
    "address",
    ["@", "a@b@c", "ann@home..example", "Ann <ann@home.example>", "a,b@home.example", "ann@é..b", "\\@[@;;"],
)
async def test_what_is_no_address_is_refused_as_such(address: str) -> None:
    async with mail_server() as mail:
        with pytest.raises(EmailRefusedError) as caught:
            await mailer(mail).send(email(address))

    assert str(caught.value) == f"{address!r} is no e-mail address."
    assert mail.taken == []


async def test_a_domain_in_other_letters_is_written_as_every_server_takes_it() -> None:
    async with mail_server() as mail:
        await mailer(mail).send(email("ann@müller.example"))

    assert [message["To"] for message in mail.taken] == ["ann@xn--mller-kva.example"]


async def test_an_e_mail_says_when_it_was_sent() -> None:
    async with mail_server() as mail:
        await mailer(mail).send(email())

    (taken,) = mail.taken
    assert datetime.now(UTC) - parsedate_to_datetime(taken["Date"]) < timedelta(minutes=1)


async def test_an_answer_of_the_server_is_told_as_it_was() -> None:
    async with mail_server() as mail:
        mail.answers = ["554 5.7.1 No such words here"]
        with pytest.raises(EmailRefusedError) as caught:
            await mailer(mail).send(email())

    assert str(caught.value) == "The mail server did not take it: 554 5.7.1 No such words here"
