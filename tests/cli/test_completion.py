"""Completion in each shell, asked for as the shells do, and in the shells that this machine has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from cli.main import COMMANDS, program

ASKED = [
    ("bash", ("to",), "token"),
    ("zsh", ("to",), "token"),
    ("fish", ("token", "re"), "revoke"),
    ("bash", ("watch", "--ki"), "--kind"),
    ("zsh", ("schedule", "set", "--o"), "--on"),
]


def completed(shell: str, words: tuple[str, ...]) -> str:
    """What the program answers to a shell that wants the last of the words completed."""
    line = " ".join(("backfill", *words))
    told = {"_BACKFILL_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        told |= {"COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    else:
        told |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main"],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout


@pytest.mark.parametrize(("shell", "words", "expected"), ASKED)
def test_words_are_completed(shell: str, words: tuple[str, ...], expected: str) -> None:
    assert expected in completed(shell, words)


def test_the_names_of_commands_come_without_what_is_behind_them() -> None:
    asked = "import sys; from cli.main import listed; listed(); print('strawberry' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert ended.stdout == "False\n"
    assert "api-process" not in completed("bash", ("a",))


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_listed_of_a_command_is_what_it_says_of_itself(name: str) -> None:
    command = get_command(program(name))
    assert isinstance(command, TyperGroup)
    about = (command.commands[name].help or "").split("\n")[0]

    assert about.startswith(COMMANDS[name].about.rstrip("."))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_one_that_it_reads(shell: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    ended = subprocess.run(
        [sys.executable, "-m", "cli.main", "completion", shell], capture_output=True, text=True, check=True
    )
    script.write_text(ended.stdout)

    assert "_BACKFILL_COMPLETE" in ended.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n", str(script)], check=True)


def test_bash_itself_completes(tmp_path: Path) -> None:
    (tmp_path / "backfill").write_text(f'#!/bin/sh\nexec {sys.executable} -m cli.main "$@"\n')
    (tmp_path / "backfill").chmod(0o755)
    asked = (
        'eval "$(backfill completion bash)"; COMP_WORDS=(backfill sched); COMP_CWORD=1; '
        '_backfill_completion backfill; echo "${COMPREPLY[@]}"'
    )
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(Path.cwd())}
    bash = shutil.which("bash")
    assert bash is not None
    ended = subprocess.run([bash, "-c", asked], env=environment, capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "schedule"
