"""Tests commit for real against one test database per process; every test makes its own entity.

Nothing is rolled back or flushed: the guards refuse TRUNCATE and DELETE, and half of what is tested here
(locks, crashes, deferred constraints) happens at COMMIT.
"""

import fcntl
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch
from urllib.parse import quote

import django
import pytest
from django.conf import settings as django_settings
from hypothesis import settings
from pytest_django import DjangoDbBlocker

pytest_plugins = ["tests.fixtures"]
Made = TypeVar("Made")

# What is imported and collected stays until the end: looking through it again and again took a tenth of that time.
gc.disable()

# The books of ordinary tests have no Kafka, whatever broker there is: a test that wants it asks for the fixture.
if "KAFKA_BOOTSTRAP_SERVERS" in os.environ:
    os.environ["LEDGERFLOW_TEST_KAFKA"] = os.environ.pop("KAFKA_BOOTSTRAP_SERVERS")

if not os.environ.get("DATABASE_URL"):
    pytest.exit(
        "DATABASE_URL is not set: run `make test`, or"
        " `python -m ledgerflow.embedded with --temporary --fast --redis -- python -m pytest`",
        returncode=pytest.ExitCode.USAGE_ERROR,
    )
# Here and not in pyproject.toml: pytest-django would load the settings before the line above could speak.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ledgerflow.settings")
# Tests and the conftest files of their folders import models at once; pytest-django would set Django up after them.
django.setup()
# Each client of a test has the middleware made for itself, and without this all static files would be read each time.
django_settings.WHITENOISE_AUTOREFRESH = True
# The real one takes half a second for each password.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django_settings.LEDGERFLOW_KAFKA_BOOTSTRAP_SERVERS = (
    ""  # where DJANGO_SETTINGS_MODULE is set, settings were read before
)

# The same examples in every run: a red test can be run again. HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.hookimpl(trylast=True)  # after those that are not wanted are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long: each process starts on an equal part of the list."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    rest = [item for item in items if not item.get_closest_marker("begins_first")]
    modules: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("begins_first"):
            modules.setdefault(item.path, []).append(item)
    ordered: list[pytest.Item] = []
    size = len(items) // processes
    for number in range(processes):
        long = [item for module in list(modules.values())[number::processes] for item in module]
        ordered += [*long, *rest[: max(size - len(long), 0)]]
        del rest[: max(size - len(long), 0)]
    items[:] = [*ordered, *rest]


def pytest_collection_finish() -> None:
    """From here on only what the tests make is looked through for garbage."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # as the web server has it
    gc.enable()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,  # a name of its own for each xdist worker
    django_db_keepdb: bool,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """The test database, whatever the tests are marked with: pytest-django makes it only for marked ones."""
    from django.test.utils import setup_databases, teardown_databases

    make = partial(setup_databases, verbosity=0, interactive=False, keepdb=django_db_keepdb, serialized_aliases=set())
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    with django_db_blocker.unblock():
        # One that is kept may be older, and where there is an owner, `migrate` grants rights on the database itself.
        if not run or django_db_keepdb or "owner" in django_settings.DATABASES:
            made = make()
            yield
        else:
            with copied(make, run, tmp_path_factory.getbasetemp().parent) as made:
                yield
        close_connections()
        if not django_db_keepdb:
            teardown_databases(made, verbosity=0)


@contextmanager
def copied(make: Callable[[], Made], run: str, folder: Path) -> Iterator[Made]:
    """What `make` gives, with a database that is a copy where another process of the run has left one to be copied.

    `folder` is shared by the processes of the run, and `run` names it among all runs.
    """
    from django.db import connection

    template, is_there = f"template of {run}", folder / "template"
    with alone(folder):
        first = not is_there.exists()
        if first:
            made = make()
            connection.close()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{connection.settings_dict["NAME"]}"')
            is_there.touch()
        else:
            connection.settings_dict["TEST"]["TEMPLATE"] = template
            with patch("django.core.management.call_command"):  # `migrate` would find nothing to do, and take a second
                made = make()
    yield made
    if first:
        with alone(folder):
            is_there.unlink()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{template}"')


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While no other process of the run is here."""
    with (folder / "template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session", autouse=True)
def _database(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, open to all tests; none where nothing but pure tests runs."""
    if all(item.get_closest_marker("pure") for item in request.session.items):
        yield
        return
    request.getfixturevalue("django_db_setup")
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="session", autouse=True)
def _checkpoints_apart(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test database has a key and a folder of its own: copies outlast it, and the next one has other books."""
    home = tmp_path_factory.mktemp("checkpoints")
    django_settings.LEDGERFLOW_CHECKPOINT_KEY_FILE = home / "checkpoint.key"
    django_settings.LEDGERFLOW_CHECKPOINT_FOLDER = home / "copies"
    django_settings.LEDGERFLOW_ATTACHMENTS = home / "attachments"


def close_connections() -> None:
    """What the threads of tests have left open would keep the test database from being dropped."""
    from django.db import connection

    from ledgerflow.books.connections import close_idle

    close_idle()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )


@pytest.fixture(scope="session")
def database_url(_database: None) -> str:
    """The address of this process's test database, for tests that start processes of their own."""
    from django.db import connection

    found = connection.settings_dict
    who = quote(found["USER"], safe="") + (f":{quote(found['PASSWORD'], safe='')}" if found["PASSWORD"] else "")
    return f"postgresql://{who}@/{found['NAME']}?host={quote(found['HOST'], safe='')}&port={found['PORT'] or 5432}"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data; skips where it is absent."""
    folder = Path(os.environ.get("LEDGERFLOW_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder} (set LEDGERFLOW_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def kafka() -> str:
    """The address of a real Kafka, the same for all processes of the tests; skips where there is none."""
    address = os.environ.get("LEDGERFLOW_TEST_KAFKA", "")
    if not address:
        why = (
            os.environ.get("LEDGERFLOW_WITHOUT_KAFKA") or "not asked for: `python -m ledgerflow.embedded with --kafka`"
        )
        pytest.skip(f"no Kafka: {why}")
    return address
