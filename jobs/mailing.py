"""The domain's `Mailer` port, on SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
)

from domain.ports import Email, EmailNotSentError, EmailRefusedError
from domain.settings import Settings

_SECONDS = 30.0
"""How long the server may take for one e-mail."""

_CONNECTIONS = 5
"""Most connections to the server: many refuse more from one client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where e-mails go; with `tls` it is spoken from the start, else as soon as the server offers it."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None = field(repr=False)


class SmtpMailer:
    """Sends each e-mail over a connection of its own, a few at once."""

    def __init__(self, server: Server, *, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._turn = asyncio.Semaphore(_CONNECTIONS)

    @classmethod
    def of(cls, settings: Settings) -> SmtpMailer | None:
        """The mailer that the settings name; None when they name no server or no sender."""
        if settings.smtp_url is None or settings.smtp_sender is None:
            return None
        parts = urlsplit(settings.smtp_url.get_secret_value())
        tls = parts.scheme == "smtps"
        server = Server(
            host=parts.hostname or "",
            port=parts.port or (465 if tls else 587),
            tls=tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )
        return cls(server, sender=settings.smtp_sender)

    async def send(self, email: Email) -> None:
        """Return once the server has taken it. Raises EmailNotSentError, EmailRefusedError."""
        message = self._message(email)
        try:
            async with self._turn, asyncio.timeout(_SECONDS), self._session() as smtp:
                await smtp.send_message(message)
        except (SMTPException, OSError, ValueError) as error:
            kind = EmailRefusedError if _is_final(error) else EmailNotSentError
            raise kind(f"The mail server did not take it: {_told(error)}") from error

    async def problem(self) -> str | None:
        """What keeps the server from letting us in; None when nothing does."""
        try:
            async with asyncio.timeout(_SECONDS), self._session():
                return None
        except (SMTPException, OSError, ValueError) as error:
            return f"The mail server does not let us in: {_told(error)}"

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[SMTP]:
        server = self._server
        smtp = SMTP(hostname=server.host, port=server.port, use_tls=server.tls, timeout=_SECONDS / 2)
        async with smtp:
            if server.username is not None:
                await smtp.login(server.username, server.password or "")
            yield smtp

    def _message(self, email: Email) -> EmailMessage:
        message = EmailMessage()
        try:
            message["To"] = Address(addr_spec=email.recipient)
        except (ValueError, IndexError) as error:
            raise EmailRefusedError(f"{email.recipient!r} is no e-mail address.") from error
        message["From"] = self._sender
        message["Subject"] = email.subject
        domain = parseaddr(self._sender)[1].partition("@")[2]
        message["Message-ID"] = f"<backfill.{email.reference}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(email.body)
        return message


def _is_final(error: SMTPException | OSError | ValueError) -> bool:
    """Whether the server refused this e-mail for good, and not us, or only for now."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(refused.code >= 500 for refused in error.recipients)
    return isinstance(error, SMTPNotSupported | ValueError) or (
        isinstance(error, SMTPDataError) and error.code >= 500
    )


def _told(error: SMTPException | OSError | ValueError) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        return "; ".join(f"{refused.code} {refused.message}" for refused in error.recipients)
    return str(error) or type(error).__name__
