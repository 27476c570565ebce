"""Tools that read an OpenAPI document, in pinned versions, from their registries by their ordinary clients.

They are kept in `.ledgerflow/tools` and fetched once. A tool that cannot be had skips its
test by name.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledgerflow.embedded import environment

NPM_PACKAGES = ("@redocly/cli@2.77.0", "openapi-typescript@7.13.0", "typescript@5.9.3")
PYTHON_PACKAGES = ("openapi-python-client==0.29.1",)
JAR = "org.openapitools:openapi-generator-cli:7.18.0"
COPY_ARTIFACT = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
SECONDS = 420


def run(*command: str | Path, folder: Path) -> str:
    """What the command printed; it must end well."""
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, f"{command[0]} {command[1]}: {done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def npm_tools() -> Path:
    """The folder with the commands of the npm packages."""
    npm = _program("npm")
    _program("node")

    def install(folder: Path) -> None:
        run(npm, "install", "--no-audit", "--no-fund", "--no-save", "--prefix", folder, *NPM_PACKAGES, folder=folder)

    return _fetched("npm", NPM_PACKAGES, install) / "node_modules" / ".bin"


def python_tools() -> Path:
    """The folder with the commands of the Python packages, which have an environment of their own."""

    def install(folder: Path) -> None:
        run(sys.executable, "-m", "venv", folder, folder=folder)
        run(folder / "bin" / "python", "-m", "pip", "install", "-q", *PYTHON_PACKAGES, folder=folder)

    return _fetched("python", PYTHON_PACKAGES, install) / "bin"


def generator_jar() -> Path:
    """openapi-generator, which Java runs."""
    maven = _program("mvn")
    _program("java")

    def install(folder: Path) -> None:
        run(maven, "-q", "-B", COPY_ARTIFACT, f"-Dartifact={JAR}", f"-DoutputDirectory={folder}", folder=folder)

    (jar,) = _fetched("maven", (JAR,), install).glob("*.jar")
    return jar


def go() -> str:
    return _program("go")


@contextmanager
def only_once(name: str, *contents: bytes) -> Iterator[bool]:
    """Whether the work is still to be done; once it went well, it need not be repeated for the same contents."""
    digest = hashlib.sha256(b"\0".join([*contents, repr((NPM_PACKAGES, PYTHON_PACKAGES, JAR)).encode()])).hexdigest()
    stamp = _home() / f"{name}.passed"
    is_done = stamp.exists() and stamp.read_text() == digest
    yield not is_done
    stamp.write_text(digest)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on the PATH")
    return found


def _home() -> Path:
    # Not $LEDGERFLOW_HOME: during tests that is a temporary folder.
    folder = environment.PROJECT / ".ledgerflow" / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _fetched(name: str, versions: tuple[str, ...], install: Callable[[Path], None]) -> Path:
    """The folder with the tools in these versions: fetched in whole or not at all, by one process at a time."""
    digest = hashlib.sha256(repr((versions, sys.version_info[:2])).encode()).hexdigest()[:12]
    folder = _home() / f"{name}-{digest}"
    with (_home() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                install(folder)
            except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
                pytest.skip(f"{', '.join(versions)} cannot be had: {str(error)[-300:]}")
            (folder / "complete").touch()
    return folder
