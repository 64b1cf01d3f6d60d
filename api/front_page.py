"""The page at the root: what this is, and where things are."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse

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


async def front_page(_request: Request) -> HTMLResponse:
    """The page; it loads nothing from anywhere."""
    return HTMLResponse(
        _HTML,
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        },
    )
