"""Nothing that opens anything is ever logged."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest

from tests.api.transport.serving import Server

pytestmark = pytest.mark.anyio

WRONG = "bf_wrong-token-of-somebody"


async def test_of_a_session_with_good_and_bad_tokens_no_token_is_logged(
    server: Server, logged: list[MutableMapping[str, Any]]
) -> None:
    await server.query("{ client certainly }")
    for _ in range(5):
        refused = await server.query("{ client }", authorization=f"Bearer {WRONG}")
        assert refused.status_code == 401
        assert WRONG not in refused.text
    async with server.raw_socket() as socket:
        await socket.init({"authorization": f"Bearer {WRONG}"})
        assert (await socket.closed())[0] == 4403
    async with server.socket() as socket:
        await socket.subscribe("1", "{ certainly }")
        await socket.receive()
    told = repr(logged)
    assert server.token not in told
    assert WRONG not in told
    assert "a secret of ours" in told, "what has failed is logged, with why"
    (entry,) = [entry for entry in logged if entry["event"] == "auth.refused"]
    assert entry["source"].startswith("127.0.0.1 ")
