"""Runs an ASGI application of the peers as Backfill runs its own: uvicorn and the same protocols.

python -m bench.peers.serving MODULE [PROCESSES]    (its `app`; the port, which they share, is printed)
"""

from __future__ import annotations

import importlib
import os
import sys

import uvicorn

from cli.http_server import listening_socket


def serve(module: str, processes: int = 1) -> None:
    """Serve `app` of the module on a free port until the process is told to stop.

    Further processes stop with the group of this one.
    """
    app = importlib.import_module(module).app
    with listening_socket("127.0.0.1", 0) as listener:
        sys.stdout.write(f"listening on {listener.getsockname()[1]}\n")
        sys.stdout.flush()
        # The first goes on as it is, the others as its children.
        any(os.fork() == 0 for _ in range(processes - 1))
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
    serve(sys.argv[1], *map(int, sys.argv[2:]))
