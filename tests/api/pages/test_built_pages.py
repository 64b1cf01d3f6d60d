"""What browsers get of the built pages: the right file, compressed, kept for as long as is right."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from api.pages.built_pages import BuiltPages, documents_of_pages

pytestmark = pytest.mark.anyio

BOARD = b"<!doctype html><title>Board</title>"
SCRIPT = b"console.log('board')"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the build leaves it."""
    (tmp_path / "assets").mkdir()
    for name, content in {
        "index.html": BOARD,
        "index.html.gz": gzip.compress(BOARD),
        "graphiql.html": b"<!doctype html><title>GraphiQL</title>",
        "icon.svg": b"<svg/>",
        "assets/index-abc.js": SCRIPT,
        "assets/index-abc.js.gz": gzip.compress(SCRIPT),
        "assets/index-abc.js.br": b"as brotli",
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@asynccontextmanager
async def browser(pages: BuiltPages) -> AsyncIterator[httpx.AsyncClient]:
    """A client that takes nothing compressed unless a test says so."""
    app = Starlette(routes=pages.routes())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://backfill",
        headers={"Accept-Encoding": "identity"},
    ) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/board/orders/SO-1"])
async def test_the_board_is_at_the_root_and_at_each_of_its_addresses(folder: Path, path: str) -> None:
    async with browser(BuiltPages(folder)) as client:
        page = await client.get(path)
    assert (page.status_code, page.content) == (200, BOARD)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


async def test_a_page_that_is_the_same_is_not_sent_again(folder: Path) -> None:
    async with browser(BuiltPages(folder)) as client:
        tag = (await client.get("/")).headers["etag"]
        again = await client.get("/", headers={"If-None-Match": f'"other", {tag}'})
        compressed = await client.get("/", headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert (compressed.status_code, compressed.content) == (200, BOARD)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br;q=0", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=nonsense", None),
        ("", None),
    ],
)
async def test_assets_are_kept_for_good_and_sent_as_small_as_the_browser_reads_them(
    folder: Path, accepted: str, encoding: str | None
) -> None:
    async with browser(BuiltPages(folder)) as client:
        asset = await client.get("/assets/index-abc.js", headers={"Accept-Encoding": accepted})
    assert (asset.status_code, asset.content) == (200, SCRIPT)
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["vary"] == "Accept-Encoding"
    assert asset.headers.get("content-encoding") == encoding


async def test_brotli_is_preferred(folder: Path) -> None:
    async with (
        browser(BuiltPages(folder)) as client,
        client.stream("GET", "/assets/index-abc.js", headers={"Accept-Encoding": "gzip, br"}) as asset,
    ):
        assert asset.headers["content-encoding"] == "br"
        assert b"".join([part async for part in asset.aiter_raw()]) == b"as brotli"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/missing.js",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/index.html.gz",
        "/scan",
        "/x",
    ],
)
async def test_there_is_nothing_else(folder: Path, path: str) -> None:
    async with browser(BuiltPages(folder)) as client:
        assert (await client.get(path)).status_code == 404


async def test_graphiql_can_be_switched_off(folder: Path) -> None:
    async with browser(BuiltPages(folder)) as client:
        page = await client.get("/graphiql")
        assert page.status_code == 200
        assert "style-src 'self' 'unsafe-inline';" in page.headers["content-security-policy"]
    async with browser(BuiltPages(folder, graphiql=False)) as client:
        assert (await client.get("/graphiql")).status_code == 404
        assert (await client.get("/icon.svg")).headers["content-type"].startswith("image/svg+xml")


async def test_without_a_build_a_plain_page_says_how_to_make_one(tmp_path: Path) -> None:
    async with browser(BuiltPages(tmp_path / "nowhere")) as client:
        page = await client.get("/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "<code>make web</code>" in page.text
        assert "src=" not in page.text
        assert "http" not in page.text
        assert (await client.get("/graphiql")).status_code == 404


async def test_what_the_pages_send_is_trusted_and_no_page_of_its_own(folder: Path) -> None:
    assert documents_of_pages(folder) == {}
    (folder / "documents.json").write_text('{"sha256:1": "{ client { code } }"}')

    assert documents_of_pages(folder) == {"sha256:1": "{ client { code } }"}
    async with browser(BuiltPages(folder)) as client:
        assert (await client.get("/documents.json")).status_code == 404
