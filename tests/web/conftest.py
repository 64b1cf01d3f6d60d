"""One running program for all tests of the pages, as a person starts it, and one browser to look at it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from domain.settings import Settings
from tests.cli.running import Served, environment, serving
from tests.web.browsing import browsing
from tests.web.scanning import token_of
from tests.web.shop import Shop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests together, so that however many workers there are, one starts the program."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("web"))


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with browsing() as opened:
        yield opened


@pytest.fixture(scope="package")
def shell() -> Iterator[dict[str, str]]:
    """What the operator's shell exports: embedded databases of its own."""
    with tempfile.TemporaryDirectory(prefix="backfill-web-") as folder:
        settings = Settings(data_dir=Path(folder), database_url=None, redis_url=None)
        yield environment(settings, embedded=True)


@pytest.fixture(scope="package")
async def served(shell: dict[str, str]) -> AsyncIterator[Served]:
    """The running program."""
    async with serving(env=shell) as running:
        yield running


@pytest.fixture(scope="package")
async def shop(served: Served) -> Shop:
    """A shop that is set up; each test loads the orders it is about."""
    shop = Shop(served)
    await shop.set_up()
    return shop


@pytest.fixture
def base(served: Served) -> str:
    """Where the pages are."""
    return str(served.api.base_url).rstrip("/")


@pytest.fixture(scope="package")
async def token(shell: dict[str, str], shop: Shop) -> str:
    """A token that reads and scans."""
    return await token_of(shell, "SCANNER")
