"""Documents that clients name instead of sending them.

Two ways to name one: `documentId` (appendix A of GraphQL over HTTP), and the hash in
`extensions.persistedQuery` (Apollo). Trusted documents are those that the installation was given; beside them
a client may have a document of its own remembered, by sending it once together with its hash, unless only
trusted ones are executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLError

from api.execution.cache import WeighedCache
from api.transport.refusals import bad_request
from api.transport.request import GraphQLRequest

NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"

_REMEMBERED = 2_000
_REMEMBERED_CHARACTERS = 2_000_000


class UnreadableDocumentsError(ValueError):
    """The setting `documents` names something else than documents; the text says what is wrong."""


def document_id(document: str) -> str:
    """The id of a document that has no other: its hash."""
    return f"sha256:{sha256(document.encode()).hexdigest()}"


def read_documents(path: Path) -> dict[str, str]:
    """Documents by id, from a manifest or a folder. Raises UnreadableDocumentsError.

    A manifest is a JSON object of documents by id, or has Apollo's format; in a folder each file *.graphql is
    a document, named by its hash.
    """
    try:
        if path.is_dir():
            texts = [file.read_text() for file in sorted(path.rglob("*.graphql"))]
            return {document_id(text): text for text in texts}
        manifest = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UnreadableDocumentsError(f"{path} can't be read: {error}") from error
    if isinstance(manifest, dict) and isinstance(manifest.get("operations"), list):
        manifest = {
            operation.get("id"): operation.get("body")
            for operation in manifest["operations"]
            if isinstance(operation, dict)
        }
    if not isinstance(manifest, dict) or not all(
        isinstance(item, str) for pair in manifest.items() for item in pair
    ):
        raise UnreadableDocumentsError(
            f"{path} must be a JSON object of documents by id, a manifest of Apollo, or a folder"
        )
    return manifest


class PersistedDocuments:
    """The documents that may be named: the trusted ones, and those that clients had remembered."""

    def __init__(self, trusted: Mapping[str, str], *, only_trusted: bool) -> None:
        self._trusted = {_bare(name): text for name, text in trusted.items()}
        self._texts = frozenset(trusted.values())
        self._only_trusted = only_trusted
        self._remembered: WeighedCache[str, str] = WeighedCache(
            entries=_REMEMBERED,
            weight=_REMEMBERED_CHARACTERS,
            heaviest=_REMEMBERED_CHARACTERS // 20,
        )

    def resolved(self, asked: GraphQLRequest) -> GraphQLRequest:
        """The request with the document that it names.

        Raises HttpRefusal for a hash that isn't the document's, and GraphQLError for what isn't known, or
        not trusted.
        """
        name = asked.document_id or _hash_of(asked.extensions)
        if name is None:
            if self._only_trusted and asked.query not in self._texts:
                raise _not_trusted()
            return asked
        name = _bare(name)
        known = self._trusted.get(name) or self._remembered.get(name)
        if asked.query:
            if known != asked.query:
                self._remember(name, asked.query)
            return asked
        if known is None:
            raise _not_trusted() if self._only_trusted else _not_found()
        return asked._replace(query=known)

    def _remember(self, name: str, document: str) -> None:
        if self._only_trusted and document not in self._texts:
            raise _not_trusted()
        if sha256(document.encode()).hexdigest() != name:
            raise bad_request("The hash in `extensions.persistedQuery` is not the SHA-256 of the `query`.")
        self._remembered.put(name, document, weight=len(document))


def _bare(name: str) -> str:
    return name.removeprefix("sha256:")


def _hash_of(extensions: Mapping[str, Any] | None) -> str | None:
    told = (extensions or {}).get("persistedQuery")
    if told is None:
        return None
    name = told.get("sha256Hash") if isinstance(told, dict) else None
    if not isinstance(name, str) or told.get("version") not in (1, None):
        raise bad_request("`extensions.persistedQuery` must be {version: 1, sha256Hash: text}.")
    return name


def _not_found() -> GraphQLError:
    # The text is what Apollo's clients look for, to send the document once more with its hash.
    return GraphQLError("PersistedQueryNotFound", extensions={"code": NOT_FOUND})


def _not_trusted() -> GraphQLError:
    return GraphQLError(
        "Only documents that this installation trusts are executed: name one by its `documentId`, or have "
        "yours added (BACKFILL_DOCUMENTS).",
        extensions={"code": NOT_TRUSTED},
    )
