"""The way that nearly every request takes, without asking of every other route whether it is meant."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Leads HTTP requests to one path straight to its endpoint, and everything else on to the routes."""

    def __init__(self, app: ASGIApp, *, path: str, endpoint: ASGIApp) -> None:
        self._app = app
        self._path = path
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request."""
        short = scope["type"] == "http" and scope["path"] == self._path and not scope.get("root_path")
        await (self._endpoint if short else self._app)(scope, receive, send)
