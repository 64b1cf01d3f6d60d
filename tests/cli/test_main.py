"""The commands as a whole: all are found, and each starts alone."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli.main import COMMANDS, listed

WITHOUT_THE_API = [
    name for name in COMMANDS if name not in ("serve", "api-process", "schema", "documents", "demo")
]
WITHOUT_REDIS = [name for name in WITHOUT_THE_API if name not in ("worker", "doctor")]


def test_the_help_lists_every_command_that_people_use() -> None:
    shown = CliRunner().invoke(listed(), ["--help"]).output

    names = re.findall(r"^│ ([a-z][a-z-]*)  ", shown, re.MULTILINE)
    assert sorted([*names, "api-process"]) == sorted(COMMANDS)


def test_a_command_that_is_not_there_is_told_with_what_was_meant() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", "tokn"], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert "No such command 'tokn'. Did you mean 'token'?" in ended.stderr


def test_a_command_is_found_behind_two_dashes() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", "--", "completion", "bash"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "_BACKFILL_COMPLETE" in ended.stdout


@pytest.mark.parametrize(
    ("commands", "not_needed"),
    [
        (WITHOUT_THE_API, {"strawberry", "fakeredis"}),
        (WITHOUT_REDIS, {"arq", "fakeredis", "prometheus_client", "redis", "strawberry", "uvicorn"}),
        ([], {"asyncio", "pydantic", "tortoise"}),
    ],
    ids=["no API", "no Redis", "only the names"],
)
def test_commands_start_without_what_they_do_not_need(commands: list[str], not_needed: set[str]) -> None:
    asked = (
        "import sys; from cli.main import listed, program; program(*sys.argv[1:]); listed();"
        "print(*sys.modules)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", asked, *commands], capture_output=True, text=True, check=True
    )

    assert not_needed & set(ended.stdout.split()) == set()
