"""`.ci/install`: which Python it takes, what it says when there is none, and what the locks hold."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ledgerflow.embedded.failures import ExitCode

PROJECT = Path(__file__).parents[2]
TOOLS = ("sh", "cmp", "cp", "dirname", "grep")
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose lock names nothing, so that nothing is downloaded."""
    if not (PROJECT / ".ci" / "install").exists():
        pytest.skip("no checkout")
    (tmp_path / ".ci").mkdir()
    shutil.copy(PROJECT / ".ci" / "install", tmp_path / ".ci" / "install")
    (tmp_path / "nothing.lock").write_text("# nothing\n")
    path = tmp_path / "path"
    path.mkdir()
    for tool in TOOLS:
        (path / tool).symlink_to(shutil.which(tool) or "")
    return tmp_path


def on_path(checkout: Path, name: str, words: str) -> None:
    program = checkout / "path" / name
    program.write_text(f"#!/bin/sh\n{words}\n")
    program.chmod(0o700)


def install(checkout: Path, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"PATH", "PYTHON"}}
    words = [str(checkout / ".ci" / "install"), "nothing.lock"]
    env = kept | {"PATH": str(checkout / "path")} | more
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=120)


def made(checkout: Path) -> str:
    words = [str(checkout / ".venv" / "bin" / "python"), "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_any_python_from_3_11_to_3_14_is_taken(checkout: Path) -> None:
    on_path(checkout, "python3", "exit 1")  # an older one
    on_path(checkout, "python3.13", "exit 127")  # a shim with nothing behind it
    on_path(checkout, "python3.12", f'exec "{sys.executable}" "$@"')
    finished = install(checkout)
    assert finished.returncode == 0, finished.stderr
    assert made(checkout) == HERE
    for again in (install(checkout), install(checkout, PYTHON=sys.executable)):
        assert (again.returncode, again.stdout) == (0, "")


def test_a_python_that_is_named_is_respected(checkout: Path) -> None:
    """And no other one, however good. This one cannot make an environment, and the old one is no Python that will do."""
    on_path(checkout, "python3", f'exec "{sys.executable}" "$@"')
    on_path(checkout, "mine", rf'case "$*" in *venv\ --clear*) exit 1;; esac; exec "{sys.executable}" "$@"')
    named = install(checkout, PYTHON="mine")
    assert named.returncode == ExitCode.NOT_INSTALLED
    assert ".venv cannot be made with mine" in named.stderr
    on_path(checkout, "old", "exit 1")
    refused = install(checkout, PYTHON="old")
    assert refused.returncode == ExitCode.NOT_INSTALLED
    assert "PYTHON=old is no Python from 3.11 to 3.14" in refused.stderr


def test_no_python_is_said(checkout: Path) -> None:
    finished = install(checkout)
    assert finished.returncode == ExitCode.NOT_INSTALLED
    assert "3.11, 3.12, 3.13 or 3.14" in finished.stderr


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_name_no_place_to_download_from(name: str) -> None:
    lock = (PROJECT / name).read_text()
    assert "://" not in lock
    assert lock.count("==") <= lock.count("--hash=sha256:")
