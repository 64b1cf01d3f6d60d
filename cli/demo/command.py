"""`backfill demo`: starts everything, loads sample orders, and shows what happens."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from cli.clients import client_with_code
from cli.demo.business import Business
from cli.demo.feed import Feed
from cli.demo.samples import Shop
from cli.graphql_socket import GraphQLSocket, SocketClosedError
from cli.http_server import listening_socket
from cli.program import Program, console, read_settings, run, utc_now
from cli.serve import serve_until_stopped
from domain.bootstrap import DEMO, create_client, create_token, find_clients
from domain.rules.vocabulary import Role
from domain.store.migrate import migrate

_SEED = 20261122


def demo(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port, else BACKFILL_PORT.")] = None,
) -> None:
    """Start everything on sample orders and show each change as it happens. Ctrl-C stops it.

    The data is kept in a folder of its own, so nothing of yours is touched; a later start goes on with it.

    Examples: backfill demo · backfill demo --port 9000
    """
    settings = read_settings()
    wanted = settings.port if port is None else port
    settings = settings.model_copy(
        update={
            "data_dir": settings.data_dir / "demo",
            "port": _free(settings.host, wanted),
            "log_level": "warning",
            # The demo's own business is done over the API, with documents of its own.
            "trusted_documents_only": False,
        }
    )
    console.print("Starting the databases, the API and a worker …")

    async def work(program: Program) -> None:
        token = await _token(program)

        async def watch(address: str) -> None:
            _explain(address, token)
            try:
                await _do_business(address, token)
            except* SocketClosedError:
                console.print("The API closes its connections.")

        await serve_until_stopped(program, workers=1, beside=watch)

    run(work, process="demo", redis=True, settings=settings)


async def _token(program: Program) -> str:
    """A token of the demo's client, made on the spot, good for a day."""
    async with program.unmigrated_database(name="backfill-demo") as database:
        await migrate(database)
        now = utc_now()
        if all(found.code != DEMO for found in await find_clients(database)):
            await create_client(database, code=DEMO, name="Demo", now=now)
        owner = await client_with_code(database, DEMO)
        return await create_token(
            database,
            client_id=owner.id,
            role=Role.ADMIN,
            label="demo",
            now=now,
            expires_at=now + timedelta(days=1),
        )


async def _do_business(address: str, token: str) -> None:
    url = f"ws{address.removeprefix('http')}/graphql"
    series = f"{utc_now():%d-%H%M}"
    async with GraphQLSocket.open(url, token=token) as socket, asyncio.TaskGroup() as group:
        group.create_task(Feed(socket).run())
        business = Business(socket, Shop(seed=_SEED, series=series))
        await business.open()
        await business.go_on()


def _explain(address: str, token: str) -> None:
    console.print(
        f"\n  Open     [bold]{address}[/bold] and sign in with the token\n"
        f"  Token    [bold]{token}[/bold]\n"
        f"  Try      curl {address}/graphql -H 'Authorization: Bearer {token}' \\\n"
        "             -H 'Content-Type: application/json' -d '{\"query\":\"{ orders(first: 3) "
        "{ totalCount nodes { number status } } }\"}'\n\n"
        "What subscribers see, from here on; the Order Processor runs at every full minute:\n",
        soft_wrap=True,
    )


def _free(host: str, port: int) -> int:
    """`port`, or 0 (any) when somebody listens there already."""
    try:
        listening_socket(host, port).close()
    except OSError:
        return 0
    return port
