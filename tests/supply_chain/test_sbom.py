"""The list of what the program consists of is whole: every pinned package, its version and its hashes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made() -> Path:
    """The folder that `make sbom` writes to."""
    subprocess.run(["make", "--silent", "sbom"], cwd=ROOT, check=True, timeout=600)  # noqa: S607
    return ROOT / "build" / "sbom"


def components(file: Path) -> list[dict[str, Any]]:
    """What a list names."""
    told = json.loads(file.read_text())
    assert told["bomFormat"] == "CycloneDX"
    found: list[dict[str, Any]] = told["components"]
    return found


def test_it_names_every_python_package_with_its_hashes(made: Path) -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", lock, re.MULTILINE))
    found = components(made / "program.cdx.json")
    assert {(component["name"], component["version"]) for component in found} == pinned
    for component in found:
        hashes = [
            entry
            for reference in component["externalReferences"]
            for entry in reference.get("hashes", ())
            if entry["alg"] == "SHA-256"
        ]
        assert hashes, component["name"]


def test_it_names_every_package_that_the_pages_are_built_from(made: Path) -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    pinned = {
        (path.rpartition("node_modules/")[2], entry["version"])
        for path, entry in lock["packages"].items()
        if path and not entry.get("link")
    }
    found = components(made / "pages.cdx.json")
    assert pinned <= {
        ("/".join(filter(None, (component.get("group"), component["name"]))), component["version"])
        for component in found
    }
    assert all(component["hashes"] for component in found)
