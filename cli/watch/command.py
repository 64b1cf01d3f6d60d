"""`backfill watch`: the live feed of any Backfill, over its public API."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cli.output import JsonOption, print_json
from cli.program import CommandError, console, read_settings, run_without_databases
from cli.watch.following import Follower, News
from cli.watch.kinds import KINDS, Kind


def watch(
    url: Annotated[
        str | None,
        typer.Option(
            envvar="BACKFILL_URL",
            help="Where the API is, such as https://backfill.example; else where `serve` listens here.",
        ),
    ] = None,
    token: Annotated[
        str,
        typer.Option(
            envvar="BACKFILL_TOKEN", help="Whose changes, better in the variable: others see what you type."
        ),
    ] = "",
    kind: Annotated[
        list[str] | None,
        typer.Option(help=f"Only these changes; may be repeated. {', '.join(KINDS)}."),
    ] = None,
    distribution_center: Annotated[
        str | None, typer.Option("--dc", help="Only of the distribution center with this code.")
    ] = None,
    sku: Annotated[str | None, typer.Option(help="Only lines and stock of the SKU with this code.")] = None,
    after: Annotated[
        str | None, typer.Option(help="Begin after the event with this cursor, not now.")
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many events.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show every change as it happens, from here or from afar. Ctrl-C ends it.

    A connection that is lost is made again, and nothing is missed. With --json each event is one line:
    {"kind": …, "event": {"cursor": …, "at": …, …}}; {"state": "lost" | "resumed" | "expired", "message": …}
    tells of the connection.

    Examples: backfill watch · backfill watch --kind orders --dc BER ·
    BACKFILL_TOKEN=bf_… backfill watch --url https://backfill.example --json | jq .event.order.number
    """

    async def work() -> None:
        if not token:
            raise CommandError("Give a token in BACKFILL_TOKEN; `backfill token create` makes one.")
        follower = Follower(
            url=_socket_of(url or _here()),
            token=token,
            kinds=_chosen(kind, distribution_center=distribution_center, sku=sku),
            distribution_center=distribution_center,
            sku=sku,
            after=after,
        )
        seen = 0
        async with aclosing(follower.news()) as news:
            async for one in news:
                _tell(one, as_json=as_json)
                seen += one.kind is not None
                if seen == count:
                    return

    run_without_databases(work, as_json=as_json)


def _here() -> str:
    settings = read_settings()
    return f"http://{settings.host}:{settings.port}"


def _socket_of(url: str) -> str:
    parts = urlsplit(url)
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if parts.scheme not in schemes or not parts.hostname:
        raise CommandError(f"{url!r} is no address of an API: it starts with https:// or http://.")
    path = parts.path.rstrip("/").removesuffix("/graphql")
    return f"{schemes[parts.scheme]}://{parts.netloc}{path}/graphql"


def _chosen(names: list[str] | None, *, distribution_center: str | None, sku: str | None) -> list[Kind]:
    """The kinds to follow: without names all that can be narrowed so."""
    if unknown := [name for name in names or () if name not in KINDS]:
        raise CommandError(f"There is no kind {unknown[0]!r}; there are {', '.join(KINDS)}.")
    wanted = {"distributionCenter"} if distribution_center is not None else set()
    if sku is not None:
        wanted.add("sku")
    chosen = [KINDS[name] for name in names] if names else list(KINDS.values())
    narrowed = [kind for kind in chosen if wanted <= kind.arguments]
    if names and len(narrowed) < len(chosen):
        raise CommandError("Changes of these kinds can't be narrowed like that: leave --dc or --sku out.")
    return narrowed


def _tell(news: News, *, as_json: bool) -> None:
    if as_json:
        if news.kind is not None:
            print_json({"kind": news.kind.name, "event": news.event})
        else:
            print_json({"state": news.state, "message": news.message})
    elif news.kind is not None:
        console.print(news.kind.line(news.event), soft_wrap=True)
    else:
        console.print(news.message, style="yellow", markup=False, soft_wrap=True)
