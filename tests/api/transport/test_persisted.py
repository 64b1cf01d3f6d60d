"""Documents that are named instead of sent."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError

from api.transport.persisted import PersistedDocuments, UnreadableDocumentsError, document_id, read_documents
from api.transport.refusals import HttpRefusal
from api.transport.request import GraphQLRequest

CLIENT = "{ client { code } }"
OTHER = "{ client { name } }"
HASH = sha256(CLIENT.encode()).hexdigest()


def asked(query: str = "", *, document_id: str | None = None, hash_: str | None = None) -> GraphQLRequest:
    extensions: dict[str, Any] | None = None
    if hash_ is not None:
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": hash_}}
    return GraphQLRequest(query, None, None, extensions, document_id)


def code_of(documents: PersistedDocuments, request: GraphQLRequest) -> str:
    with pytest.raises(GraphQLError) as refused:
        documents.resolved(request)
    return str((refused.value.extensions or {})["code"])


@pytest.mark.parametrize("id_", [document_id(CLIENT), HASH])
def test_a_trusted_document_is_named_by_its_id_or_hash(id_: str) -> None:
    documents = PersistedDocuments({document_id(CLIENT): CLIENT, "orders": OTHER}, only_trusted=False)
    assert documents.resolved(asked(document_id=id_)).query == CLIENT
    assert documents.resolved(asked(hash_=HASH)).query == CLIENT
    assert documents.resolved(asked(document_id="orders")).query == OTHER
    assert documents.resolved(asked("{ anything }")).query == "{ anything }"


def test_a_document_is_remembered_when_it_comes_with_its_hash() -> None:
    documents = PersistedDocuments({}, only_trusted=False)
    assert code_of(documents, asked(hash_=HASH)) == "PERSISTED_QUERY_NOT_FOUND"
    assert documents.resolved(asked(CLIENT, hash_=HASH)).query == CLIENT
    assert documents.resolved(asked(hash_=HASH)).query == CLIENT
    assert documents.resolved(asked(document_id=f"sha256:{HASH}")).query == CLIENT


def test_a_document_is_not_remembered_under_the_hash_of_another() -> None:
    documents = PersistedDocuments({}, only_trusted=False)
    documents.resolved(asked(CLIENT, hash_=HASH))
    with pytest.raises(HttpRefusal, match="not the SHA-256"):
        documents.resolved(asked(OTHER, hash_=HASH))
    assert documents.resolved(asked(hash_=HASH)).query == CLIENT


def test_nothing_but_trusted_documents_is_executed_where_that_is_set() -> None:
    documents = PersistedDocuments({"client": CLIENT}, only_trusted=True)
    assert documents.resolved(asked(document_id="client")).query == CLIENT
    assert documents.resolved(asked(CLIENT)).query == CLIENT
    for request in (
        asked(OTHER),
        asked(CLIENT + " "),
        asked(document_id="unknown"),
        asked(OTHER, hash_=sha256(OTHER.encode()).hexdigest()),
    ):
        assert code_of(documents, request) == "DOCUMENT_NOT_TRUSTED"
    assert code_of(documents, asked(hash_=sha256(OTHER.encode()).hexdigest())) == "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize("told", [3, "x", {}, {"sha256Hash": 3}, {"version": 2, "sha256Hash": HASH}])
def test_a_broken_hash_is_a_broken_request(told: object) -> None:
    documents = PersistedDocuments({}, only_trusted=False)
    with pytest.raises(HttpRefusal):
        documents.resolved(GraphQLRequest(CLIENT, None, None, {"persistedQuery": told}))


def test_documents_are_read_from_manifests_and_folders(tmp_path: Path) -> None:
    plain, apollo, folder = tmp_path / "plain.json", tmp_path / "apollo.json", tmp_path / "folder"
    plain.write_text(json.dumps({"client": CLIENT}))
    apollo.write_text(
        json.dumps(
            {
                "format": "apollo-persisted-query-manifest",
                "version": 1,
                "operations": [{"id": HASH, "name": "Client", "type": "query", "body": CLIENT}],
            }
        )
    )
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "client.graphql").write_text(CLIENT)
    (folder / "readme.txt").write_text("no document")
    assert read_documents(plain) == {"client": CLIENT}
    assert read_documents(apollo) == {HASH: CLIENT}
    assert read_documents(folder) == {f"sha256:{HASH}": CLIENT}


@pytest.mark.parametrize("text", ["[]", "3", '{"a": 1}', '{"operations": [{"id": "a"}]}', "{"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "documents.json"
    path.write_text(text)
    with pytest.raises(UnreadableDocumentsError):
        read_documents(path)
    with pytest.raises(UnreadableDocumentsError):
        read_documents(tmp_path / "missing.json")
