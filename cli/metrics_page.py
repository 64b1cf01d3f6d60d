"""An address of its own for the measurements of a process that answers no HTTP, or shares its port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from domain.settings import Settings


class MetricsPortError(Exception):
    """The port for measurements can't be listened on; the message says why and what to do."""


@contextmanager
def metrics_page(registry: CollectorRegistry, settings: Settings) -> Iterator[None]:
    """Serve the registry at `metrics_port`, from a thread, for the time of the block, if there is a port.

    Raises MetricsPortError.
    """
    if settings.metrics_port is None:
        yield
        return
    try:
        server, thread = start_http_server(settings.metrics_port, addr=settings.host, registry=registry)
    except OSError as error:
        raise MetricsPortError(
            f"Can't listen on {settings.host}, port {settings.metrics_port}: {error.strerror}. Choose "
            "another BACKFILL_METRICS_PORT; the processes of `serve` take one port each, from that one on."
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
