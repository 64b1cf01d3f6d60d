"""Known weaknesses of all that is installed: what pip-audit and npm audit find, and what they could not ask.

    python -m tests.supply_chain.audit

ends with code 1 when there are any, and with 2 when an advisory service did not answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_BIN = Path(sys.executable).parent
LOCKS = ("requirements-dev.lock",)
PACKAGES = ("web", "tests/standards", "bench/peers/postgraphile")


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found in one lock; `unasked`: why nothing, or not everything, is known of it."""

    what: str
    asked: int = 0
    found: Sequence[str] = ()
    unasked: str | None = None


def of_pip(what: str, answer: Mapping[str, Any] | None, said: str) -> Audit:
    """What pip-audit's JSON says; None: it wrote none, and `said` is why."""
    if answer is None:
        return Audit(what, unasked=said.strip().splitlines()[-1] if said.strip() else "it said nothing")
    packages = answer["dependencies"]
    skipped = [package for package in packages if "skip_reason" in package]
    found = [
        f"{package['name']} {package['version']}: {weakness['id']}"
        for package in packages
        for weakness in package.get("vulns", ())
    ]
    unasked = None
    if skipped or not packages:
        reason = skipped[0]["skip_reason"] if skipped else "the lock names none"
        unasked = f"{len(skipped)} of {len(packages)} packages, such as: {reason}"
    return Audit(what, len(packages) - len(skipped), found, unasked)


def of_npm(what: str, answer: Mapping[str, Any] | None, said: str) -> Audit:
    """What npm audit's JSON says; None: it wrote none, and `said` is why."""
    if answer is None or "vulnerabilities" not in answer:
        told = (answer or {}).get("message") or (answer or {}).get("error", {}).get("summary") or said.strip()
        return Audit(what, unasked=str(told).strip() or "it said nothing")
    found = [f"{name}: {entry['severity']}" for name, entry in answer["vulnerabilities"].items()]
    return Audit(what, answer["metadata"]["dependencies"]["total"], found)


def code_of(audits: Sequence[Audit]) -> int:
    """How the program ends after these."""
    if any(audit.found for audit in audits):
        return 1
    return 2 if any(audit.unasked for audit in audits) else 0


def _answer(*words: str | Path) -> tuple[Mapping[str, Any] | None, str]:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    try:
        return json.loads(done.stdout), done.stderr
    except ValueError:
        return None, done.stderr or done.stdout


def main() -> int:
    """Ask for every lock, and tell."""
    audits = []
    for lock in LOCKS:
        told = _answer(_BIN / "pip-audit", "--requirement", lock, "--disable-pip", "--format", "json")
        audits.append(of_pip(lock, *told))
    for folder in PACKAGES:
        told = _answer(_BIN / "npm", "--prefix", folder, "audit", "--package-lock-only", "--json")
        audits.append(of_npm(f"{folder}/package-lock.json", *told))
    for audit in audits:
        print(f"{audit.what}: {audit.asked} packages asked for, {len(audit.found)} weaknesses")  # noqa: T201
        for found in audit.found:
            print(f"  {found}")  # noqa: T201
        if audit.unasked:
            print(f"  NOT AUDITED: {audit.unasked}")  # noqa: T201
    return code_of(audits)


if __name__ == "__main__":
    sys.exit(main())
