"""Every GraphQL snippet of the documentation is one that the schema takes, and every link leads somewhere.

The walkthroughs are not only checked but carried out: see `test_walkthroughs.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from api.schema import schema

PAGES = [
    Path("README.md"),
    Path("CONTRIBUTING.md"),
    *sorted(page for page in Path("docs").rglob("*.md") if "walkthroughs" not in page.parts),
]
SNIPPETS = [
    pytest.param(snippet, id=f"{page.name}-{number}")
    for page in PAGES
    for number, snippet in enumerate(
        re.findall(r"```graphql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL), 1
    )
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_the_schema_takes_it(snippet: str) -> None:
    assert validate(schema._schema, parse(snippet)) == []


@pytest.mark.parametrize("page", [*PAGES, *sorted(Path("docs/walkthroughs").glob("*.md"))], ids=str)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    # Code is left out: `[…](…)` may stand in it, too.
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    missing = [
        link
        for link in links
        if not link.startswith(("http:", "https:", "mailto:")) and not (page.parent / link).exists()
    ]
    assert missing == []


def test_every_operation_and_field_that_the_how_tos_name_exists() -> None:
    text = re.sub(r"```.*?```", "", Path("docs/how-tos.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    named = set(re.findall(r"`([a-z]+[A-Z][A-Za-z]+)\b[^`]*`", text))
    known = {
        name
        for type_ in schema._schema.type_map.values()
        for field, value in getattr(type_, "fields", {}).items()
        for name in (field, *getattr(value, "args", ()))
    }
    assert named - known == set()


@pytest.mark.parametrize("folder", ["docs", "docs/decisions", "docs/walkthroughs"])
def test_every_page_is_to_be_found_from_the_first_one(folder: str) -> None:
    first = Path(folder, "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in Path(folder).glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in first} == set()
    assert f"({Path(folder).name}/README.md)" in Path("docs/README.md").read_text("utf-8") or folder == "docs"
