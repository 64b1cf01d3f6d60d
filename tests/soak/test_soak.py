"""A soak of a few seconds proves nothing of leaks, but that nothing fails, and that the soak itself works."""

from __future__ import annotations

import pytest

from tests.machine import needs_redis_server
from tests.soak.__main__ import soak

pytestmark = pytest.mark.anyio


@needs_redis_server
async def test_a_moment_of_everything_at_once_fails_nowhere() -> None:
    problems = await soak(seconds=12, rate=1, seed=7)
    assert [problem for problem in problems if " rose by " not in problem] == []
