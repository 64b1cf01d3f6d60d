"""What was created of reference data, and what was changed of what was there: told and audited (F5, F11)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from domain.operations.command import Work
from domain.store import reference


class Coded(Protocol):
    """Something that a client sets up under a code of its own."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


@asynccontextmanager
async def upserts_audited(work: Work, what: str, rows: Sequence[Coded]) -> AsyncIterator[None]:
    """Record what the block creates and changes of `rows`; one that is sent as it was is no change.

    `what` is "distribution center", "store" or "SKU".
    """
    of: dict[str, Any] = {"client_id": work.client_id, "what": what, "codes": [row.code for row in rows]}
    before = await reference.described(work.sql, **of)
    yield
    for code, now in (await reference.described(work.sql, **of)).items():
        was = before.get(code)
        if now != was:
            done = "created" if was is None else "changed"
            work.settings_changed()
            work.audit(
                f"{what.upper().replace(' ', '_')}_{done.upper()}",
                f"{what[0].upper()}{what[1:]} {code} was {done}.",
                before=was,
                after=now,
            )
