"""The `backfill` command: one file of this package per command."""

from __future__ import annotations

import typer

from cli.api_process import api_process
from cli.clients import client
from cli.demo.command import demo
from cli.load import load
from cli.migrate import migrate
from cli.schedules import schedule
from cli.schema import schema
from cli.serve import serve
from cli.tokens import token
from cli.worker import worker

app = typer.Typer(
    name="backfill",
    help="Back orders and order processing: an API in real time, and the workers behind it.",
    no_args_is_help=True,
    add_completion=False,
    # A plain traceback: the pretty one is long, and can show the values of secrets.
    pretty_exceptions_enable=False,
    epilog="Settings come from environment variables that start with BACKFILL_; see the README.",
)
app.command()(serve)
app.command()(worker)
app.command()(migrate)
app.add_typer(token, name="token")
app.add_typer(client, name="client")
app.add_typer(schedule, name="schedule")
app.add_typer(load, name="load")
app.command()(schema)
app.command()(demo)
app.command(hidden=True)(api_process)

if __name__ == "__main__":
    app()
