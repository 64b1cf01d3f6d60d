"""The running program that foreign clients and audits are let loose on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.settings import Settings
from tests.cli.running import Served, environment, serving
from tests.standards.node import INSTALLED

_SHOP = """
mutation {
  upsertDistributionCenters(input: [{code: "STD", name: "Standards"}]) { userErrors { message } }
  upsertSkus(input: [{code: "S-1", name: "Standard thing"}]) { userErrors { message } }
}
"""


@pytest.fixture(scope="session")
def packages() -> Path:
    """Where the npm packages are that the tests need."""
    assert INSTALLED.exists(), "the npm packages of these tests are not installed: make standards"
    return INSTALLED.parent


@pytest.fixture(scope="module")
async def served(module_settings: Settings) -> AsyncIterator[Served]:
    """The program in processes of its own, with a little to ask for."""
    env = environment(module_settings, embedded=False) | {"BACKFILL_SOCKET_INIT_SECONDS": "5"}
    async with serving(env=env) as running:
        await running.query(_SHOP)
        yield running
