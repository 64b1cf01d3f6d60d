"""The commands as a whole: all are found, and each starts alone."""

from __future__ import annotations

import re
import subprocess
import sys

from typer.testing import CliRunner

from cli.main import COMMANDS, program

WITHOUT_THE_API = [
    name for name in COMMANDS if name not in ("serve", "api-process", "schema", "documents", "demo")
]


def test_the_help_lists_every_command_that_people_use() -> None:
    shown = CliRunner().invoke(program(*COMMANDS), ["--help"]).output

    listed = re.findall(r"^│ ([a-z][a-z-]*)  ", shown, re.MULTILINE)
    assert sorted([*listed, "api-process"]) == sorted(COMMANDS)


def test_a_command_that_is_not_there_is_told_with_what_was_meant() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", "tokn"], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 2
    assert "No such command 'tokn'. Did you mean 'token'?" in ended.stderr


def test_commands_that_do_not_serve_start_without_the_api() -> None:
    asked = (
        "import sys; from cli.main import program; program(*sys.argv[1:]); print('strawberry' in sys.modules)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", asked, *WITHOUT_THE_API], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "False\n"
