"""Where traces go: to an OpenTelemetry collector, when `BACKFILL_TRACES_URL` names one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from domain import tracing
from domain.settings import Settings


class TracingNotInstalledError(Exception):
    """Traces are asked for, and what exports them is not installed."""


@contextmanager
def traced(settings: Settings, *, process: str) -> Iterator[None]:
    """Export the spans of the block, in the background; those still waiting are sent at its end.

    Without an address this does nothing, and imports nothing. Raises TracingNotInstalledError.
    """
    if settings.traces_url is None:
        yield
        return
    try:
        exporting = import_module("cli.trace_export")
    except ModuleNotFoundError as error:
        raise TracingNotInstalledError(
            "BACKFILL_TRACES_URL is set, and the parts that export traces are not installed. "
            "Install backfill[tracing], or take the setting away."
        ) from error
    provider = exporting.provider(settings.traces_url, ratio=settings.traces_ratio, process=process)
    tracing.switch_on()
    try:
        yield
    finally:
        provider.shutdown()
