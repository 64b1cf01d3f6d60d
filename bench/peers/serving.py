"""Runs an ASGI application of the peers as Backfill runs its own: uvicorn, the same protocols, one process.

python -m bench.peers.serving MODULE    (its `app`; the port is printed)
"""

from __future__ import annotations

import importlib
import sys

import uvicorn

from cli.http_server import listening_socket


def serve(module: str) -> None:
    """Serve `app` of the module on a free port until the process is told to stop."""
    app = importlib.import_module(module).app
    with listening_socket("127.0.0.1", 0) as listener:
        sys.stdout.write(f"listening on {listener.getsockname()[1]}\n")
        sys.stdout.flush()
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve(sys.argv[1])
