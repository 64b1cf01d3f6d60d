"""`backfill client …`: the accounts that own orders, SKUs and stock; and which of them a command is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from cli.output import JsonOption, print_json
from cli.program import CommandError, Program, console, run, utc_now
from domain.bootstrap import DEMO, Client, create_client, ensure_demo_client, find_clients
from domain.operations.command import Command
from domain.ports import Authority
from domain.rules.refusals import ErrorCode, Refusal
from domain.rules.vocabulary import Role
from domain.store.database import Database

client = typer.Typer(no_args_is_help=True, help="The accounts that own orders, SKUs and stock.")


@client.command()
def create(
    code: Annotated[str, typer.Option(help="Short and unique: letters, digits, dots, dashes, underscores.")],
    name: Annotated[str, typer.Option(help="As people call it.")],
    as_json: JsonOption = False,
) -> None:
    """Create a client.

    Example: backfill client create --code ACME --name "Acme Outdoor"
    """

    async def work(program: Program) -> None:
        async with program.database() as database:
            await first_start(program, database)
            await create_client(database, code=code, name=name, now=utc_now())

    run(work, process="client", as_json=as_json)
    if as_json:
        print_json({"code": code, "name": name})
        return
    typer.echo(
        f"Client {code} exists now. Its first token: backfill token create --client {code} --role ADMIN"
    )


@client.command("list")
def list_clients(as_json: JsonOption = False) -> None:
    """List the clients, one per line: code and name.

    Examples: backfill client list · backfill client list --json
    """

    async def work(program: Program) -> list[Client]:
        async with program.database() as database:
            return await find_clients(database)

    clients = run(work, process="client", as_json=as_json)
    if as_json:
        print_json([{"code": found.code, "name": found.name} for found in clients])
        return
    for found in clients:
        typer.echo(f"{found.code}\t{found.name}")


async def client_with_code(database: Database, code: str) -> Client:
    """The client. Raises CommandError, with how to create it, when there is none."""
    if (found := await _client(database, code)) is not None:
        return found
    raise CommandError(
        f"There is no client with the code {code!r}. "
        f'Create it: backfill client create --code {code} --name "Its name"'
    )


async def client_for_token(program: Program, database: Database, code: str) -> Client:
    """The client, created with its code as name when there is none: whoever makes tokens makes clients.

    Raises INVALID_INPUT for what can't be a code.
    """
    await first_start(program, database)
    if (found := await _client(database, code)) is not None:
        return found
    try:
        owner = await create_client(database, code=code, name=code, now=utc_now())
    except Refusal as refusal:
        if refusal.code != ErrorCode.DUPLICATE:
            raise
        return await client_with_code(database, code)
    console.print(
        f"There was no client {code}; it exists now. The others: backfill client list",
        markup=False,
        soft_wrap=True,
    )
    return owner


async def first_start(program: Program, database: Database) -> None:
    """Create the first client and its token, when they were asked for and there is no client.

    Whatever makes a client does this before: the database is empty no longer then, and the token that was
    asked for would never be made.
    """
    if token := program.settings.bootstrap_token:
        await ensure_demo_client(database, token=token.get_secret_value(), now=utc_now())


async def commands_of_client(program: Program, database: Database, code: str | None) -> Callable[[], Command]:
    """Makes commands for the client named `code`, or else the only one; an empty database gets client DEMO.

    Raises CommandError when the client is not clear.
    """
    await first_start(program, database)
    if code is not None:
        owner = await client_with_code(database, code)
    else:
        owner = await _only_client(database)
    authority = Authority(client_id=owner.id, role=Role.ADMIN, actor="backfill load", source="cli")
    return lambda: Command(database=database, authority=authority, now=utc_now())


async def _client(database: Database, code: str) -> Client | None:
    return next((found for found in await find_clients(database) if found.code == code), None)


async def _only_client(database: Database) -> Client:
    clients = await find_clients(database)
    if len(clients) > 1:
        codes = ", ".join(found.code for found in clients)
        raise CommandError(f"There are several clients; name one with --client: {codes}")
    if clients:
        return clients[0]
    console.print(f"The database is empty: creating client {DEMO}.")
    await create_client(database, code=DEMO, name="Demo", now=utc_now())
    return await client_with_code(database, DEMO)
