"""What a process that serves for long does about its memory."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from cli.memory import settle_memory


@pytest.fixture
def as_it_was() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("as_it_was")
def test_what_is_loaded_is_not_searched_for_garbage_again() -> None:
    loaded: list[list[int]] = [[] for _ in range(1_000)]

    settle_memory()

    assert gc.get_freeze_count() > len(loaded)
    assert gc.get_threshold()[0] == 50_000
    assert gc.isenabled()


@pytest.mark.usefixtures("as_it_was")
def test_what_is_made_afterwards_is_still_collected() -> None:
    settle_memory()
    circle: list[object] = []
    circle.append(circle)
    del circle

    assert gc.collect() >= 1
