"""What some tests need of the machine they run on."""

from __future__ import annotations

import os

import pytest

from cli.embedded.redis import redis_program

# A machine without a Redis server has Redis inside the process, and then there can be one process only: the
# program refuses a second, which tests/cli/test_commands.py and test_embedded.py prove. What several
# processes do together can be seen only where there is a server; CI has one.
needs_redis_server = pytest.mark.skipif(
    redis_program() is None, reason="a redis-server or valkey-server on the PATH is started by this test"
)
needs_shared_redis = pytest.mark.skipif(
    redis_program() is None
    and not any(os.environ.get(name) for name in ("BACKFILL_TEST_REDIS_URL", "BACKFILL_REDIS_URL")),
    reason="several processes need a redis-server or valkey-server on the PATH, or BACKFILL_REDIS_URL",
)
