"""The `backfill` command: one file of this package per command.

Only the file of the command that was asked for is imported: the API's types alone take a second, for which
nobody who creates a token should wait.
"""

from __future__ import annotations

import sys
from importlib import import_module

import typer

COMMANDS = {
    "serve": "cli.serve:serve",
    "worker": "cli.worker:worker",
    "migrate": "cli.migrate:migrate",
    "token": "cli.tokens:token",
    "client": "cli.clients:client",
    "schedule": "cli.schedules:schedule",
    "load": "cli.load:load",
    "schema": "cli.schema:schema",
    "documents": "cli.documents:documents",
    "demo": "cli.demo.command:demo",
    "api-process": "cli.api_process:api_process",
}
"""Where each command is."""

_FOR_NOBODY = {"api-process"}
"""Commands that only other commands start."""


def app() -> None:
    """Run the command that the words after `backfill` name."""
    asked = [word for word in sys.argv[1:2] if word in COMMANDS]
    program(*asked or COMMANDS)()


def program(*names: str) -> typer.Typer:
    """The program with these of its commands."""
    made = typer.Typer(
        name="backfill",
        help="Back orders and order processing: an API in real time, and the workers behind it.",
        no_args_is_help=True,
        add_completion=False,
        # A plain traceback: the pretty one is long, and can show the values of secrets.
        pretty_exceptions_enable=False,
        epilog="Settings come from environment variables that start with BACKFILL_; see the README.",
    )
    # Without it a program of one command would take that command's name for an argument.
    made.callback()(lambda: None)
    for name in names:
        module, attribute = COMMANDS[name].split(":")
        command = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            made.add_typer(command, name=name)
        else:
            made.command(name, hidden=name in _FOR_NOBODY)(command)
    return made


if __name__ == "__main__":
    app()
