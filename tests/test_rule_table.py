"""Rules and marks that do not go together are found."""

from __future__ import annotations

from tests.rule_table import problems, table, titles

PAGE = """
| id | rule |
|---|---|
| A1 | One |
| B12 | Twelve |
"""


def test_a_rule_without_a_test_and_a_mark_without_a_rule_are_problems() -> None:
    rules = titles(PAGE)
    tests = {"A1": {"tests/test_one.py": ["test_one"]}, "Z9": {"tests/test_one.py": ["test_two"]}}

    assert problems(rules, tests) == [
        "B12 has no test.",
        "Z9 is marked on tests, and docs/rules.md has no such rule.",
    ]


def test_the_table_has_each_rule_with_its_tests() -> None:
    tests = {"A1": {"tests/test_one.py": ["test_one", "test_two"], "tests/test_two.py": ["test_three"]}}

    assert table(titles(PAGE), tests) == (
        "A1   One (3 tests)\n"
        "     tests/test_one.py\n"
        "       test_one\n"
        "       test_two\n"
        "     tests/test_two.py\n"
        "       test_three\n"
        "B12  Twelve (0 tests)"
    )
