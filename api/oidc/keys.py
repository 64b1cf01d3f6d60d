"""The keys of an issuer: fetched, kept, and fetched again when they may have changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from joserfc.jwk import Key

from api.oidc.documents import IssuerDocumentError

log = structlog.get_logger()

_BETWEEN_LOOKS = 10.0
"""Seconds between two looks for keys that are not known: whoever makes up their names causes no more."""

_WAIT_SECONDS = 1.5
"""How long a request waits for keys; what it has waited for comes to the next one."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class IssuerAwayError(Exception):
    """Nobody can say at the moment whether a token is good: the issuer's keys can't be had."""


class Source(Protocol):
    """Where keys come from."""

    async def keys(self) -> Sequence[Key]:
        """The keys of now, at least one. Raises IssuerDocumentError."""


class IssuerKeys:
    """The last keys that could be had; while the issuer is away these stay good."""

    def __init__(
        self,
        source: Source,
        *,
        keep_seconds: float,
        wait_seconds: float = _WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """They are fetched anew every `keep_seconds`, and who needs them waits `wait_seconds` at most.

        `clock` gives seconds and never goes back.
        """
        self._source = source
        self._keep_seconds = keep_seconds
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._keys: tuple[Key, ...] = ()
        self._thumbprints: frozenset[str] = frozenset()
        self._fetching: asyncio.Task[None] | None = None
        self._looked_at: float | None = None
        self._failed = False

    def has(self, thumbprint: str) -> bool:
        """Whether the key with this thumbprint is one of the issuer's, as far as is known."""
        return thumbprint in self._thumbprints

    async def of(self, kid: str | None) -> Sequence[Key]:
        """The keys of this name, or all of them; none when the issuer has none of this name.

        Raises IssuerAwayError when that can't be found out.
        """
        found = self._named(kid)
        if found or not self._may_look():
            if not found and (self._failed or not self._keys):
                raise IssuerAwayError
            return found
        try:
            async with asyncio.timeout(self._wait_seconds):
                # Shielded: others wait for the same, and whoever asks next is glad to have it.
                await asyncio.shield(self.fetch())
        except TimeoutError:
            raise IssuerAwayError from None
        found = self._named(kid)
        if not found and self._failed:
            raise IssuerAwayError
        return found

    async def follow(self) -> None:
        """Fetch the keys now and then, for ever: soon again after a failure, and then less often."""
        pause = _FIRST_PAUSE
        while True:
            await self.fetch()
            if self._failed:
                await asyncio.sleep(min(pause, self._keep_seconds))
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                pause = _FIRST_PAUSE
                await asyncio.sleep(self._keep_seconds)

    def fetch(self) -> asyncio.Task[None]:
        """Fetch the keys; who comes meanwhile waits for the same."""
        if self._fetching is None or self._fetching.done():
            self._looked_at = self._clock()
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        try:
            keys = tuple(await self._source.keys())
        except IssuerDocumentError as error:
            log.warning("oidc.keys_not_fetched", error=str(error), kept=len(self._keys))
            self._failed = True
            return
        except Exception:
            # Whatever it is, the keys there are stay good, and the next time may do.
            log.exception("oidc.keys_not_fetched", kept=len(self._keys))
            self._failed = True
            return
        thumbprints = frozenset(key.thumbprint() for key in keys)
        if thumbprints != self._thumbprints:
            log.info("oidc.keys", keys=len(keys), new=len(thumbprints - self._thumbprints))
        self._keys, self._thumbprints, self._failed = keys, thumbprints, False

    def _named(self, kid: str | None) -> Sequence[Key]:
        return self._keys if kid is None else [key for key in self._keys if key.kid == kid]

    def _may_look(self) -> bool:
        """Whether it is long enough ago that anybody looked, or somebody is looking just now."""
        if self._fetching is not None and not self._fetching.done():
            return True
        return self._looked_at is None or self._clock() - self._looked_at >= _BETWEEN_LOOKS
