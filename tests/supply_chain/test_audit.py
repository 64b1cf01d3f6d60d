"""An audit tells what was found, and never calls clean what it could not ask for."""

from __future__ import annotations

from tests.supply_chain.audit import Audit, code_of, of_npm, of_pip

CLEAN = {"dependencies": [{"name": "a", "version": "1", "vulns": []}], "fixes": []}
WEAK = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}]}
UNKNOWN = {"dependencies": [{"name": "a", "skip_reason": "Dependency not found on PyPI"}]}
NPM_CLEAN = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 7}}}
NPM_WEAK = {"vulnerabilities": {"b": {"severity": "high"}}, "metadata": {"dependencies": {"total": 7}}}


def test_what_was_asked_for_and_is_clean() -> None:
    audits = [of_pip("x", CLEAN, ""), of_npm("y", NPM_CLEAN, "")]
    assert audits == [Audit("x", 1, []), Audit("y", 7, [])]
    assert code_of(audits) == 0


def test_what_is_weak_is_named() -> None:
    audits = [of_pip("x", WEAK, ""), of_npm("y", NPM_WEAK, "")]
    assert [audit.found for audit in audits] == [["a 1: PYSEC-1"], ["b: high"]]
    assert code_of(audits) == 1


def test_what_nobody_could_be_asked_about_is_not_clean() -> None:
    silent = of_pip("x", None, "Traceback\nConnectionError: no such host")
    unknown = of_pip("x", UNKNOWN, "")
    refused = of_npm("y", {"message": "audit endpoint returned an error"}, "")
    assert silent.unasked == "ConnectionError: no such host"
    assert (unknown.asked, "not found on PyPI" in (unknown.unasked or "")) == (0, True)
    assert refused.unasked == "audit endpoint returned an error"
    for audit in (silent, unknown, refused):
        assert code_of([audit]) == 2
    assert code_of([silent, of_pip("x", WEAK, "")]) == 1
