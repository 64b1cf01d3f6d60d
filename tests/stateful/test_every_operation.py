"""No operation is left out: whatever the domain can do, the stateful test does at random."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import domain.operations
from domain.operations.command import Work
from domain.store.database import Connection

THROUGH = {
    "expire": "what it does kind by kind is driven kind by kind",
    "apply_message": "apply_delivery applies each message by it",
    "before_restoring": "of a backup that comes back, with its own tests",
    "after_restoring": "of a backup that comes back, with its own tests",
    "perform": "every operation is performed by it",
}
"""Operations that are not called by the rules themselves, and how they are reached."""
DRIVERS = (*Path(__file__).parent.glob("*.py"), Path("tests/bulk.py").resolve())


def operations() -> set[str]:
    """Everything the domain does on its own: in a transaction, or several, that it opens itself."""
    found = set()
    for path in pkgutil.iter_modules(domain.operations.__path__, "domain.operations."):
        module = importlib.import_module(path.name)
        for name, function in vars(module).items():
            if inspect.iscoroutinefunction(function) and not name.startswith("_"):
                parameters = inspect.signature(function, eval_str=True).parameters.values()
                of_another = {Work, Connection} & {parameter.annotation for parameter in parameters}
                if function.__module__ == module.__name__ and not of_another:
                    found.add(name)
    return found


def driven() -> set[str]:
    """What the stateful test takes from the domain's operations; the linter lets it take nothing unused."""
    return {
        alias.name
        for path in DRIVERS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("domain.operations.")
        for alias in node.names
    }


def test_every_operation_of_the_domain_is_driven() -> None:
    assert operations() - driven() - THROUGH.keys() == set()


def test_nothing_is_excused_that_is_driven_or_gone() -> None:
    assert THROUGH.keys() <= operations() - driven()
