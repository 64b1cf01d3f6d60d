"""docs/realtime.md tells of all codes that a socket is closed with, and of no others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from strawberry.http import async_base_view
from strawberry.subscriptions.protocols.graphql_transport_ws import handlers
from uvicorn.protocols.websockets import websockets_sansio_impl
from websockets import protocol
from websockets.frames import CloseCode

import api
from tests.docs.close_codes import documented

_CLOSING = {"close", "send_close", "fail"}
"""Names of methods whose first argument, or `code`, is a code."""

_NO_FRAME = {CloseCode.ABNORMAL_CLOSURE}
"""What a client says of a connection that was cut; nobody sends it."""


_HOUSE = Path(str(api.__file__)).parent


def test_the_table_of_close_codes_is_the_code() -> None:
    ours = [
        import_module(".".join(path.relative_to(_HOUSE.parent).with_suffix("").parts))
        for path in sorted(_HOUSE.rglob("*.py"))
    ]
    sent = {
        code
        for module in [*ours, handlers, async_base_view, websockets_sansio_impl, protocol]
        for code in _sent_by(module)
    }
    assert set(documented()) == sent - _NO_FRAME


def _sent_by(module: ModuleType) -> Iterator[int]:
    """The codes that a module names where it closes a socket."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _CLOSING
            and (told := [*node.args[:1], *(word.value for word in node.keywords if word.arg == "code")])
        ):
            code = _value(told[0], module)
            if isinstance(code, int):
                yield int(code)


def _value(told: ast.expr, module: ModuleType) -> object:
    """What an argument is, where it is a number or a name of the module; None for what is passed on."""
    match told:
        case ast.Constant(value):
            return value
        case ast.Name(name):
            return getattr(module, name, None)
        case ast.Attribute(ast.Name(name), member):
            return getattr(getattr(module, name, None), member, None)
        case _:
            return None
