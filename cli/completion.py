"""`backfill completion SHELL`: what makes a shell complete words."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

# Typer answers shells only where it may also install itself into them, which is not for a program to do.
from typer.completion import (  # type: ignore[attr-defined] # neither is in its __all__
    completion_init,
    get_completion_script,
)

COMPLETE = "_BACKFILL_COMPLETE"
"""The variable by which a shell asks for words to be completed."""


def know_shells() -> None:
    """Make the program answer what the scripts ask."""
    completion_init()


class Shell(StrEnum):
    """A shell that can complete words."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="The shell to make it for.")]) -> None:
    """Print what makes a shell complete words.

    Examples: eval "$(backfill completion bash)" in ~/.bashrc ·
    backfill completion zsh > ~/.zfunc/_backfill (in a folder of $fpath) ·
    backfill completion fish > ~/.config/fish/completions/backfill.fish
    """
    typer.echo(get_completion_script(prog_name="backfill", complete_var=COMPLETE, shell=shell.value))
