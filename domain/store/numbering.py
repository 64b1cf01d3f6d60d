"""Numbers of dispatches and Backorders: a letter, the place of their pool among the client's, and a serial.

Each pool counts its own in its row, which whoever makes a dispatch or a Backorder has locked anyway. So the
numbers are unique for the client, tell it nothing of others, and two pools never wait for each other.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from domain.store import reference
from domain.store.database import Connection

Numbered = Literal["dispatches", "backorders"]

_LETTERS: dict[Numbered, str] = {"dispatches": "D", "backorders": "B"}


class Numbers(NamedTuple):
    """A row of numbers that nobody else gets: what they begin with, and the first of their serials."""

    prefix: str
    first: int


async def draw(
    sql: Connection, *, client_id: int, distribution_center_id: int, of: Numbered, count: int
) -> Numbers:
    """Draw `count` numbers from the pool, which is locked by the caller."""
    place, last = await _draw(sql, client_id, distribution_center_id, of, count)
    if place is None:
        place = await _place(sql, client_id, distribution_center_id)
    return Numbers(f"{_LETTERS[of]}{place}-", last - count + 1)


async def _draw(
    sql: Connection, client_id: int, distribution_center_id: int, of: Numbered, count: int
) -> tuple[int | None, int]:
    row = await sql.fetchrow(
        f"""
        UPDATE stock_pools SET {of}_numbered = {of}_numbered + $3
        WHERE client_id = $1 AND distribution_center_id = $2
        RETURNING place, {of}_numbered AS last
        """,  # noqa: S608 - one of two words
        client_id,
        distribution_center_id,
        count,
    )
    if row is None:
        raise AssertionError("every distribution center has its pool")
    return row["place"], row["last"]


async def _place(sql: Connection, client_id: int, distribution_center_id: int) -> int:
    """Give the pool, which numbers something for the first time, the client's next place."""
    # Whoever holds the settings' row has its pools already, so nobody can wait for each other here.
    await reference.lock_settings(sql, client_id=client_id)
    place: int = await sql.fetchval(
        """
        UPDATE stock_pools
        SET place = (SELECT coalesce(max(place), 0) + 1 FROM stock_pools WHERE client_id = $1)
        WHERE client_id = $1 AND distribution_center_id = $2
        RETURNING place
        """,
        client_id,
        distribution_center_id,
    )
    return place
