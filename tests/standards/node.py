"""Tests that are written for Node, because what they drive is: how they are run, and what they say."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from tests.cli.running import TOKEN, Served

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INSTALLED = HERE / "node_modules" / ".installed"
_NODE = Path(sys.executable).with_name("node")
_PATIENCE_SECONDS = 300.0


async def node(*words: str | Path, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Run the Node of this environment in the project's folder; its code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        _NODE, *words, cwd=ROOT, env=os.environ | (environment or {}), stdout=PIPE, stderr=STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _PATIENCE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode or 0, output.decode()


async def passed(file: str, *, served: Served) -> int:
    """Run the tests of a file on a program: how many passed. Raises AssertionError when any did not."""
    told = {
        "BACKFILL_TEST_URL": f"{str(served.api.base_url).rstrip('/')}/graphql",
        "BACKFILL_TEST_TOKEN": TOKEN,
    }
    code, output = await node("--test", "--test-reporter=tap", HERE / file, environment=told)
    figures = dict(re.findall(r"^# (\w+) (\d+)$", output, re.MULTILINE))
    assert (code, figures.get("fail"), figures.get("skipped")) == (0, "0", "0"), output
    return int(figures["pass"])
