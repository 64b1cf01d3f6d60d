"""`backfill documents`: the documents of an application, checked and named."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from graphql import GraphQLError, parse, validate

from api.schema import schema
from api.transport.documents import Documents
from api.transport.limits import Limits
from api.transport.persisted import UnreadableDocumentsError, read_documents
from cli.program import fail, read_settings


def documents(
    source: Annotated[Path, typer.Argument(help="A folder of .graphql files, or a manifest.")],
) -> None:
    """Print a manifest of trusted documents, for BACKFILL_DOCUMENTS: each by its hash, checked by the schema.

    Each file must be whole: fragments of other files are not looked for.

    Example: backfill documents my-app/queries > documents.json
    """
    try:
        found = read_documents(source)
    except UnreadableDocumentsError as error:
        fail(str(error))
    checking = Documents(schema._schema, Limits.of(read_settings()))
    problems = [f"{name}: {problem}" for name, text in found.items() if (problem := _problem(checking, text))]
    if problems:
        fail("These documents would be refused:\n  " + "\n  ".join(problems))
    typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())


def _problem(checking: Documents, text: str) -> str | None:
    try:
        checking.check(text)
        for error in validate(schema._schema, parse(text)):
            return error.message
    except GraphQLError as error:
        return error.message
    return None
