"""How what goes wrong is told to clients: the one table from domain errors to GraphQL.

In mutations an expected refusal is data (`userErrors`). Anywhere else it is a GraphQL error with the
refusal's code, the input's path and figures in `extensions`. Everything unexpected is logged with the
request's id and told as an internal error: nobody sees a traceback or an SQL text.
"""

from __future__ import annotations

from typing import Any

import structlog
from graphql import GraphQLError
from redis.exceptions import RedisError

from api.execution.scalars import UnreadableError
from domain.rules.refusals import Refusal
from domain.store.database import DATABASE_IS_AWAY

log = structlog.get_logger()

INTERNAL = "INTERNAL_SERVER_ERROR"
UNAVAILABLE = "SERVICE_UNAVAILABLE"

# Of a connection that was reset just before something is written to it uvloop says RuntimeError.
REDIS_ERRORS = (RedisError, OSError, RuntimeError)
"""What anything here raises while Redis is away; no client is told of that."""


def presented(error: GraphQLError) -> GraphQLError:
    """The error as a client may see it."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if cause is None or isinstance(cause, GraphQLError | UnreadableError):
        return error
    if isinstance(cause, Refusal):
        details: dict[str, Any] = dict(cause.details)
        if cause.path:
            details["argumentPath"] = list(cause.path)
        return _replaced(error, cause.message, {"code": str(cause.code), **details})
    if isinstance(cause, DATABASE_IS_AWAY):
        # One line: while the database is away there is one for every request.
        log.error("database_unavailable", path=error.path, error=repr(cause))
        return _replaced(
            error,
            "The service can't reach its database, or is too busy, at the moment; try again.",
            {"code": UNAVAILABLE},
        )
    log.error("unexpected_error", path=error.path, exc_info=cause)
    return _replaced(
        error,
        "Something went wrong on our side; the log says what, under the request id.",
        {"code": INTERNAL},
    )


def _replaced(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
