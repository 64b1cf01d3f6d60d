"""Every process of `serve` tells its measurements at an address of its own."""

from __future__ import annotations

import socket

import httpx
import pytest

from domain.settings import Settings
from tests.cli.running import backfill, environment, serving
from tests.machine import needs_shared_redis
from tests.ports import free_ports
from tests.waiting import eventually

pytestmark = pytest.mark.anyio


@needs_shared_redis
async def test_each_process_has_a_port_api_processes_first(settings: Settings) -> None:
    first = free_ports(3)
    env = environment(settings, embedded=False) | {"BACKFILL_METRICS_PORT": str(first)}
    async with serving("--processes", "2", env=env), httpx.AsyncClient() as http:
        pages: dict[int, str] = {}

        async def all_answer() -> bool:
            for port in range(first, first + 3):
                try:
                    pages[port] = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
                except httpx.TransportError:
                    return False
            return "backfill_relay_active" in pages[first + 2]

        await eventually(all_answer)
    for port in (first, first + 1):
        assert "backfill_graphql_operations_total" in pages[port]
        assert "backfill_relay_active" not in pages[port]
    assert "process_resident_memory_bytes" in pages[first + 2]
    assert "backfill_graphql_operations_total" not in pages[first + 2]


async def test_a_taken_port_is_said_with_what_to_do(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = environment(settings, embedded=False) | {"BACKFILL_METRICS_PORT": str(port)}
        ended = await backfill("worker", env=env)
    assert ended.code == 1
    assert f"port {port}: Address already in use. Choose another BACKFILL_METRICS_PORT" in ended.errors
