"""`backfill migrate`: the tables of the database."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import JsonOption, print_json
from cli.program import Program, run
from domain.store.migrate import migrate as apply_migrations
from domain.store.migrate import pending


def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Only list what is pending; code 1 if any is.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the database's tables to what this version needs. Safe to run twice and at the same time.

    Examples: backfill migrate · backfill migrate --check · backfill migrate --check --json
    """

    async def work(program: Program) -> list[str]:
        async with program.unmigrated_database(name="backfill-migrate") as database:
            return await pending(database) if check else await apply_migrations(database)

    names = run(work, process="migrate", as_json=as_json)
    if as_json:
        print_json({"pending" if check else "applied": names})
    else:
        for name in names:
            typer.echo(name)
    if check and names:
        raise typer.Exit(1)
    if not names and not as_json:
        typer.echo("The database is current.", err=True)
