"""A database of a shared Redis for one session of the tests, which nobody else has and that holds nothing.

Redis has no way to reserve a database, and a mark inside it would be gone with the first FLUSHDB. So who
wants a database subscribes to a channel that is named after it, and has it when nobody else has subscribed.
Of several who subscribe at once at most one counts one: whoever counts last sees all. A claim writes nothing
and lasts as long as its connection, so a session that was killed leaves none behind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import uniform
from urllib.parse import parse_qsl, urlencode, urlsplit

from redis import Redis

_PATIENCE_SECONDS = 60.0


@contextmanager
def unused_database(url: str) -> Iterator[str]:
    """The URL of a database, on the server of `url`, that holds nothing and is nobody else's for the block.

    The database that `url` itself names is never taken. What the block leaves is removed. Raises LookupError
    when every other database holds something or is taken.
    """
    with Redis.from_url(url) as server:
        claimed, claim = _claim(server, url)
        try:
            yield claimed
        finally:
            with Redis.from_url(claimed) as database:
                database.flushdb()
            claim.close()


def _claim(server: Redis, url: str) -> tuple[str, Redis]:
    own = server.connection_pool.connection_kwargs.get("db", 0)
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while True:
        for number in range(15, -1, -1):
            candidate = _numbered(url, number)
            if number == own or not _is_empty(candidate):
                continue
            claim = Redis.from_url(url, single_connection_client=True)
            # Empty still: the last owner may have gone between the look and the claim, and left something.
            if _has_it_alone(server, claim, f"backfill-tests:{number}") and _is_empty(candidate):
                return candidate, claim
            claim.close()
        if time.monotonic() > give_up_at:
            raise LookupError(
                "every database of this Redis holds something or is taken; set BACKFILL_TEST_REDIS_URL"
            )
        # Several who came at once may all have given way to each other.
        time.sleep(uniform(0, 0.2))  # noqa: S311 - not a secret


def _has_it_alone(server: Redis, claim: Redis, channel: str) -> bool:
    claim.execute_command("SUBSCRIBE", channel)  # type: ignore[no-untyped-call]
    subscribers: int
    ((_, subscribers),) = server.execute_command("PUBSUB NUMSUB", channel)  # type: ignore[no-untyped-call]
    return subscribers == 1


def _is_empty(url: str) -> bool:
    with Redis.from_url(url) as database:
        return bool(database.dbsize() == 0)


def _numbered(url: str, number: int) -> str:
    """`url`, naming another database: by query, because the path of a unix:// URL is the socket's."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {"db": str(number)}
    path = parts.path if parts.scheme == "unix" else ""
    return f"{parts.scheme}://{parts.netloc}{path}?{urlencode(query)}"
