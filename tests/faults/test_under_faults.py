"""The whole program under load while everything it stands on fails; `make faults` does it for longer."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

from tests.machine import needs_redis_server

pytestmark = pytest.mark.anyio

SECONDS, PAUSE = 80, 2
"""As many faults as two minutes of `make faults` have."""


@pytest.mark.rule("A6")
@pytest.mark.rule("B2")
@pytest.mark.rule("B9")
@pytest.mark.rule("F5")
@pytest.mark.rule("F6")
@pytest.mark.rule("F8")
@needs_redis_server
async def test_nothing_is_lost_doubled_or_oversold_while_everything_fails() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *f"-m tests.faults --seconds {SECONDS} --pause {PAUSE} --seed 20261129".split(),
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()

    assert process.returncode == 0, f"{output.decode()}\n{errors.decode()[-3000:]}"
