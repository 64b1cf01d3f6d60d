"""Reading what is too much for memory at once: in parts, through a cursor of the transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator

from domain.store.database import Connection, Row


async def in_parts(
    sql: Connection, statement: str, *arguments: object, whole: str, size: int
) -> AsyncIterator[list[Row]]:
    """The rows of the statement in parts of about `size`; those with one value of `whole` are in one part.

    The statement has them one after the other, and `sql` is in a transaction.
    """
    cursor = await sql.cursor(statement, *arguments)
    rest: list[Row] = []
    while rows := await cursor.fetch(size):
        rest += rows
        end = len(rest)
        while end and rest[end - 1][whole] == rest[-1][whole]:
            end -= 1
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest
