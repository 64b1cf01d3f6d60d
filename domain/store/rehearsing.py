"""A rehearsal on behalf of nobody: what changes of stock ask under a pool's lock, asked without holding any.

PostgreSQL reads its catalogs, and plans, when a connection asks something for the first time, and asyncpg
wants to know of types. The first receipt of a connection took 50 ms or more for that, with its pool locked:
at 100 receipts a second five more were waiting by then, each on a connection that was new as well. Asked
first on behalf of a client that there is not, the same statements find nothing and change nothing.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from domain.store import coverage, locks, receipts, recording
from domain.store.coverage import Change
from domain.store.database import Connection
from domain.store.recording import Answer, Record
from domain.store.serving import NOBODY

_AT = datetime(2000, 1, 1, tzinfo=UTC)


async def rehearse(sql: Connection) -> None:
    """Ask everything once, in the transaction open on `sql`, which serves nobody."""
    await locks.lock_pools(sql, client_id=NOBODY, distribution_center_ids=[NOBODY])
    await receipts.take_in(sql, client_id=NOBODY, purchase_order_id=NOBODY, at=_AT, units={NOBODY: 1})
    await coverage.write(sql, client_id=NOBODY, at=_AT, changes=[Change(NOBODY, NOBODY, 0, None, None)])
    await recording.write(
        sql,
        Record(
            client_id=NOBODY, actor="", source=None, at=_AT, entries=(), events=(), answer=Answer("", b"{}")
        ),
    )
    # Nobody has settings.
    with suppress(LookupError):
        await coverage.read(sql, client_id=NOBODY, distribution_center_id=NOBODY, sku_ids=[NOBODY])
