"""What each page may load and do, as Content-Security-Policy: nothing from anywhere but this server."""

from __future__ import annotations

from types import MappingProxyType

_OWN = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


def _policy(**changes: str) -> str:
    directives = _OWN | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


BOARD = _policy()

POLICIES = MappingProxyType(
    {
        "index.html": BOARD,
        # Its camera reader is WebAssembly where the browser has no reader of its own.
        "scan.html": _policy(script_src="'self' 'wasm-unsafe-eval'", media_src="'self' blob:"),
        # Its editor writes its styles into the page, and GraphiQL's icons and fonts are data: URLs.
        "graphiql.html": _policy(style_src="'self' 'unsafe-inline'", font_src="'self' data:"),
    }
)
"""Of each page, by its file."""

PLAIN = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""Of the page that stands in while the others are not built."""
