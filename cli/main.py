"""The `backfill` command: one file of this package per command.

Only the file of the command that was asked for is imported: the API's types alone take a second, for which
nobody who creates a token should wait.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

import typer

from cli.completion import COMPLETE, know_shells


class Place(NamedTuple):
    """Where a command is, and what it is for, so that it can be listed without being imported."""

    module: str
    attribute: str
    about: str


COMMANDS = {
    "serve": Place("cli.serve", "serve", "Run the API and its background workers until Ctrl-C or SIGTERM."),
    "worker": Place("cli.worker", "worker", "Run one background worker until Ctrl-C or SIGTERM."),
    "watch": Place("cli.watch.command", "watch", "Show every change as it happens, from here or from afar."),
    "doctor": Place("cli.doctor.command", "doctor", "Check this set-up, and say what to do."),
    "migrate": Place("cli.migrate", "migrate", "Bring the database's tables to what this version needs."),
    "backup": Place("cli.backup", "backup", "Write the whole database to a file; nothing is stopped."),
    "restore": Place("cli.backup", "restore", "Load a backup into an empty database."),
    "token": Place("cli.tokens", "token", "API tokens. Each belongs to one client and has one role."),
    "client": Place("cli.clients", "client", "The accounts that own orders, SKUs and stock."),
    "schedule": Place("cli.schedules", "schedule", "Runs of a distribution center for all clients."),
    "load": Place("cli.load", "load", "Load orders and reference data from files."),
    "schema": Place("cli.schema", "schema", "Print the GraphQL schema, as schema.graphql holds it."),
    "documents": Place("cli.documents", "documents", "Print a manifest of trusted documents."),
    "completion": Place("cli.completion", "completion", "Print what makes a shell complete words."),
    "demo": Place("cli.demo.command", "demo", "Start everything on sample orders and show each change."),
    "api-process": Place("cli.api_process", "api_process", "One of several API processes."),
}
"""Where each command is."""

_NAME = "backfill"

INTERRUPTED = 130
"""The exit code after Ctrl-C."""

_FOR_NOBODY = {"api-process"}
"""Commands that only other commands start."""


def app() -> None:
    """Run the command that the words after `backfill` name, or complete these words for a shell."""
    try:
        _run()
    except KeyboardInterrupt:
        # While a command is imported; later the command itself ends in its own way.
        sys.exit(INTERRUPTED)
    finally:
        # Who is impatient still hears how it ended.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run() -> None:
    words = completed_words(os.environ)
    if words is not None:
        know_shells()
    asked = next((word for word in (words or sys.argv[1:]) if not word.startswith("-")), "")
    (program(asked) if asked in COMMANDS else listed())(prog_name=_NAME)


def completed_words(environ: Mapping[str, str]) -> list[str] | None:
    """The words after `backfill` that a shell wants to have completed; None when it wants none."""
    if COMPLETE not in environ:
        return None
    # bash tells them in the one, zsh and fish in the other.
    return (environ.get("_TYPER_COMPLETE_ARGS") or environ.get("COMP_WORDS", "")).split()[1:]


def listed() -> typer.Typer:
    """The program with the names of its commands, and nothing behind them: for --help and the Tab key."""
    made = _bare()
    for name, place in COMMANDS.items():
        made.command(name, help=place.about, hidden=name in _FOR_NOBODY)(lambda: None)
    return made


def program(*names: str) -> typer.Typer:
    """The program with these of its commands."""
    made = _bare()
    for name in names:
        place = COMMANDS[name]
        command = getattr(_imported(place.module), place.attribute)
        if isinstance(command, typer.Typer):
            made.add_typer(command, name=name)
        else:
            made.command(name, hidden=name in _FOR_NOBODY)(command)
    return made


def _imported(module: str) -> ModuleType:
    """The module. Nothing that is imported is garbage, and looking for some takes a tenth of the time."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.enable()


def _bare() -> typer.Typer:
    made = typer.Typer(
        name=_NAME,
        help="Back orders and order processing: an API in real time, and the workers behind it.",
        no_args_is_help=True,
        add_completion=False,
        # A plain traceback: the pretty one is long, and can show the values of secrets.
        pretty_exceptions_enable=False,
        epilog="Settings come from environment variables that start with BACKFILL_; `backfill doctor` checks "
        "them. Exit codes: 0 done, 1 refused or failed, 2 used wrongly, 3 a server can't be reached.",
    )
    # Without it a program of one command would take that command's name for an argument.
    made.callback()(lambda: None)
    return made


if __name__ == "__main__":
    app()
