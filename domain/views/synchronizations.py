"""How stores are connected to their marketplaces, and what came of synchronizing them (C5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from domain.rules.circuit import Circuit, state
from domain.rules.vocabulary import CircuitState
from domain.store.database import Database, Row
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_page, fetch_page_of_each
from domain.store.reads.synchronizations import (
    BY_POSITION,
    NEWEST_SYNCHRONIZATION,
    STORE_CONNECTIONS,
    SYNCHRONIZATION_ROWS,
    SYNCHRONIZATIONS,
)


def circuit_of(*, failures: int, retry_at: datetime | None, now: datetime) -> CircuitState:
    """What the circuit breaker makes of a connection now."""
    return state(Circuit(failures, retry_at), now=now)


async def store_connections(
    database: Database, *, client_id: int, store_id: int | None, selected: Collection[str]
) -> list[Row]:
    """The connections of the client's stores, of one store or of all."""
    names = STORE_CONNECTIONS.wanted(selected, always=("id",))
    async with database.connection(client_id) as sql:
        return await sql.fetch(
            STORE_CONNECTIONS.select(names)
            + "\n  AND ($2::bigint IS NULL OR sc.store_id = $2)\nORDER BY sc.id",
            client_id,
            store_id,
        )


async def synchronizations_page(
    database: Database,
    *,
    client_id: int,
    store_id: int | None,
    request: PageRequest,
    selected: Collection[str],
) -> Page[Row]:
    """A page of the synchronizations, newest first."""
    conditions = Conditions.of_client(client_id)
    if store_id is not None:
        conditions.add("sy.store_id = {}", store_id)
    return await fetch_page(
        database,
        SYNCHRONIZATIONS,
        conditions=conditions,
        names=SYNCHRONIZATIONS.wanted(selected, always=("id",)),
        ordering=NEWEST_SYNCHRONIZATION,
        request=request,
    )


async def rows_of_synchronizations(
    database: Database,
    *,
    client_id: int,
    synchronization_ids: Sequence[int],
    request: PageRequest,
    selected: Collection[str],
) -> list[Page[Row]]:
    """A page of what became of the rows of each synchronization, in their order."""
    return await fetch_page_of_each(
        database,
        SYNCHRONIZATION_ROWS,
        client_id=client_id,
        key="synchronization_id",
        ids=synchronization_ids,
        names=SYNCHRONIZATION_ROWS.wanted(selected, always=("position",)),
        ordering=BY_POSITION,
        request=request,
    )
