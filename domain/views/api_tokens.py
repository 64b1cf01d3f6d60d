"""A client's API tokens."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from domain.store.database import Database, Row
from domain.store.reads.api_tokens import API_TOKENS, NEWEST_TOKEN
from domain.store.reads.paging import Page, PageRequest
from domain.store.reads.select import Conditions, fetch_by_ids, fetch_page


async def api_tokens_page(
    database: Database, *, client_id: int, request: PageRequest, selected: Collection[str]
) -> Page[Row]:
    """A page of the tokens, the newest first, those that work no longer too."""
    return await fetch_page(
        database,
        API_TOKENS,
        conditions=Conditions.of_client(client_id),
        names=API_TOKENS.wanted(selected, always=("id",)),
        ordering=NEWEST_TOKEN,
        request=request,
    )


async def api_tokens_by_ids(
    database: Database, *, client_id: int, ids: Sequence[int | None], selected: Collection[str]
) -> list[Row | None]:
    """The token of each id; None where there is none.

    They are no nodes: whoever may not list them can't have one by its id either.
    """
    wanted = [number for number in ids if number is not None]
    if not wanted:
        return [None] * len(ids)
    names = API_TOKENS.wanted(selected, always=("id",))
    async with database.connection(client_id) as sql:
        rows = await fetch_by_ids(sql, API_TOKENS, client_id=client_id, ids=wanted, key="id", names=names)
    found = {row["id"]: row for row in rows}
    return [None if number is None else found.get(number) for number in ids]
