"""What some tests need of the machine they run on."""

from __future__ import annotations

import pytest

from cli.embedded.redis import redis_program

# A machine without a Redis server has Redis inside the process, and then there can be one process only: the
# program refuses a second, which tests/cli/test_embedded.py proves. What several processes do together can be
# seen only where there is a server; CI has one.
needs_redis_server = pytest.mark.skipif(
    redis_program() is None, reason="several processes need a redis-server or valkey-server on the PATH"
)
