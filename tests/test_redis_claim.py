"""How sessions of the tests keep out of each other's Redis databases, and out of everybody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from redis import Redis

from domain.settings import Settings
from tests.redis_claim import unused_database


@pytest.fixture
def server(servers: Settings) -> str:
    """The URL of a Redis server, whose database 0 or another one is in use."""
    if servers.redis_url is None:
        pytest.skip("there is no Redis server on this machine")
    return servers.redis_url.get_secret_value()


def test_sessions_that_start_together_get_a_database_each(server: str) -> None:
    with ExitStack() as claims, ThreadPoolExecutor(6) as threads:
        urls = list(threads.map(lambda _: claims.enter_context(unused_database(server)), range(6)))

        assert len(set(urls)) == 6
        assert server not in urls


def test_a_database_that_holds_something_is_not_taken_and_one_that_was_left_is_empty(server: str) -> None:
    with unused_database(server) as first, Redis.from_url(first) as redis:
        redis.set("somebody's", "data")
        with unused_database(server) as second:
            assert second != first
            assert redis.get("somebody's") == b"data"

    with Redis.from_url(first) as redis:
        assert redis.dbsize() == 0
