"""Traces: one request followed to the operation it asked for, the job that did it, and the events it caused.

Nothing is traced, at next to no cost, until `switch_on` was called by a process that exports what is
recorded (`cli/tracing.py`). What continues a trace in another process is its `traceparent`, as the W3C
has it: jobs carry it in their payload, events in their data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACE = "trace"
"""The key under which the data of an event carries the trace of the transaction that caused it."""

_HEADER = "traceparent"
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("backfill")


class _Switch:
    on = False


def switch_on() -> None:
    """Record spans from now on; the process has a tracer provider that takes them."""
    _Switch.on = True


def is_on() -> bool:
    """Whether spans are recorded."""
    return _Switch.on


def traceparent() -> str | None:
    """What continues the current trace elsewhere; None when there is none, or nobody keeps it."""
    if not _Switch.on or not trace.get_current_span().get_span_context().trace_flags.sampled:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(_HEADER)


def span(
    name: str,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    **attributes: str | int | None,
) -> AbstractContextManager[Span | None]:
    """A span for the time of a `with`: below `parent`, a traceparent, or else below the current span.

    It is given to the block, or None while nothing is traced. An exception that leaves the block marks it
    as failed, by its type only: messages may hold what belongs to clients. A parent that is no traceparent
    counts as none.
    """
    return _recorded(name, parent, kind, attributes) if _Switch.on else nullcontext()


@contextmanager
def _recorded(
    name: str, parent: str | None, kind: SpanKind, attributes: Mapping[str, str | int | None]
) -> Iterator[Span]:
    below = _PROPAGATOR.extract({_HEADER: parent}) if parent else None
    with _TRACER.start_as_current_span(
        name,
        context=below,
        kind=kind,
        attributes=_known(attributes),
        record_exception=False,
        set_status_on_exception=False,
    ) as one:
        try:
            yield one
        except Exception as error:
            one.set_status(StatusCode.ERROR, type(error).__name__)
            raise


@contextmanager
def spans(name: str, *, parents: Iterable[object], **attributes: str | int | None) -> Iterator[None]:
    """One span below each of `parents`, for work that is done once for several traces.

    None of them becomes the current one. Parents that are no traceparents are passed over.
    """
    with ExitStack() as opened:
        for parent in dict.fromkeys(parents):
            if _Switch.on and isinstance(parent, str):
                below = _PROPAGATOR.extract({_HEADER: parent}, context=context.Context())
                one = _TRACER.start_span(name, context=below, attributes=_known(attributes))
                opened.callback(one.end)
        yield


def _known(attributes: Mapping[str, str | int | None]) -> dict[str, str | int]:
    return {f"backfill.{name}": value for name, value in attributes.items() if value is not None}
