"""`backfill documents`: an application's documents become a manifest, unless one of them would be refused."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from api.transport.persisted import document_id, read_documents
from cli.main import program

CODE = "query Code { client { code } }"


def test_documents_become_a_manifest_that_the_program_reads(tmp_path: Path) -> None:
    (tmp_path / "code.graphql").write_text(CODE)
    ended = CliRunner().invoke(program("documents"), ["documents", str(tmp_path)])
    assert ended.exit_code == 0
    assert json.loads(ended.stdout) == {document_id(CODE): CODE}
    manifest = tmp_path / "documents.json"
    manifest.write_text(ended.stdout)
    assert read_documents(manifest) == {document_id(CODE): CODE}


def test_a_document_that_would_be_refused_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "code.graphql").write_text(CODE)
    (tmp_path / "wrong.graphql").write_text("{ client { colour } }")
    (tmp_path / "broken.graphql").write_text("{ client {")
    ended = CliRunner().invoke(program("documents"), ["documents", str(tmp_path)])
    assert ended.exit_code == 1
    assert "Cannot query field 'colour' on type 'Client'" in ended.output
    assert "Syntax Error" in ended.output


def test_the_examples_of_graphiql_would_not_be_refused() -> None:
    examples = Path(__file__).parents[2] / "web/src/graphiql/examples"
    ended = CliRunner().invoke(program("documents"), ["documents", str(examples)])
    assert ended.exit_code == 0, ended.output
    assert len(json.loads(ended.stdout)) == len(list(examples.glob("*.graphql")))
