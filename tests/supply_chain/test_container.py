"""The container: no root, nothing to write to, nothing to gain; and what its build does, done in a folder."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from cli.embedded.redis import redis_program
from domain.settings import Settings
from tests.cli.running import environment
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
_BIN = Path(sys.executable).parent


def test_the_dockerfile_has_nothing_that_its_linter_minds() -> None:
    linted = subprocess.run(
        [_BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_the_image_runs_as_a_numbered_user_who_is_not_root_and_tells_its_health() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (\d+)$", last, re.MULTILINE) == ["10001"]
    assert "HEALTHCHECK" in last
    assert "COPY --from=build /opt/backfill /opt/backfill" in last
    assert "pip" not in last, "tools of the build stay behind"
    for line in re.findall(r"pip[^&\n]* install ([^&\n]*)", DOCKERFILE):
        assert "--require-hashes" in line or "--no-deps /wheels" in line, line


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_can_write_and_do_as_little_as_possible(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    if name not in ("migrate",):
        # The image brings the API's.
        assert name == "api" or service["healthcheck"].get("test"), name
    allowed = {"postgres": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}}
    assert set(service.get("cap_add", ())) == allowed.get(name, set())


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as the image has it: a wheel in an environment without pip, beside what it depends on."""
    folder = tmp_path_factory.mktemp("image")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wheel = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, str(ROOT)]
    subprocess.run(wheel, check=True, timeout=600)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (made,) = folder.glob("*.whl")
    install = [*pip, "--python", python, "install", "--no-deps", "--no-compile", made]
    subprocess.run(install, check=True, timeout=600)
    # What requirements.lock names is installed where the tests are. The .pth files there, among them that of
    # the working tree, are not read through another one.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder / "venv" / "bin"


def test_the_wheel_alone_has_the_command_and_everything_it_reads(installed: Path, tmp_path: Path) -> None:
    told = subprocess.run(
        [installed / "backfill", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "serve" in told.stdout
    where: list[str | Path] = [
        installed / "python",
        "-c",
        "import api, domain.store.migrate as m; print(api.__file__, m.__file__)",
    ]
    files = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.split()
    assert [file for file in files if not file.startswith(str(installed.parent))] == []


@pytest.mark.anyio
async def test_it_serves_with_its_pages_and_writes_nothing(
    installed: Path, settings: Settings, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    env = environment(settings.model_copy(update={"data_dir": data_dir}), embedded=False)
    env |= {"BACKFILL_PORT": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    here = tmp_path / "here"
    here.mkdir()
    log = (tmp_path / "log").open("w+")
    process = await asyncio.create_subprocess_exec(
        installed / "backfill", "serve", "--no-worker", cwd=here, env=env, stderr=log, stdout=log
    )
    try:

        async def told() -> bool:
            return "http://" in (tmp_path / "log").read_text()

        await eventually(told)
        (address,) = re.findall(r"at (http://\S+)", (tmp_path / "log").read_text())[:1]
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:

            async def ready() -> bool:
                return (await client.get("/readyz")).status_code == 200

            await eventually(ready)
            for page in ("/", "/scan", "/graphiql"):
                answer = await client.get(page)
                assert answer.status_code == 200
                assert "<script" in answer.text, page
    finally:
        process.terminate()
        code = await asyncio.wait_for(process.wait(), 120)
        log.close()
    assert code == 0
    # Without a Redis server there is no address of one either, as the image always has, and one inside.
    assert not data_dir.exists() or redis_program() is None
    assert os.listdir(here) == []
