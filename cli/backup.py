"""`backfill backup` and `backfill restore`: the whole database in one file, and back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cli.dumping import DumpError, dump, load, unless_cancelled
from cli.output import JsonOption, print_json
from cli.program import CommandError, Program, console, run
from domain.operations.restoring import NotEmptyError, NotOursError, after_restoring, before_restoring
from domain.store.migrate import pending


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.")],
    as_json: JsonOption = False,
) -> None:
    """Write the whole database to a file; nothing is stopped.

    It is as of this moment, in pg_dump's custom format, with its checksum beside it.

    Examples: backfill backup backups/2026-01-31.dump · backfill backup backups/2026-01-31.dump --json
    """
    if file.exists():
        raise typer.BadParameter(f"{file} exists already.", param_hint="FILE")

    async def work(program: Program) -> str:
        try:
            return await unless_cancelled(partial(dump, program.settings.postgresql_url(), file))
        except (DumpError, OSError) as error:
            raise CommandError(f"The backup failed, and nothing was written: {error}") from error

    checksum = run(work, process="backup", as_json=as_json)
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "bytes": size, "sha256": checksum})
    else:
        typer.echo(f"{file}: {size / 1e6:.1f} MB")


def restore(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, readable=True)] = None,
    done: Annotated[
        bool, typer.Option("--done", help="It was restored by other means; only begin a new history.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Load a backup into an empty database.

    No API and no worker may run on it. A new history of events begins: cursors from before answer
    CURSOR_EXPIRED, instead of skipping what they can't know. After a restore by other means (point-in-time
    recovery, a snapshot, a standby that lacked the last transactions), `backfill restore --done` does that.

    Examples: backfill restore backups/2026-01-31.dump · backfill restore --done
    """
    if (file is None) == (not done):
        raise typer.BadParameter("Name the file of a backup, or say --done.", param_hint="FILE")

    async def work(program: Program) -> list[str]:
        async with program.unmigrated_database(name="backfill-restore") as database:
            if file is not None:
                try:
                    await before_restoring(database=database)
                    await unless_cancelled(partial(load, program.settings.postgresql_url(), file))
                except NotEmptyError as error:
                    raise CommandError(
                        "The database has tables already. Restore into an empty one: create it with "
                        "createdb, and name it in BACKFILL_DATABASE_URL; or choose another BACKFILL_DATA_DIR."
                    ) from error
                except DumpError as error:
                    raise CommandError(f"Nothing was restored: {error}") from error
            try:
                await after_restoring(database=database)
            except NotOursError as error:
                raise CommandError(
                    "None of Backfill's tables are in the database: nothing was restored into it, or what was"
                    " is no backup of Backfill's."
                ) from error
            return await pending(database)

    missing = run(work, process="restore", as_json=as_json)
    if as_json:
        print_json({"pending": missing})
        return
    console.print("The database is there again, with a new history of events.")
    if missing:
        console.print(f"The backup is of an older version. Now run: backfill migrate ({', '.join(missing)})")
