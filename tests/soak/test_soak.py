"""A soak of a few seconds proves nothing of leaks, but that nothing fails, and that the soak itself works."""

from __future__ import annotations

import pytest

from cli.embedded.redis import redis_program
from tests.soak.__main__ import soak

pytestmark = pytest.mark.anyio


@pytest.mark.skipif(redis_program() is None, reason="several processes need a Redis server on the PATH")
async def test_a_moment_of_everything_at_once_fails_nowhere() -> None:
    problems = await soak(seconds=12, rate=1, seed=7)
    assert [problem for problem in problems if " rose by " not in problem] == []
