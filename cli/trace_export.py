"""OpenTelemetry's SDK, put together; imported only where traces are exported, as it takes a while."""

from __future__ import annotations

from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased


def provider(url: str, *, ratio: float, process: str) -> TracerProvider:
    """The process's tracer provider, which sends spans to `url` from a thread of its own.

    `ratio` of the traces that begin here are kept; a trace that came from elsewhere is as its beginning
    was. Spans are dropped, never waited for, while the collector is away.
    """
    made = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        # OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME add to these, as everywhere.
        resource=Resource.create(
            {"service.name": f"backfill-{process}", "service.version": version("backfill")}
        ),
    )
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    trace.set_tracer_provider(made)
    return made
