"""What commands print for other programs: JSON, in the shapes that docs/command-line.md fixes."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print JSON, in a documented shape; errors too, on standard error."),
]


def print_json(value: Any) -> None:
    """One JSON text on a line of its own."""
    typer.echo(msgspec.json.encode(value).decode())
