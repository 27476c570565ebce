"""The wheel holds what runs: every module, and every file that a module reads."""

import os
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import ledgerflow
from tests.services.hosting import a_database, copy_of_example, run

PROJECT = Path(__file__).parents[2]
# Folders at the top of a checkout that the wheel holds inside the package `ledgerflow`.
SHIPPED_INSIDE = ("templates", "static")
DOCUMENTATION = ("*.md", "decisions/*.md", "*.py")  # of `docs`, which is shipped there too
ONLY_IN_A_CHECKOUT = {"tests", "bench", "examples"}
NOT_OURS = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info")


def packages() -> list[Path]:
    found = {path.parent for path in PROJECT.glob("*/__init__.py")}
    return [*sorted(path for path in found if path.name not in ONLY_IN_A_CHECKOUT), PROJECT / "apps"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    if find_spec("setuptools") is None:
        pytest.skip("the wheel cannot be built: setuptools is not installed")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in (*packages(), *(PROJECT / name for name in (*SHIPPED_INSIDE, "docs"))):
        shutil.copytree(folder, source / folder.name, ignore=NOT_OURS)
    # What is beside them in a checkout must stay out.
    for name in ONLY_IN_A_CHECKOUT:
        (source / name).mkdir()
        (source / name / "__init__.py").touch()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        if (PROJECT / name).exists():
            shutil.copy(PROJECT / name, source / name)
    words = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(out),
        str(source),
    ]
    built = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ | {"PIP_NO_INPUT": "1"})
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(next(out.glob("*.whl")))


def files(folder: Path) -> set[str]:
    """The files of one folder of the checkout by their paths in it, without what a run leaves behind."""
    return {
        path.relative_to(PROJECT).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def test_every_file_of_every_package_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    here = {name for package in packages() for name in files(package)}
    here |= {f"ledgerflow/{name}" for folder in SHIPPED_INSIDE for name in files(PROJECT / folder)}
    here |= {
        f"ledgerflow/{one.relative_to(PROJECT)}" for form in DOCUMENTATION for one in (PROJECT / "docs").glob(form)
    }
    there = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert there == here
    assert {Path(name).suffix for name in there} >= {".py", ".sql", ".html", ".css", ".svg"}


def test_settings_find_templates_and_static_files_in_an_installed_package(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    wheel.extractall(tmp_path)
    script = "from ledgerflow import settings as s; print(s.TEMPLATES[0]['DIRS'][1], s.STATICFILES_DIRS[0])"
    environment = os.environ | {
        "DATABASE_URL": "postgresql:///none?host=/nonexistent",
        "LEDGERFLOW_SECRET_KEY": "x",
        "PYTHONPATH": str(tmp_path),
    }
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    package = tmp_path / "ledgerflow"
    assert found.stdout.split() == [str(package / "templates"), str(package / "static")]
    assert (package / "templates/ledgerflow/site/admin/base_site.html").is_file()
    assert (package / "static/ledgerflow/admin.css").is_file()


def test_another_distribution_brings_apps_of_its_own(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    assert "apps/__init__.py" not in wheel.namelist()
    wheel.extractall(tmp_path / "ours")
    (tmp_path / "theirs/apps/shop").mkdir(parents=True)
    (tmp_path / "theirs/apps/shop/__init__.py").touch()
    script = "import apps.items, apps.shop; print(len(apps.__path__))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path / "ours"), str(tmp_path / "theirs")])}
    words = [sys.executable, "-c", script]
    found = subprocess.run(words, capture_output=True, text=True, check=True, env=environment, cwd=tmp_path)
    assert int(found.stdout) >= 2


@pytest.mark.begins_first
def test_another_project_posts_spends_and_closes_a_day(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """With the wheel in an environment of its own, which makes the tables; and with the packages of the checkout."""
    folder, python = tmp_path / "environment", str(tmp_path / "environment/bin/python")
    project = copy_of_example(tmp_path)
    venv.create(folder, symlinks=True)
    (packages_there,) = folder.glob("lib/python3*/site-packages")
    # What LedgerFlow depends on is not fetched again.
    (packages_there / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    words = ("-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--no-compile", str(wheel.filename))
    done = run(sys.executable, *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    with a_database() as named:
        for interpreter, command, more in (
            (python, ("manage.py", "migrate", "-v0"), {}),
            (python, ("try_out.py",), {}),
            (sys.executable, ("try_out.py",), {"PYTHONPATH": str(PROJECT)}),
        ):
            done = run(interpreter, *command, folder=project, **named, **more)
            assert (done.returncode, done.stderr) == (0, ""), done.stdout
            if command == ("try_out.py",):
                place = folder if interpreter == python else PROJECT
                assert done.stdout.startswith(f"posted, spent and closed with {place}/")


def test_the_wheel_has_the_one_version_and_the_command(wheel: zipfile.ZipFile) -> None:
    about = {Path(name).name: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name}
    assert f"\nVersion: {ledgerflow.__version__}\n" in about["METADATA"]
    assert "\nProvides-Extra: test\n" in about["METADATA"]
    assert "ledgerflow = ledgerflow.__main__:main" in about["entry_points.txt"]


def test_the_version_is_written_once() -> None:
    texts = [PROJECT / "pyproject.toml", *(path for package in packages() for path in package.rglob("*.py"))]
    assert [path.name for path in texts if f'"{ledgerflow.__version__}"' in path.read_text()] == ["__init__.py"]
