"""Tests commit for real against one test database per process; every test makes its own entity.

Nothing is rolled back or flushed: the fences refuse TRUNCATE and DELETE, and half of what is tested here
(locks, crashes, deferred constraints) happens at COMMIT.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

if not os.environ.get("DATABASE_URL"):
    pytest.exit(
        "DATABASE_URL is not set: run `make test`, or `python -m ledgerflow.embedded with --temporary --fast --redis -- pytest`",
        returncode=4,
    )

# Here and not in pyproject.toml: pytest-django would load the settings before the line above could speak.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")


@pytest.fixture(scope="session", autouse=True)
def _database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data; skips where it is absent."""
    folder = Path(os.environ.get("LEDGERFLOW_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder} (set LEDGERFLOW_TEST_DATA)")
    return folder
