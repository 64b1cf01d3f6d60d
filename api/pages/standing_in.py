"""The page that is shown while the others are not built: what this is, where things are, and what to do."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.pages.policies import PLAIN

_HTML = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Backfill</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem }
  code { font-family: ui-monospace, monospace }
  dt { margin-top: .75rem }
</style>
</head>
<body>
<h1>Backfill</h1>
<p>Backfill takes sales orders, dispatches what is in stock and keeps track of the rest until it can be
filled, and tells everybody who subscribed what changes as it happens.</p>
<p>The board, the scanner page and GraphiQL are not built here. In a checkout, <code>make web</code> builds
them; then start the program again.</p>
<dl>
<dt><a href="/graphql">/graphql</a></dt>
<dd>the GraphQL API: POST, WebSocket (<code>graphql-transport-ws</code>) or server-sent events, with
<code>Authorization: Bearer TOKEN</code></dd>
<dt><a href="/readyz">/readyz</a></dt><dd>whether it can work, and what is missing if not</dd>
<dt><a href="/healthz">/healthz</a></dt><dd>whether it lives</dd>
<dt><a href="/metrics">/metrics</a></dt><dd>its figures, for Prometheus</dd>
</dl>
</body>
</html>
"""


async def standing_in(request: Request) -> HTMLResponse:
    """The page; it loads nothing from anywhere. At `/` it is what there is (200), elsewhere it is 404."""
    status = HTTPStatus.OK if request.url.path == "/" else HTTPStatus.NOT_FOUND
    return HTMLResponse(_HTML, status, headers={"Content-Security-Policy": PLAIN})
