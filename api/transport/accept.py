"""Which media types a client accepts (RFC 9110), of those that GraphQL is answered in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from api.transport.refusals import GRAPHQL_JSON, JSON, HttpRefusal

EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The JSON media type to answer in, if any is welcome, and whether event streams were asked for."""

    json: str | None
    event_stream: bool


@lru_cache(maxsize=256)
def accepted(header: str | None) -> Accepted:
    """What the header Accept allows. Raises HttpRefusal (406) when it is nothing that there is.

    Without a preference it is application/json, which every client understands.
    """
    weights = _weights(header or "*/*")
    event_stream = weights.get(EVENT_STREAM, 0) > 0
    graphql_json = weights.get(GRAPHQL_JSON, 0)
    anything = weights.get("application/*", weights.get("*/*", 0))
    json = weights.get(JSON, anything)
    if graphql_json and graphql_json >= json:
        return Accepted(GRAPHQL_JSON, event_stream)
    if json:
        return Accepted(JSON, event_stream)
    if event_stream:
        return Accepted(None, event_stream)
    raise HttpRefusal(
        HTTPStatus.NOT_ACCEPTABLE,
        "NOT_ACCEPTABLE",
        f"Answers come as {GRAPHQL_JSON}, {JSON} or, for subscriptions, {EVENT_STREAM}: accept one of them.",
    )


def _weights(header: str) -> dict[str, float]:
    """The quality of each media range; one that can't be read counts as 0."""
    weights: dict[str, float] = {}
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                quality = _quality(value.strip())
            elif key.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
                quality = 0.0
        weights[name] = max(quality, weights.get(name, 0.0))
    return weights


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
