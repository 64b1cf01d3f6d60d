"""Refusals of authority, as the audit trail and the log have them: told, and yet nobody can fill either.

Each kind of refusal of each holder passes once a minute, and of all those of a client 60 at once and one more
a minute; what did not pass is counted in the next entry that does. Every process counts by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from msgspec.structs import replace

from api.seldom import Ration, Seldom
from domain.operations.recording_refusals import Refused, record_refusal
from domain.ports import Authority, RefusedToken
from domain.store.database import Database
from domain.store.event_log import DATABASE_ERRORS

log = structlog.get_logger()

_SECONDS = 60.0
_AT_ONCE = 60
_EVENTS = {
    "ROLE_REFUSED": "graphql.forbidden",
    "ID_REFUSED": "graphql.id_refused",
    "TOKEN_REFUSED": "auth.token_refused",
}
"""How the log calls them."""

_LONGEST_SECONDS = 1.0
"""How long a refusal may wait for its entry; who is refused can wait for that, and no longer."""


class RefusalTrail:
    """Records refusals of authority, seldom."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and never goes back."""
        self._seldom = Seldom(every_seconds=_SECONDS, clock=clock)
        self._ration = Ration(at_once=_AT_ONCE, every_seconds=_SECONDS, clock=clock)
        self._not_recorded: Counter[int] = Counter()
        """By client: those whose turn it was, had there been room."""

    async def role_refused(
        self, database: Database, authority: Authority, *, field: str, takes: list[str], now: datetime
    ) -> None:
        """The role does not suffice for a field of the root."""
        await self._authority_refused(
            database,
            authority,
            action="ROLE_REFUSED",
            field=field,
            why=f"it takes {' or '.join(takes)}, not {authority.role}",
            details={"role": authority.role, "takes": takes},
            now=now,
        )

    async def id_refused(
        self, database: Database, authority: Authority, *, field: str, argument: str, id_: str, now: datetime
    ) -> None:
        """An id was named that the client has not: another client's, or of what is no more."""
        await self._authority_refused(
            database,
            authority,
            action="ID_REFUSED",
            field=field,
            why="this client has nothing with the id that was named",
            details={"argument": argument, "id": id_},
            now=now,
        )

    async def token_refused(
        self, database: Database, token: RefusedToken, *, source: str | None, now: datetime
    ) -> None:
        """A token opens nothing any more, or nothing here, and it is certain whose it is."""
        if token.client_id is None:
            return
        await self._tell(
            database,
            Refused(
                client_id=token.client_id,
                actor=token.actor,
                source=source,
                action="TOKEN_REFUSED",
                summary=f"A token was refused: {token.reason}.",
                details={"reason": token.reason},
            ),
            key=(token.actor, token.reason),
            now=now,
        )

    async def _authority_refused(
        self,
        database: Database,
        authority: Authority,
        *,
        action: str,
        field: str,
        why: str,
        details: Mapping[str, object],
        now: datetime,
    ) -> None:
        """Somebody who was admitted may not use a field of the root, or not so."""
        refused = Refused(
            client_id=authority.client_id,
            actor=authority.actor,
            source=authority.source,
            action=action,
            summary=f"{field} was refused: {why}.",
            details={"field": field, **details},
        )
        await self._tell(database, refused, key=(authority.holder, field), now=now)

    async def _tell(
        self, database: Database, refused: Refused, *, key: tuple[str, str], now: datetime
    ) -> None:
        """Record it, if it is its turn. An entry that can't be written is lost, and the log says so."""
        client_id = refused.client_id
        before = self._seldom.passes((client_id, refused.action, *key))
        if before is None:
            return
        if not self._ration.passes(client_id):
            self._not_recorded[client_id] += before + 1
            return
        before += self._not_recorded.pop(client_id, 0)
        told = replace(refused, details={**refused.details, "notRecordedBefore": before})
        log.warning(
            _EVENTS[told.action],
            client_id=client_id,
            actor=told.actor,
            source=told.source,
            **told.details,
        )
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                await record_refusal(database, refused=told, now=now)
        except DATABASE_ERRORS as error:
            log.warning("auth.refusal_not_recorded", action=told.action, error=repr(error))
