"""`backfill schedule …`: when the Order Processor runs for a distribution center of all clients (B2)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.output import JsonOption, print_json
from cli.program import CommandError, Program, run, utc_now
from domain.operations.shared_schedules import (
    SharedSchedule,
    find_shared_schedules,
    remove_shared_schedule,
    set_shared_schedule,
)
from domain.operations.timing import TimeOfDay, Timing, timing_of
from domain.rules.vocabulary import Weekday

schedule = typer.Typer(
    no_args_is_help=True,
    help="Runs of a distribution center for all clients; each client's own schedule stands beside them.",
)

CodeArgument = Annotated[str, typer.Argument(help="Code of the distribution center.", show_default=False)]


@schedule.command("set")
def set_schedule(
    code: CodeArgument,
    cron: Annotated[str | None, typer.Option(help="Five fields, in UTC; several with semicolons.")] = None,
    at: Annotated[list[str] | None, typer.Option(help="A time, HH:MM in UTC; may be repeated.")] = None,
    on: Annotated[
        list[Weekday] | None,
        typer.Option(case_sensitive=False, help="A weekday of these times; every day, if not given."),
    ] = None,
    paused: Annotated[bool, typer.Option("--paused", help="Keep it, but run nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Set when the Order Processor runs for a distribution center of every client that has one of this code.

    Examples: backfill schedule set BER --cron "0 6,12,18 * * 1-5" ·
    backfill schedule set BER --at 06:30 --at 18:00 --on monday --on friday
    """

    async def work(program: Program) -> int:
        timing = _timing(cron, at, on)
        async with program.database() as database:
            return await set_shared_schedule(
                database, code=code, timing=timing, enabled=not paused, now=utc_now()
            )

    clients = run(work, process="schedule", as_json=as_json)
    if as_json:
        print_json({"code": code, "clients": clients})
        return
    typer.echo(f"The schedule of {code} applies to {clients} clients, and to each that adds {code} later.")


@schedule.command("list")
def list_schedules(as_json: JsonOption = False) -> None:
    """List what is scheduled for all clients, one per line: code, cron expressions, state, clients.

    Examples: backfill schedule list · backfill schedule list --json
    """

    async def work(program: Program) -> list[SharedSchedule]:
        async with program.database() as database:
            return await find_shared_schedules(database)

    schedules = run(work, process="schedule", as_json=as_json)
    if as_json:
        print_json(schedules)
        return
    for found in schedules:
        state = "enabled" if found.enabled else "paused"
        typer.echo("\t".join((found.code, found.cron, state, str(found.clients))))


@schedule.command("remove")
def remove_schedule(code: CodeArgument, as_json: JsonOption = False) -> None:
    """Take a schedule away from all clients; what ran stays, and so do the clients' own schedules.

    Example: backfill schedule remove BER
    """

    async def work(program: Program) -> int:
        async with program.database() as database:
            return await remove_shared_schedule(database, code=code, now=utc_now())

    clients = run(work, process="schedule", as_json=as_json)
    if as_json:
        print_json({"code": code, "clients": clients})
        return
    typer.echo(f"The schedule of {code} was taken away from {clients} clients.")


def _timing(cron: str | None, at: list[str] | None, on: list[Weekday] | None) -> Timing:
    if (cron is None) == (not at) or (on and not at):
        raise CommandError("Say when: either --cron, or --at once or more, with --on for the weekdays.")
    if cron is not None:
        return Timing(cron=cron)
    return timing_of([TimeOfDay(at=time, weekdays=tuple(on) if on else None) for time in at or []])
