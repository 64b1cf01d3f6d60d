"""`backfill schema`: the GraphQL schema as text."""

from __future__ import annotations

from typing import Annotated

import typer

from api.reference import reference
from api.schema import schema as graphql_schema


def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page for people.")] = False,
) -> None:
    """Print the GraphQL schema, as schema.graphql holds it, or as docs/reference.md does.

    Examples: backfill schema > schema.graphql · backfill schema --markdown > docs/reference.md
    """
    sdl = graphql_schema.as_str()
    typer.echo(reference(sdl) if markdown else sdl, nl=not markdown)
