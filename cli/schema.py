"""`backfill schema`: the GraphQL schema as text."""

from __future__ import annotations

import typer

from api.schema import schema as graphql_schema


def schema() -> None:
    """Print the GraphQL schema, as schema.graphql holds it.

    Example: backfill schema > schema.graphql
    """
    typer.echo(graphql_schema.as_str())
