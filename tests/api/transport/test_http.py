"""GraphQL over HTTP: what is answered, in which media type and with which status."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from cli import http_server
from domain.settings import Settings
from tests.api.transport.serving import Server, code_of

pytestmark = pytest.mark.anyio

LARGEST_BODY = Settings().body_bytes

GRAPHQL = "application/graphql-response+json"

NO_OBJECT = "The body must be a JSON object with a `query`."
NO_BATCH = "Batches are not supported: send each operation in a request of its own."
NO_JSON = "The body is not valid JSON"
NO_QUERY = "The request has no `query`"

NO_REQUESTS = [
    (b'"x"', NO_OBJECT),
    (b"3", NO_OBJECT),
    (b"null", NO_OBJECT),
    (b"[]", NO_BATCH),
    (b'[{"query": "{ client }"}]', NO_BATCH),
    (b"", NO_JSON),
    (b'{"query": ', NO_JSON),
    (b'{"query": "\xff"}', NO_JSON),
    (b'{"query": "\\ud800"}', NO_JSON),
    (b"[" * 100_000, NO_JSON),
    (b"{}", NO_QUERY),
    (b'{"query": null}', NO_QUERY),
    (b'{"query": "  "}', NO_QUERY),
    (b'{"query": 3}', NO_QUERY),
    (b'{"query": "{ client }", "variables": "x"}', "`variables` must be an object or null."),
    (b'{"query": "{ client }", "variables": []}', "`variables` must be an object or null."),
    (b'{"query": "{ client }", "extensions": 3}', "`extensions` must be an object or null."),
    (b'{"query": "{ client }", "operationName": 3}', "`operationName` must be text or null."),
]

NOT_EXECUTABLE = [
    ({"query": "{ client"}, "Syntax Error: Expected Name, found <EOF>.", "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ unknown }"}, "Cannot query field 'unknown' on type 'Query'.", "GRAPHQL_VALIDATION_FAILED"),
    (
        {"query": "query ($t: String!) { echo(text: $t) }"},
        "Variable '$t' has invalid value: Expected a value of non-null type 'String!' to be provided.",
        "BAD_USER_INPUT",
    ),
    (
        {"query": "query A { client } query B { client }"},
        "The document has several operations: say which to execute with `operationName`.",
        "OPERATION_RESOLUTION_FAILURE",
    ),
    (
        {"query": "query A { client }", "operationName": "C"},
        "The document has no operation named 'C'.",
        "OPERATION_RESOLUTION_FAILURE",
    ),
    (
        {"query": "fragment F on Query { client }"},
        "The document has no operation.",
        "OPERATION_RESOLUTION_FAILURE",
    ),
]


async def test_a_query_is_answered_in_the_media_type_that_is_accepted(server: Server) -> None:
    for accept in ("application/json", GRAPHQL):
        answer = await server.query("{ client }", accept=accept)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
        assert answer.json() == {"data": {"client": server.client.id}}


async def test_a_media_type_that_there_is_not_is_refused(server: Server) -> None:
    answer = await server.query("{ client }", accept="text/html, application/json;q=0")
    assert (answer.status_code, code_of(answer)) == (406, "NOT_ACCEPTABLE")


async def test_only_json_is_read_so_that_no_form_can_send_a_request(server: Server) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = await server.post({"query": "{ client }"}, content_type=content_type)
        assert (answer.status_code, code_of(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")
        assert answer.headers["accept-post"] == "application/json"


async def test_json_is_utf_8_and_not_compressed(server: Server) -> None:
    body = {"query": '{ echo(text: "Grün") }'}
    for content_type in ("application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'):
        answer = await server.post(json.dumps(body, ensure_ascii=False).encode(), content_type=content_type)
        assert answer.json() == {"data": {"echo": "Grün"}}
    for refused in ({"content_type": "application/json; charset=utf-16"}, {"content_encoding": "gzip"}):
        answer = await server.post(body, **refused)
        assert (answer.status_code, code_of(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_request_that_is_none_is_refused_with_what_is_wrong(server: Server) -> None:
    for accept in (GRAPHQL, "application/json"):
        for body, message in NO_REQUESTS:
            answer = await server.post(body, accept=accept)
            assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST"), body
            assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
            assert answer.json()["errors"][0]["message"].startswith(message), body


async def test_what_cannot_be_executed_has_no_data_and_a_status_of_its_own(server: Server) -> None:
    for accept, status in ((GRAPHQL, 400), ("application/json", 200)):
        for body, problem, code in NOT_EXECUTABLE:
            answer = await server.post(body, accept=accept)
            assert answer.status_code == status, body
            assert "data" not in answer.json()
            told = [(error["message"], error["extensions"]["code"]) for error in answer.json()["errors"]]
            assert told == [(problem, code)]


async def test_the_operation_that_is_named_is_the_one_executed(server: Server) -> None:
    document = 'query A { client } query B { echo(text: "b") }'
    answer = await server.post({"query": document, "operationName": "B"})
    assert answer.json() == {"data": {"echo": "b"}}


async def test_null_is_as_good_as_absent(server: Server) -> None:
    answer = await server.post(
        {"query": "{ client }", "variables": None, "operationName": None, "extensions": None}
    )
    assert answer.json() == {"data": {"client": server.client.id}}


async def test_a_failing_field_is_told_without_its_cause(server: Server) -> None:
    partial = await server.query("{ client perhaps }", accept=GRAPHQL)
    assert partial.status_code == 200
    assert partial.json()["data"] == {"client": server.client.id, "perhaps": None}
    nothing = await server.query("{ certainly }", accept=GRAPHQL)
    assert (nothing.status_code, nothing.json()["data"]) == (500, None)
    assert (await server.query("{ certainly }", accept="application/json")).status_code == 200
    for answer in (partial, nothing):
        assert code_of(answer) == "INTERNAL_SERVER_ERROR"
        assert "secret" not in answer.text


async def test_queries_can_be_sent_with_get(server: Server) -> None:
    sent = {
        "query": "query Q($t: String!) { echo(text: $t) }",
        "variables": '{"t": "x"}',
        "operationName": "",
        "extensions": "",
    }
    answer = await server.http.get("/graphql", params=sent, headers=server.headers)
    assert answer.json() == {"data": {"echo": "x"}}
    bad = await server.http.get("/graphql", params={**sent, "variables": "{"}, headers=server.headers)
    assert (bad.status_code, code_of(bad)) == (400, "BAD_REQUEST")
    none = await server.http.get("/graphql", headers=server.headers)
    assert (none.status_code, code_of(none)) == (400, "BAD_REQUEST")


async def test_mutations_need_post(server: Server) -> None:
    document = "mutation { increment(by: 1) }"
    for accept in (GRAPHQL, "application/json"):
        refused = await server.http.get(
            "/graphql", params={"query": document}, headers={**server.headers, "Accept": accept}
        )
        assert (refused.status_code, code_of(refused)) == (405, "METHOD_NOT_ALLOWED")
        assert refused.headers["allow"] == "POST"
    assert (await server.query(document)).json() == {"data": {"increment": 2}}


async def test_other_methods_are_refused_as_json(server: Server) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = await server.http.request(method, "/graphql", headers=server.headers)
        assert (answer.status_code, code_of(answer)) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == "GET, POST"


async def test_a_subscription_over_post_says_what_to_use_instead(server: Server) -> None:
    answer = await server.query("subscription { changed { number } }", accept="application/json")
    assert (answer.status_code, code_of(answer)) == (406, "NOT_ACCEPTABLE")
    assert "Accept: text/event-stream" in answer.json()["errors"][0]["message"]


async def test_a_body_has_a_limit_whether_it_is_announced_or_not(server: Server) -> None:
    answer = await _raw(server, f"Content-Length: {LARGEST_BODY + 1}")
    assert answer.startswith("HTTP/1.1 413 ")
    assert "PAYLOAD_TOO_LARGE" in answer

    async def streamed() -> Any:
        for _ in range(LARGEST_BODY // 2**20 + 1):
            yield b" " * 2**20

    sent = await server.http.post(
        "/graphql", content=streamed(), headers={**server.headers, "Content-Type": "application/json"}
    )
    assert (sent.status_code, code_of(sent)) == (413, "PAYLOAD_TOO_LARGE")


async def test_much_data_fits_into_variables_but_not_into_a_document(server: Server) -> None:
    text = "x" * 8 * 2**20
    answer = await server.post({"query": "query ($t: String!) { echo(text: $t) }", "variables": {"t": text}})
    assert answer.json() == {"data": {"echo": text}}
    refused = await server.query(f'{{ echo(text: "{text}") }}')
    assert code_of(refused) == "DOCUMENT_TOO_COMPLEX"


@pytest.mark.parametrize("server", [{"request_seconds": 0.5}], indirect=True, ids=["hasty"])
async def test_what_takes_too_long_is_given_up(server: Server) -> None:
    answer = await server.query("{ waits(seconds: 600) }", accept=GRAPHQL)
    assert (answer.status_code, code_of(answer)) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


async def test_who_hangs_up_while_sending_is_not_answered_and_does_no_harm(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(_head(server, "Content-Length: 1000"))
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    assert (await server.query("{ client }")).status_code == 200


async def _raw(server: Server, header: str) -> str:
    """What is answered to a request of which only the head was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(_head(server, header))
    async with asyncio.timeout(60):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head)
        assert length is not None
        # Not to the end of the connection, which stays open for a next request.
        body = await reader.readexactly(int(length[1]))
    writer.close()
    return head + body.decode()


def _head(server: Server, header: str) -> bytes:
    lines = [
        "POST /graphql HTTP/1.1",
        "Host: test",
        "Content-Type: application/json",
        f"Authorization: Bearer {server.token}",
        header,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def test_the_head_of_a_request_comes_in_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_HEAD_SECONDS", 0.2)
    for begin in (b"", b"\r\n", b"POST /graphql HTTP/1.1\r\nHost: x\r\n"):
        assert await _refused_head(server, begin) == "The head of a request has to come within 0.2 seconds."
    kept = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET"
    assert await _refused_head(server, kept) == "The head of a request has to come within 0.2 seconds."


async def test_the_head_of_a_request_has_an_end(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_HEAD_BYTES", 1_000)
    begin = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    assert await _refused_head(server, begin, b"X-A: 1\r\n" * 200) == (
        "The head of a request has at most 1,000 bytes."
    )


async def _refused_head(server: Server, *pieces: bytes) -> str:
    """With what words a request that goes no further is refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.05)
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    head, _, body = answer[answer.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    (error,) = json.loads(body)["errors"]
    return str(error["message"])
