"""The domain's `Mailer` port, on SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from ssl import SSLError
from urllib.parse import unquote, urlsplit

import idna
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from domain.ports import Email, EmailNotSentError, EmailRefusedError
from domain.settings import Settings

CONNECTIONS = 5
"""Most connections of one worker to the server: many refuse more from one client."""

_LET_IN_SECONDS = 30.0
"""How long the server may take to let us in."""

_TAKE_SECONDS = 180.0
"""How long it may take for an e-mail then. It may look through it for long before it says that it has it, and
whoever hangs up meanwhile sends it once more."""

_LEAVE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where e-mails go; with `tls` it is spoken from the start, else as soon as the server offers it."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None = field(repr=False)


class SmtpMailer:
    """Sends each e-mail over a connection of its own."""

    def __init__(self, server: Server, *, sender: str, let_in_seconds: float = _LET_IN_SECONDS) -> None:
        self._server = server
        self._sender = sender
        self._let_in_seconds = let_in_seconds

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
            async with self._session() as smtp, asyncio.timeout(_TAKE_SECONDS):
                await smtp.send_message(message, timeout=_TAKE_SECONDS)
        except (SMTPException, OSError, ValueError) as error:
            kind = EmailRefusedError if _is_final(error) else EmailNotSentError
            raise kind(f"The mail server did not take it: {_told(error)}") from error

    async def problem(self) -> str | None:
        """What keeps the server from letting us in; None when nothing does."""
        try:
            async with self._session():
                return None
        except (SMTPException, OSError, ValueError) as error:
            return f"The mail server does not let us in: {_told(error)}"

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[SMTP]:
        server = self._server
        seconds = self._let_in_seconds
        smtp = SMTP(hostname=server.host, port=server.port, use_tls=server.tls, timeout=seconds)
        try:
            async with asyncio.timeout(seconds):
                await smtp.connect()
                if server.username is not None:
                    await smtp.login(server.username, server.password or "")
            yield smtp
            # What was taken is taken, however the server says goodbye.
            with suppress(SMTPException, OSError):
                async with asyncio.timeout(_LEAVE_SECONDS):
                    await smtp.quit()
        finally:
            smtp.close()

    def _message(self, email: Email) -> EmailMessage:
        message = EmailMessage()
        try:
            message["To"] = Address(addr_spec=_with_ascii_domain(email.recipient))
        except _NO_ADDRESS as error:
            raise EmailRefusedError(f"{email.recipient!r} is no e-mail address.") from error
        message["From"] = self._sender
        message["Subject"] = email.subject
        message["Date"] = datetime.now(UTC)
        domain = parseaddr(self._sender)[1].partition("@")[2]
        message["Message-ID"] = f"<backfill.{email.reference}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(email.body)
        return message


def _with_ascii_domain(address: str) -> str:
    """The address with its domain as DNS knows it: few servers take it in other letters."""
    local, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{idna.encode(domain, uts46=True).decode()}"


_NO_ADDRESS = (ValueError, IndexError, AttributeError, MessageError)
"""What Python's reader of addresses raises, depending on where it gets lost."""


def _is_final(error: SMTPException | OSError | ValueError) -> bool:
    """Whether the server refused this e-mail for good, and not us, or only for now."""
    if isinstance(error, SSLError):
        # A certificate that is no good is a ValueError, too, and says nothing of the e-mail.
        return False
    if isinstance(error, SMTPRecipientsRefused):
        return all(refused.code >= 500 for refused in error.recipients)
    return isinstance(error, SMTPNotSupported | ValueError) or (
        isinstance(error, SMTPDataError) and error.code >= 500
    )


def _told(error: SMTPException | OSError | ValueError) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        return "; ".join(f"{refused.code} {refused.message}" for refused in error.recipients)
    if isinstance(error, SMTPResponseException):
        # Where it is below zero there was no code.
        return error.message if error.code < 0 else f"{error.code} {error.message}"
    return str(error) or type(error).__name__
