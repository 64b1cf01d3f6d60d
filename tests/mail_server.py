"""A mail server of the tests' own, that can refuse what it is sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


# No slots: aiosmtpd reads every member, and in some Pythons a slotted dataclass has one that it can't.
@dataclass
class MailServer:
    """`answers` are its answers to the next e-mails; when none is left, it takes them all.

    Who logs in needs the `password`; nobody has to. `logins` tells of each attempt whether it was right.
    It looks through each e-mail for as long as `looks_through` says for its subject, and answers no QUIT
    while it is `rude`.
    """

    password: str = ""
    port: int = 0
    logins: list[bool] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    looks_through: dict[str, float] = field(default_factory=dict)
    rude: bool = False
    refused: int = 0
    taken: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def subjects(self) -> list[str]:
        """The subjects of what it has taken, sorted: e-mails of one batch come in any order."""
        return sorted(message["Subject"] for message in self.taken)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: object
    ) -> AuthResult:
        """What aiosmtpd calls with each login."""
        right = isinstance(login, LoginPassword) and login.password == self.password.encode()
        self.logins.append(right)
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """What aiosmtpd calls with each e-mail."""
        if self.answers:
            self.refused += 1
            return self.answers.pop(0)
        content = envelope.content
        message = message_from_bytes(content if isinstance(content, bytes) else b"", policy=policy.default)
        self.taken.append(message)
        await asyncio.sleep(self.looks_through.get(message["Subject"], 0))
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """What aiosmtpd calls when somebody leaves."""
        if self.rude:
            await asyncio.sleep(60)
        return "221 Bye"


@asynccontextmanager
async def mail_server(*, password: str = "", tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    """A server on a free port of this machine; with `tls` it offers that."""
    mail = MailServer(password=password)
    loop = asyncio.get_running_loop()

    def conversation() -> SMTP:
        return SMTP(
            mail,
            loop=loop,
            hostname="localhost",
            authenticator=mail.authenticate,
            auth_require_tls=False,
            tls_context=tls,
        )

    server = await loop.create_server(conversation, "127.0.0.1", 0)
    try:
        mail.port = server.sockets[0].getsockname()[1]
        yield mail
    finally:
        server.close()
        await server.wait_closed()
