"""Checks of this machine and of what it was told: Python, packages, settings, pages, folder, port."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from pydantic import ValidationError

from cli.doctor.findings import Finding, failed, ok, warn
from cli.doctor.listeners import listener_on
from cli.http_server import listening_socket
from cli.program import problems_of
from domain.settings import Settings

OLDEST_PYTHON = (3, 11)

_OF_COMMANDS = {"URL", "TOKEN"}
"""What commands read besides the settings: `backfill watch`."""

_OF_TESTS = "BACKFILL_TEST_"

_PAGES = Path(__file__).parents[2] / "api" / "pages" / "built" / "index.html"

_GIB = 1024**3


def python(found: tuple[int, int] = sys.version_info[:2]) -> Finding:
    """Whether this Python is new enough."""
    told = ".".join(map(str, found))
    if found < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return failed("python", f"Python {told}", remedy=f"Use Python {oldest} or newer.")
    return ok("python", f"Python {told}")


def packages(distribution: str = "backfill") -> Finding:
    """Whether every package that the program needs is there, in a version it can use."""
    try:
        wanted = [Requirement(text) for text in requires(distribution) or ()]
    except PackageNotFoundError:
        return failed("packages", "Backfill itself is not installed here.", remedy="Run: make setup")
    wrong = [
        problem
        for requirement in wanted
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if (problem := _problem_of(requirement)) is not None
    ]
    if wrong:
        return failed("packages", "; ".join(wrong), remedy="Install what requirements.lock names: make setup")
    return ok("packages", f"{len(wanted)} packages, each in a version that fits")


def _problem_of(requirement: Requirement) -> str | None:
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is missing"
    if not requirement.specifier.contains(found, prereleases=True):
        return f"{requirement.name} is {found}, not {requirement.specifier}"
    return None


def settings(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Whether the settings can be used, and whether a variable is one that nobody reads."""
    try:
        Settings()
        yield ok("settings", "Every setting can be used.")
    except ValidationError as error:
        for problem in problems_of(error):
            yield failed("settings", problem, remedy="Correct the variable, or remove it.")
    known = {f"BACKFILL_{name.upper()}" for name in {*Settings.model_fields, *_OF_COMMANDS}}
    given = [name for name in environ if name.upper().startswith("BACKFILL_")]
    for name in sorted(given):
        if name.upper() not in known and not name.startswith(_OF_TESTS):
            meant = get_close_matches(name.upper(), known, n=1, cutoff=0.85)
            remedy = f"Did you mean {meant[0]}?" if meant else "Remove it; docs/operating.md lists them all."
            yield warn("settings", f"{name} is set, and nothing reads it.", remedy=remedy)


def pages(built: Path = _PAGES) -> Finding:
    """Whether the pages for people are built."""
    if built.exists():
        return ok("pages", "The board, the scanner and GraphiQL are built.")
    return warn("pages", "The pages are not built; the API works without.", remedy="Run: make web")


def data_dir(told: Settings) -> Iterator[Finding]:
    """Whether the data folder can be written to, and whether there is room."""
    folder = told.data_dir
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        remedy = f"Give this user the right to write to {there}, or choose another BACKFILL_DATA_DIR."
        yield failed("data folder", f"{folder} can't be written to.", remedy=remedy)
        return
    made = "" if folder.exists() else " (made at the first start)"
    yield ok("data folder", f"{folder}{made}")
    free = shutil.disk_usage(there).free
    found, remedy = (
        f"{free / _GIB:.1f} GiB free in {there}",
        "Make room, or choose another BACKFILL_DATA_DIR.",
    )
    if free < _GIB:
        yield failed("disk", found, remedy=remedy)
    elif free < 5 * _GIB:
        yield warn("disk", found, remedy=remedy)
    else:
        yield ok("disk", found)


def port(told: Settings) -> Finding:
    """Whether `serve` could listen, or who else does."""
    where = f"{told.host}, port {told.port}"
    try:
        listening_socket(told.host, told.port).close()
    except OSError as error:
        holder = listener_on(told.port)
        if holder is not None and holder.is_backfill:
            return ok("port", f"{where}: a Backfill listens, process {holder.pid}.")
        who = f" Process {holder.pid} has it: {holder.command}" if holder else ""
        found = f"{where}: {error.strerror}.{who}"
        return failed("port", found, remedy="Stop it, or choose another port: BACKFILL_PORT.")
    return ok("port", f"{where} is free.")
