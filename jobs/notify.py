"""Telling customers: e-mails that are due go to the mail server (D7).

Every worker looks every second at what is committed, and at nothing else; a batch that takes longer than
that does not keep others from sending what is due besides.
"""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from domain.operations.email_deliveries import send_due_emails
from domain.ports import Mailer
from domain.store.database import CONNECTION_ERRORS, Database

log = structlog.get_logger()


class Notifier:
    """Sends e-mails for one worker; without a mailer they wait, and the delivery log says so."""

    def __init__(self, *, database: Database, mailer: Mailer | None) -> None:
        self._database = database
        self._mailer = mailer

    async def notify(self) -> None:
        """Send what is due now, a batch of it."""
        try:
            tried = await send_due_emails(database=self._database, mailer=self._mailer, now=datetime.now(UTC))
        except CONNECTION_ERRORS as error:
            log.warning("notify.database_lost", error=str(error) or type(error).__name__)
        else:
            if tried:
                log.info("notify.tried", emails=tried)
