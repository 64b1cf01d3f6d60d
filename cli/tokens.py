"""`backfill token …`: what programs and people prove themselves with."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from cli.clients import client_for_token, client_with_code
from cli.output import JsonOption, print_json
from cli.program import Program, run, utc_now
from domain.bootstrap import Token, create_token, find_tokens, revoke_token
from domain.rules.vocabulary import Role

token = typer.Typer(no_args_is_help=True, help="API tokens. Each belongs to one client and has one role.")

ClientOption = Annotated[str, typer.Option("--client", help="Code of the client.")]


@token.command()
def create(
    client: ClientOption,
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What the token may do.")],
    label: Annotated[str, typer.Option(help="What it is for, for the list of tokens.")] = "",
    expires_in_days: Annotated[int | None, typer.Option(min=1, max=3650, help="Never, if not given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Create a token and print it. It is kept as a hash only: this is the one time it can be seen.

    A client that does not exist is created with it, as `backfill client create` would.

    Examples: backfill token create --client DEMO --role ADMIN ·
    backfill token create --client DEMO --role SERVICE --label "web shop" --expires-in-days 90
    """

    async def work(program: Program) -> str:
        async with program.database() as database:
            owner = await client_for_token(program, database, client)
            now = utc_now()
            expires_at = None if expires_in_days is None else now + timedelta(days=expires_in_days)
            return await create_token(
                database,
                client_id=owner.id,
                role=role,
                label=label or f"{role.lower()} token",
                now=now,
                expires_at=expires_at,
            )

    made = run(work, process="token", as_json=as_json)
    if as_json:
        print_json({"token": made, "client": client, "role": role.value})
    else:
        typer.echo(made)


@token.command("list")
def list_tokens(client: ClientOption, as_json: JsonOption = False) -> None:
    """List a client's tokens, one per line: id, role, label, until when it works.

    Examples: backfill token list --client DEMO · backfill token list --client DEMO --json
    """

    async def work(program: Program) -> list[Token]:
        async with program.database() as database:
            owner = await client_with_code(database, client)
            return await find_tokens(database, client_id=owner.id)

    tokens = run(work, process="token", as_json=as_json)
    if as_json:
        print_json(tokens)
        return
    for found in tokens:
        typer.echo("\t".join((str(found.id), found.role, found.label, _state(found))))


@token.command()
def revoke(
    client: ClientOption,
    token_id: Annotated[int, typer.Argument(help="As in the list.")],
    as_json: JsonOption = False,
) -> None:
    """Make a token useless, for good and within seconds.

    Example: backfill token revoke --client DEMO 3
    """

    async def work(program: Program) -> None:
        async with program.database() as database:
            owner = await client_with_code(database, client)
            await revoke_token(database, client_id=owner.id, token_id=token_id, now=utc_now())

    run(work, process="token", as_json=as_json)
    if as_json:
        print_json({"id": token_id, "revoked": True})
    else:
        typer.echo(f"Token {token_id} is revoked.")


def _state(found: Token) -> str:
    if found.revoked_at is not None:
        return f"revoked {found.revoked_at:%Y-%m-%d}"
    return "no end" if found.expires_at is None else f"until {found.expires_at:%Y-%m-%d %H:%M} UTC"
