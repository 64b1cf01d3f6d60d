"""Structured logs: one event per line on standard error, from this program and from every library it uses.

Bind `request_id` or `run_id` with `structlog.contextvars.bound_contextvars` and every line written while
it is bound carries it, whichever library wrote the line.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import EventDict, Processor

from domain.tracing import traceparent


def configure_logs(*, level: str, form: Literal["auto", "json", "console"], process: str) -> None:
    """Send all logs of this process to standard error. `process` names it (api, worker) on every line."""
    for_a_person = form == "console" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_uvicorns_colours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_process(process),
        _name_trace,
    ]
    render: list[Processor] = (
        # Its own choice of tracebacks prints the variables of every frame, and secrets with them.
        [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
        if for_a_person
        else [structlog.processors.format_exc_info, _as_json]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("tortoise", "asyncio", "websockets", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    # It tells every try to connect again, with a traceback; whoever needs the database tells that it is away.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    # At its most talkative it tells every frame of a WebSocket, and so the tokens in them.
    logging.getLogger("uvicorn").setLevel(max(logging.INFO, root.level))


def _without_uvicorns_colours(_logger: Any, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)
    return event


def _name_process(process: str) -> Processor:
    def add(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return add


def _name_trace(_logger: Any, _method: str, event: EventDict) -> EventDict:
    if trace := traceparent():
        event["trace_id"] = trace.split("-")[1]
    return event


def _as_json(_logger: Any, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
