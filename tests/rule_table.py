"""The table of rules and their tests, as `make rules` prints it.

The rules are those of docs/rules.md, the tests are what pytest collects with `@pytest.mark.rule(id)`.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

import pytest

_RULES = Path(__file__).parent.parent / "docs" / "rules.md"
_ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+) \|$", re.MULTILINE)


class Collected:
    """A pytest plugin: the tests that were collected for each rule, each test once."""

    def __init__(self) -> None:
        self.tests: dict[str, dict[str, list[str]]] = {}
        """Names of tests by rule id and file, without their parameters."""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            name = item.name.partition("[")[0]
            for mark in item.iter_markers("rule"):
                names = self.tests.setdefault(mark.args[0], {}).setdefault(item.location[0], [])
                if name not in names:
                    names.append(name)


def titles(page: str) -> dict[str, str]:
    """The rules of a page like docs/rules.md: their titles by id."""
    return dict(_ROW.findall(page))


def table(rules: Mapping[str, str], tests: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """A block per rule: id, title and number of tests, then the tests by file."""
    lines = []
    for rule, title in rules.items():
        of_rule = tests.get(rule, {})
        count = sum(map(len, of_rule.values()))
        lines.append(f"{rule:<4} {title} ({count} {'test' if count == 1 else 'tests'})")
        for file, names in of_rule.items():
            lines.append(f"     {file}")
            lines += [f"       {name}" for name in names]
    return "\n".join(lines)


def problems(rules: Mapping[str, str], tests: Mapping[str, object]) -> list[str]:
    """Rules without a test, and ids in marks that are no rule's."""
    untested = [f"{rule} has no test." for rule in rules if rule not in tests]
    unknown = [
        f"{rule} is marked on tests, and docs/rules.md has no such rule."
        for rule in tests
        if rule not in rules
    ]
    return untested + unknown


def main() -> int:
    """Collect, print the table, and on standard error what is wrong with it; 1 when anything is."""
    collected, output = Collected(), io.StringIO()
    with redirect_stdout(output):
        status = pytest.main(["--collect-only", "-q"], plugins=[collected])
    if status != pytest.ExitCode.OK:
        sys.stderr.write(output.getvalue())
        return int(status)
    rules = titles(_RULES.read_text(encoding="utf-8"))
    found = problems(rules, collected.tests)
    sys.stdout.write(table(rules, collected.tests) + "\n")
    sys.stderr.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
