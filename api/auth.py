"""Who asks: tokens become authorities, and stop being some within seconds of being revoked or expiring."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Set
from datetime import UTC, datetime
from hashlib import sha256

import structlog

from api.oidc.issuer import Issuer
from api.realtime.groups import Groups
from api.refusal_trail import RefusalTrail
from api.seldom import Seldom
from domain.bootstrap import authenticate, valid_token_ids
from domain.ports import Authority, Credential, IssuedToken, RefusedToken
from domain.store.database import Database

log = structlog.get_logger()

# Any visible characters: the token of a first start is of the operator's own choosing. An issuer's tokens
# hold what it knows of somebody, and are much longer than ours.
_BEARER = re.compile(r"(?i:bearer) +([!-~]{1,8192})")


def bearer_token(authorization: object) -> str | None:
    """The token in the value of an Authorization header; None when it holds none."""
    found = _BEARER.fullmatch(authorization.strip()) if isinstance(authorization, str) else None
    return found[1] if found else None


class Authenticator:
    """Authenticates tokens; each is looked up, or its signature checked, once in a few seconds.

    So a request costs nothing of that, and a revoked or expired token is good for `keep_seconds` at most.
    Tokens that are not valid are looked up every time.
    """

    def __init__(
        self,
        database: Database,
        *,
        issuer: Issuer | None = None,
        refusals: RefusalTrail | None = None,
        keep_seconds: float = 3.0,
        capacity: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Tokens of the issuer are taken beside our own; `clock` gives seconds and never goes back."""
        self._database = database
        self._issuer = issuer
        self._trail = refusals or RefusalTrail()
        self._keep_seconds = keep_seconds
        self._capacity = capacity
        self._clock = clock
        # By hash, oldest first: nothing that could be stolen lies in memory longer than a request.
        self._known: dict[bytes, tuple[Authority, float]] = {}
        self._refusals = Seldom(clock=clock)

    async def authority(self, token: str | None, *, source: str | None) -> Authority | None:
        """What the holder of the token may do; None when it is not valid.

        Raises one of DATABASE_ERRORS, or IssuerAwayError, when that can't be found out.
        """
        if token is None:
            return None
        known = self.known(token, source=source)
        if known is not None:
            return known
        now = datetime.now(UTC)
        found = await self._found(token, now=now)
        if isinstance(found, RefusedToken):
            self._tell_refused(found, source)
            await self._trail.token_refused(self._database, found, source=source, now=now)
            return None
        self._remember(sha256(token.encode()).digest(), found)
        return found.asking_from(source)

    async def _found(self, token: str, *, now: datetime) -> Authority | RefusedToken:
        if self._issuer is not None and self._issuer.may_have_made(token):
            return await self._issuer.authority(self._database, token=token, now=now, source=None)
        return await authenticate(self._database, token=token, now=now, source=None)

    def _tell_refused(self, refused: RefusedToken, source: str | None) -> None:
        """Log it, once in a while for each address: of the token nothing is told."""
        address = (source or "unknown").split(" ", 1)[0]
        if (before := self._refusals.passes(address)) is not None:
            log.warning("auth.refused", source=source, reason=refused.reason, not_logged_before=before)

    def known(self, token: str, *, source: str | None) -> Authority | None:
        """The same for a token that was looked up a moment ago; None when it has to be."""
        key = sha256(token.encode()).digest()
        authority, until = self._known.get(key, (None, 0.0))
        if authority is not None and until > self._clock():
            return authority.asking_from(source)
        self._known.pop(key, None)
        return None

    def _remember(self, key: bytes, authority: Authority) -> None:
        while len(self._known) >= self._capacity:
            del self._known[next(iter(self._known))]
        self._known[key] = (authority, self._clock() + self._keep_seconds)


async def end_invalid_subscriptions(
    database: Database, groups: Groups, *, issuer: Issuer | None = None, every_seconds: float = 2.0
) -> None:
    """End, for ever, the subscriptions of tokens that were revoked or have expired."""
    while True:
        await asyncio.sleep(every_seconds)
        now = datetime.now(UTC)
        credentials = groups.credentials()
        _end(
            groups,
            {one for one in credentials if isinstance(one, IssuedToken) and not _good(issuer, one, now)},
        )
        if token_ids := {one for one in credentials if isinstance(one, int)}:
            try:
                valid = await valid_token_ids(database, token_ids=token_ids, now=now)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may do
                log.warning("auth.tokens_not_checked", error=repr(error))
                continue
            _end(groups, token_ids - valid)


def _good(issuer: Issuer | None, token: IssuedToken, now: datetime) -> bool:
    return issuer is not None and issuer.is_good(token, now=now)


def _end(groups: Groups, credentials: Set[Credential]) -> None:
    for credential in credentials:
        log.info("auth.subscriptions_ended", credential=credential)
        groups.end_for(credential)
