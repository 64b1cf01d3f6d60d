"""The pages for people, built from web/: the board at /, the scanner at /scan, GraphiQL at /graphiql.

Files under /assets have their content's hash in their name and are kept by browsers for good; pages are asked
for again every time, and answered with 304 while they are the same. Each file is sent as the build compressed
it, in what the browser reads. Beside them lie the documents that they send, for installations that execute
only what they trust.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from api.pages.policies import BOARD, POLICIES
from api.pages.standing_in import standing_in
from api.transport.persisted import read_documents

BUILT = Path(__file__).parent / "built"
"""Where `make web` puts them."""

_BOARD = "index.html"
_GRAPHIQL = "graphiql.html"
_DOCUMENTS = "documents.json"
_PAGES = MappingProxyType(
    {"/": _BOARD, "/board/{rest:path}": _BOARD, "/scan": "scan.html", "/graphiql": _GRAPHIQL}
)
"""Which file is shown at which address; the board's own script tells its addresses apart."""

_ENCODINGS = MappingProxyType({"br": ".br", "gzip": ".gz"})
"""What files may be compressed in, the smallest first, and the end of such a file's name."""

_MEDIA_TYPES = MappingProxyType(
    {
        # What the machine's own tables say of these differs, and browsers are strict about them.
        ".css": "text/css",
        ".html": "text/html",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".ttf": "font/ttf",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
    }
)
_KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
_ASKED_FOR_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True)
class _File:
    """A built file, and what is said of it to a browser."""

    path: Path
    media_type: str
    cache_control: str
    policy: str | None
    digest: str

    def answer(self, request: Request) -> Response:
        """The file, or 304 when the browser has it."""
        encoding = _encoding(request.headers.get("accept-encoding", ""), self.path)
        # Each encoding is a representation of its own, so each has its own tag.
        etag = f'"{self.digest}{"-" + encoding if encoding else ""}"'
        headers = {"Cache-Control": self.cache_control, "ETag": etag, "Vary": "Accept-Encoding"}
        if self.policy:
            headers["Content-Security-Policy"] = self.policy
        if etag in (tag.strip() for tag in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        path = self.path
        if encoding:
            headers["Content-Encoding"] = encoding
            path = path.with_name(path.name + _ENCODINGS[encoding])
        return FileResponse(path, media_type=self.media_type, headers=headers)


class BuiltPages:
    """What is in the folder of built pages when the program starts."""

    def __init__(self, folder: Path = BUILT, *, graphiql: bool = True) -> None:
        """`graphiql` says whether there is a page to try operations on."""
        self._files = _files(folder)
        self._files.pop(_DOCUMENTS, None)
        if not graphiql:
            self._files.pop(_GRAPHIQL, None)

    def routes(self) -> list[BaseRoute]:
        """The routes of the pages; without a build, of the page that says so."""
        if _BOARD not in self._files:
            return [Route(path, standing_in) for path in _PAGES]
        pages = {path: name for path, name in _PAGES.items() if name in self._files}
        beside = [name for name in self._files if "/" not in name and name not in _PAGES.values()]
        return [
            *(Route(path, self._showing(name)) for path, name in pages.items()),
            *(Route(f"/{name}", self._showing(name)) for name in beside),
            Route("/assets/{name:path}", self._asset),
        ]

    def _showing(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        file = self._files[name]

        async def show(request: Request) -> Response:
            return file.answer(request)

        return show

    async def _asset(self, request: Request) -> Response:
        file = self._files.get(f"assets/{request.path_params['name']}")
        if file is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return file.answer(request)


def documents_of_pages(folder: Path = BUILT) -> Mapping[str, str]:
    """Every document that the board and the scanner send, by its id; none without a build."""
    manifest = folder / _DOCUMENTS
    return read_documents(manifest) if manifest.exists() else {}


def _files(folder: Path) -> dict[str, _File]:
    """Every file by its path in the folder, without those that are another one compressed."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in _ENCODINGS.values())
    return {(name := path.relative_to(folder).as_posix()): _file(path, name) for path in paths}


def _file(path: Path, name: str) -> _File:
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _File(
        path=path,
        media_type=_MEDIA_TYPES.get(path.suffix, guessed),
        cache_control=_KEPT_FOR_GOOD if name.startswith("assets/") else _ASKED_FOR_AGAIN,
        # Scripts that run beside the page, as workers do, have the policy they are sent with.
        policy=POLICIES.get(name, BOARD if path.suffix == ".js" else None),
        digest=sha256(path.read_bytes()).hexdigest()[:32],
    )


def _encoding(accepted: str, path: Path) -> str | None:
    """The best encoding of a file that a browser reads and the build has made."""
    weights = dict(_weight(item) for item in accepted.lower().split(","))
    for encoding, suffix in _ENCODINGS.items():
        if weights.get(encoding, 0) > 0 and path.with_name(path.name + suffix).exists():
            return encoding
    return None


def _weight(item: str) -> tuple[str, float]:
    name, _, parameter = item.partition(";")
    try:
        return name.strip(), float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        return name.strip(), 0.0
