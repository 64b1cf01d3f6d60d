"""Whom a connection to PostgreSQL serves: one client, or all of them.

Under the role that serves a client, PostgreSQL shows and takes no row of any other (the policies of migration
0002), whatever the statement says.
"""

from __future__ import annotations

from typing import Any

from domain.store.connecting import BoundedConnection

CLIENT_ROLE = "backfill_client"
"""The role under which PostgreSQL shows the rows of one client only."""

_SERVE = "SELECT set_config('role', $1, false), set_config('backfill.client_id', $2, false)"

NOBODY = -1
"""A client that there is not: who serves it sees no row at all."""


class ServingConnection(BoundedConnection):
    """A connection that knows which client it serves, between transactions: None while it is all of them.

    `rehearsed` is whether it has been asked everything once that is asked under locks.
    """

    __slots__ = ("_beginning", "client_id", "rehearsed")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client_id: int | None = None
        self.rehearsed = False
        self._beginning = ""

    def begin_with(self, statements: str) -> None:
        """Send statements along with the one that begins the next transaction: a round trip for all."""
        self._beginning = statements

    async def execute(
        self,
        query: str,
        *args: Any,
        timeout: float | None = None,  # noqa: ASYNC109 - asyncpg's own
    ) -> str:
        """As asyncpg's, whose transactions begin with a statement that is executed here, too."""
        if self._beginning and query.startswith("BEGIN"):
            query, self._beginning = f"{query} {self._beginning}", ""
        return await super().execute(query, *args, timeout=timeout)

    async def serve(self, client_id: int | None) -> None:
        """See the rows of this client only, or with None of all. Not to be called in a transaction."""
        # Whatever happens to the statement, nobody may believe that the connection serves whom it did.
        self.client_id = NOBODY
        await self.fetchval(_SERVE, *serving(client_id))
        self.client_id = client_id


def serving(client_id: int | None) -> tuple[str, str]:
    """What PostgreSQL's settings `role` and `backfill.client_id` are while this client is served."""
    return ("none", "") if client_id is None else (CLIENT_ROLE, str(client_id))


def serving_in_transaction(client_id: int | None) -> str:
    """The statements that make a transaction serve the client only, or with None all of them."""
    role, client = serving(client_id)
    return f"SET LOCAL role = {role}; SET LOCAL backfill.client_id = '{client}';"
