"""Telling customers: e-mails that are due go to the mail server (D7).

Every worker looks every second at what is committed, and at nothing else. A job has one e-mail under way, and
a worker a few such jobs: an e-mail that the mail server takes its time for holds up no other, and none waits
longer than the time in which it is this worker's.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from domain.operations.email_deliveries import send_due_emails
from domain.ports import Mailer
from domain.store.database import CONNECTION_ERRORS, Database

log = structlog.get_logger()


_LONGEST = timedelta(seconds=60)
"""After this long a job leaves the rest to the next one."""


class Notifier:
    """Sends e-mails for one worker; without a mailer they wait, and the delivery log says so."""

    def __init__(self, *, database: Database, mailer: Mailer | None, stopping: asyncio.Event) -> None:
        self._database = database
        self._mailer = mailer
        self._stopping = stopping

    @property
    def looks_at(self) -> set[int]:
        """The seconds of every minute to look at: it is enough to say once a minute that all wait."""
        return {0} if self._mailer is None else set(range(60))

    async def notify(self) -> None:
        """Send what is due now, one e-mail after the other."""
        until = datetime.now(UTC) + _LONGEST
        tried = 0
        try:
            while not self._stopping.is_set() and (now := datetime.now(UTC)) < until:
                if not await send_due_emails(database=self._database, mailer=self._mailer, now=now, limit=1):
                    break
                tried += 1
        except CONNECTION_ERRORS as error:
            log.warning("notify.database_lost", error=str(error) or type(error).__name__)
        finally:
            if tried:
                log.info("notify.tried", emails=tried)
