"""A mail server, and what sends to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from domain.ports import Mailer
from jobs.mailing import Server, SmtpMailer
from tests.mail_server import MailServer, mail_server


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
def mailer(mail: MailServer) -> Mailer:
    server = Server(host="127.0.0.1", port=mail.port, tls=False, username=None, password=None)
    return SmtpMailer(server, sender="Acme <orders@acme.example>")
