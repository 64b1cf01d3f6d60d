"""The tables of docs/operating.md that are made from the program."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from prometheus_client.core import Metric
from pydantic_core import PydanticUndefined

from domain import settings as module
from domain.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"


def settings_table() -> str:
    """Every setting: its variable, its default, and what it says."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    said = dict(_docstrings())
    for name, field in Settings.model_fields.items():
        text = " ".join(said[name].split()).replace("|", "\\|")
        rows.append(f"| `BACKFILL_{name.upper()}` | {_default(field.default)} | {text} |")
    return "\n".join(rows)


def _docstrings() -> Iterator[tuple[str, str]]:
    tree = ast.parse(inspect.getsource(module))
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    for node, following in pairwise(body):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            yield node.target.id, str(following.value.value)


def _default(value: object) -> str:
    if value in (None, (), {}) or value is PydanticUndefined:
        return ""
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def metrics_table(families: Iterable[Metric]) -> str:
    """Every measurement of ours: its name as it is asked for, its type, and what it says."""
    rows = ["| measurement | type | what it is |", "|---|---|---|"]
    for family in sorted(families, key=lambda family: family.name):
        name = family.name + {"counter": "_total"}.get(family.type, "")
        rows.append(f"| `{name}` | {family.type} | {family.documentation} |")
    return "\n".join(rows)


def with_table(page: str, name: str, table: str) -> str:
    """The page with another table between the marks of this name."""
    marked = re.compile(rf"(<!-- {name}\b[^\n]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    changed, times = marked.subn(lambda found: f"{found[1]}{table}\n{found[2]}", page)
    if times != 1:
        raise LookupError(f"the page has {times} places for {name}")
    return changed
