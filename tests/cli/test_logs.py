"""Logs are one JSON object per line, whoever writes them, and carry the ids of what they belong to."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import orjson
import pytest
import structlog

from domain.logs import configure_logs


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_our_own_and_a_librarys_line_look_alike(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", form="json", process="api")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("api").info("order_loaded", orders=3)
        # Of no library that another test may have told to be quiet.
        logging.getLogger("some.library").warning("Application startup %s", "slow")
    ours, theirs = lines(capsys)
    assert {"event": "order_loaded", "orders": 3, "level": "info"}.items() <= ours.items()
    assert {
        "event": "Application startup slow",
        "level": "warning",
        "logger": "some.library",
    }.items() <= theirs.items()
    assert {"process": "api", "request_id": "r-1"}.items() <= ours.items()
    assert {"process": "api", "request_id": "r-1"}.items() <= theirs.items()
    assert str(ours["timestamp"]).endswith("Z")


def test_an_exception_is_in_the_line_it_was_logged_with(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", form="json", process="worker")
    try:
        raise ValueError("stock went missing")
    except ValueError:
        structlog.get_logger().exception("run_failed", run_id=7)
    (line,) = lines(capsys)
    assert line["run_id"] == 7
    assert "ValueError: stock went missing" in str(line["exception"])


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="warning", form="json", process="worker")
    structlog.get_logger().info("quiet")
    logging.getLogger("arq.worker").info("quiet")
    assert lines(capsys) == []
