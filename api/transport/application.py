"""Starlette, inside of what every request passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp


class Application(Starlette):
    """An application with layers around all of Starlette, outermost first.

    Starlette puts middleware between its error handling and the routes: an answer to a mistake of ours would
    pass none of it, and a request that needs no route would pass the error handling.
    """

    def __init__(self, *, around: Sequence[Middleware], **told: Any) -> None:
        """Take the layers, and what Starlette takes."""
        super().__init__(**told)
        self._around = tuple(around)

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's own stack within the layers."""
        app = super().build_middleware_stack()
        for layer, args, keywords in reversed(self._around):
            app = layer(app, *args, **keywords)
        return app
