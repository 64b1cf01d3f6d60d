"""Whatever is sent over HTTP is answered, never as our own mistake, and errors are JSON."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ids import encode_id
from domain.rules.signatures import signed_headers
from tests.api.transport.serving import Server
from tests.fuzz.examples import examples
from tests.fuzz.values import ANY_JSON, ANY_TEXT, LARGEST, OPERATIONS, PAYLOADS
from tests.fuzz.watching import Watch
from tests.marketplace import SECRET, order

pytestmark = pytest.mark.anyio

_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(lambda text: quote(text, safe=""))
_IDS = st.sampled_from(
    [encode_id("Order", 1), encode_id("Dispatch", 1), encode_id("Backorder", 2**70), encode_id("Order", 0)]
)
PATHS = st.one_of(
    st.just("/graphql"),
    st.just("/graphql"),
    st.builds("/webhooks/marketplace/{}".format, st.just("WEB") | _NAMES),
    st.builds("/reports/backordering.{}".format, st.sampled_from(["csv", "xlsx"]) | _NAMES),
    st.builds(
        "/print/{}/{}.pdf".format, st.sampled_from(["order", "pick", "backorder"]) | _NAMES, _IDS | _NAMES
    ),
    st.builds("/{}".format, _NAMES),
)
METHODS = st.sampled_from(
    ["POST", "POST", "GET", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"]
)
PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["query", "variables", "operationName", "extensions", "documentId",
         "from", "until", "sku", "distributionCenter"]
    )
    | ANY_TEXT,
    st.one_of(
        ANY_TEXT,
        ANY_JSON.map(json.dumps),
        OPERATIONS.map(lambda operation: operation["query"]),
        st.dates().map(str),
        st.sampled_from(["MAIN", "TEA", "9999-12-31", "0001-01-01", "2026-02-30"]),
    ),
    max_size=4,
)  # fmt: skip
_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
_MEDIA = st.sampled_from(
    [
        "application/json", "application/graphql-response+json", "text/event-stream", "*/*", "text/html",
        "application/json; charset=utf-8", "application/json; charset=latin-1", "application/json;q=0",
        "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
        "application/*;q=0.2, */*;q=x",
    ]
)  # fmt: skip
HEADERS = st.fixed_dictionaries(
    {"Content-Type": st.just("application/json") | _MEDIA | _VALUES},
    optional={
        "Accept": _MEDIA | _VALUES,
        "Content-Encoding": st.sampled_from(["gzip", "identity", "br"]) | _VALUES,
        "X-Request-Id": _VALUES | st.text("ab-_", min_size=1, max_size=300),
        "Origin": st.sampled_from(["https://elsewhere.example", "null"]) | _VALUES,
        "traceparent": _VALUES | st.just("00-" + "1" * 32 + "-" + "2" * 16 + "-01"),
        "Last-Event-ID": _VALUES,
        "webhook-id": _VALUES,
        "webhook-timestamp": _VALUES | st.integers().map(str),
        "webhook-signature": _VALUES | st.just("v1,AAAA"),
    },
)
BODIES = st.one_of(
    OPERATIONS.map(json.dumps).map(str.encode),
    PAYLOADS.map(json.dumps).map(str.encode),
    ANY_JSON.map(json.dumps).map(str.encode),
    st.sampled_from([b"NaN", b'{"query": "{ client { code } }", "variables": {"n": -Infinity}}']),
    st.binary(max_size=200),
    st.sampled_from([LARGEST - 1, LARGEST, LARGEST + 1, 1 << 21]).map(bytes),
    st.just(b"[" * 5_000),
    st.just(b'{"query": "{ client { code } }", "variables": ' + b'{"a":' * 900 + b"1" + b"}" * 901),
)


@given(
    method=METHODS,
    path=PATHS,
    parameters=PARAMETERS,
    headers=HEADERS,
    body=BODIES,
    authorized=st.sampled_from([True, True, True, False]) | _VALUES,
    chunked=st.booleans(),
)
@examples(250)
async def test_no_request_is_answered_as_our_own_mistake(
    server: Server,
    watch: Watch,
    method: str,
    path: str,
    parameters: dict[str, str],
    headers: dict[str, str],
    body: bytes,
    authorized: bool | str,
    chunked: bool,
) -> None:
    sent = {name: value.strip().encode("latin-1") for name, value in headers.items()}
    if authorized:
        told = f"Bearer {server.token}" if authorized is True else authorized.strip()
        sent["Authorization"] = told.encode("latin-1")

    async def in_pieces() -> Any:
        for begin in range(0, len(body), 1 << 14):
            yield body[begin : begin + (1 << 14)]

    content: Any = in_pieces() if chunked else body
    async with watch.example():
        await _check(server, method, path, body, params=parameters, headers=sent, content=content)


_REST = {name: value for name, value in order("SO-2", TEA=1).items() if name != "number"}
MESSAGES = st.one_of(
    ANY_JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "orders": ANY_JSON
            | st.lists(
                st.fixed_dictionaries(
                    {"number": st.just("SO-2") | ANY_JSON},
                    optional={name: st.just(value) | ANY_JSON for name, value in _REST.items()}
                    | {"more": ANY_JSON},
                ),
                max_size=3,
            ),
            "statuses": ANY_JSON,
        },
    ),
)


@given(
    message=MESSAGES,
    message_id=ANY_TEXT.map(str.strip).filter(lambda text: text.isascii() and text.isprintable()),
)
@examples(60)
async def test_a_signed_message_of_any_shape_is_kept_or_refused(
    server: Server, watch: Watch, message: object, message_id: str
) -> None:
    body = json.dumps(message).encode()
    headers = signed_headers(SECRET, message_id=message_id, at=datetime.now(UTC), body=body)
    async with watch.example():
        await _check(server, "POST", "/webhooks/marketplace/WEB", body, content=body, headers=headers)


_BEGINNINGS = st.sampled_from(
    [
        b"GET /graphql HTTP/1.1\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n",
        b"GET //\xff?\xfe=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
)


@given(data=st.binary(max_size=300) | st.builds(bytes.__add__, _BEGINNINGS, st.binary(max_size=100)))
@examples(100)
async def test_bytes_that_are_no_request_hurt_nobody(server: Server, watch: Watch, data: bytes) -> None:
    async with watch.example():
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(data)
        writer.write_eof()
        answer = b""
        with suppress(ConnectionResetError):
            async with asyncio.timeout(60):
                answer = await reader.read()
        writer.close()
        assert not answer.startswith(b"HTTP/1.1 5"), answer
        if answer.startswith(b"HTTP/1.1 400"):
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["errors"], answer
        assert (await server.query("{ client { code } }")).status_code == 200


async def _check(server: Server, method: str, path: str, body: bytes, **sent: Any) -> None:
    """Send a request and read its answer, of a stream of events no more than its beginning."""
    try:
        async with server.http.stream(method, path, **sent) as answer:
            assert answer.status_code < 500, (answer.status_code, await answer.aread())
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return
            told = await answer.aread()
    except (httpx.RemoteProtocolError, httpx.WriteError, httpx.ReadError):
        # Who goes on sending what was refused unread may be cut off before it reads why.
        if len(body) < LARGEST:
            raise
        return
    if answer.status_code < 400 or method == "HEAD":
        if (
            answer.headers.get("content-type", "").startswith("application/")
            and b"INTERNAL_SERVER_ERROR" in told
        ):
            pytest.fail(told.decode())
        return
    assert "json" in answer.headers["content-type"], (answer.status_code, answer.headers, told)
    for error in json.loads(told)["errors"]:
        assert error["message"]
        assert error.get("extensions", {}).get("code") != "INTERNAL_SERVER_ERROR"
