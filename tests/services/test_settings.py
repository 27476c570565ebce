"""Settings are read once, at start; a bad value is one line and exit code 2."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from ledgerflow import asgi, reading_settings, wsgi
from ledgerflow.filling import fill_databases

PROJECT = Path(__file__).parents[2]
GOOD = {
    "DATABASE_URL": "postgresql:///none?host=/nonexistent",
    "LEDGERFLOW_SECRET_KEY": "of-this-test",
    "PATH": os.environ["PATH"],
    "LEDGERFLOW_HOME": "/nonexistent",
    **{name: value for name, value in os.environ.items() if name.startswith("COV")},
}


def manage(command: list[str], **changes: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in (GOOD | changes).items() if value}
    words: list[str | Path] = [sys.executable, PROJECT / "manage.py", *command]
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False, cwd=PROJECT)


@pytest.mark.parametrize(
    "name, value, said",
    [
        ("DATABASE_URL", "", "DATABASE_URL is not set"),
        ("DATABASE_URL", "sqlite:///books.db", "must start with postgresql://"),
        ("DATABASE_URL", "postgresql://user:hidden@host:port/db?nonsense=1", "is not a PostgreSQL address"),
        ("DATABASE_URL", "postgresql://user@host", "names no database"),
        ("LEDGERFLOW_SECRET_KEY", "", "LEDGERFLOW_SECRET_KEY is not set"),
        ("LEDGERFLOW_LOCK_TIMEOUT_MS", "5s", "whole number from 1"),
        ("LEDGERFLOW_WRITER_ISOLATION", "read_uncommitted", "must be one of read_committed, serializable"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must start with redis://"),
    ],
)
def test_a_bad_value_is_one_line_and_exit_code_two(name: str, value: str, said: str) -> None:
    finished = manage(["check"], **{name: value})
    assert finished.returncode == 2
    assert finished.stderr.startswith(f"ledgerflow: {name}")
    assert said in finished.stderr
    assert finished.stderr.count("\n") == 1
    assert "hidden" not in finished.stderr


def test_good_values_start() -> None:
    finished = manage(["check"])
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize(
    "url, expected",
    [
        ("postgresql://u:p%40ss@db.example:6432/books", ("books", "u", "p@ss", "db.example", "6432", {})),
        ("postgres://u@/books?host=/run/pg", ("books", "u", "", "/run/pg", "", {})),
        ("postgresql://u@%2Frun%2Fpg/books", ("books", "u", "", "/run/pg", "", {})),
        ("postgresql://h/books?sslmode=require", ("books", "", "", "h", "", {"sslmode": "require"})),
        ("postgresql://u@[::1]:5433/books", ("books", "u", "", "::1", "5433", {})),
    ],
)
def test_database_addresses(monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[Any, ...]) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    found = reading_settings.database_from("DATABASE_URL")
    assert found["OPTIONS"].pop("options") == "-c search_path=public"
    assert tuple(found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")) == expected


def test_the_writer_keeps_its_own_limits_beside_those_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://h/books?options=-c%20work_mem%3D8MB")
    monkeypatch.setenv("LEDGERFLOW_LOCK_TIMEOUT_MS", "250")
    databases: dict[str, Any] = {"default": reading_settings.database_from("DATABASE_URL") | {"ATOMIC_REQUESTS": True}}
    fill_databases(databases)
    writer = databases["writer"]
    assert writer["OPTIONS"]["options"].startswith("-c search_path=public -c work_mem=8MB -c lock_timeout=250 ")
    assert "enable_seqscan=off" in writer["OPTIONS"]["options"]
    assert writer["TEST"] == {"MIRROR": "default"}
    assert writer["ATOMIC_REQUESTS"] is False


def test_readers_take_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEDGERFLOW_EXAMPLE", raising=False)
    assert reading_settings.text_from("LEDGERFLOW_EXAMPLE", "default") == "default"
    assert reading_settings.flag_from("LEDGERFLOW_EXAMPLE", default=True) is True
    assert reading_settings.number_from("LEDGERFLOW_EXAMPLE", 7, least=1, most=9) == 7
    assert reading_settings.list_from("LEDGERFLOW_EXAMPLE", "a, b,,") == ["a", "b"]
    with pytest.raises(ImproperlyConfigured):
        reading_settings.secret_from("LEDGERFLOW_EXAMPLE", debug=False)
    assert reading_settings.secret_from("LEDGERFLOW_EXAMPLE", debug=True)


@pytest.mark.parametrize(
    "name, value, read",
    [
        ("DATABASE_URL", "", reading_settings.database_from),
        ("DATABASE_URL", "sqlite:///books.db", reading_settings.database_from),
        ("DATABASE_URL", "postgresql://u:hidden@h:p/db?nonsense=1", reading_settings.database_from),
        ("DATABASE_URL", "postgresql://user@host", reading_settings.database_from),
        ("LEDGERFLOW_EXAMPLE", "maybe", lambda name: reading_settings.flag_from(name, default=True)),
        ("LEDGERFLOW_EXAMPLE", "٣", lambda name: reading_settings.number_from(name, 1, least=1, most=9)),
        ("LEDGERFLOW_EXAMPLE", "c", lambda name: reading_settings.choice_from(name, "a", ("a", "b"))),
        ("LEDGERFLOW_EXAMPLE", "localhost:6379", lambda name: reading_settings.redis_from(name, "redis://h")),
    ],
)
def test_readers_refuse(monkeypatch: pytest.MonkeyPatch, name: str, value: str, read: Callable[[str], object]) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=f"^{name} ") as raised:
        read(name)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("word, expected", [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_flags(monkeypatch: pytest.MonkeyPatch, word: str, expected: bool) -> None:
    monkeypatch.setenv("LEDGERFLOW_EXAMPLE", word)
    assert reading_settings.flag_from("LEDGERFLOW_EXAMPLE", default=not expected) is expected


def test_both_entry_points_load() -> None:
    assert asgi.application is not None
    assert wsgi.application is not None


def test_tls_and_static_files_of_a_container(tmp_path: Path) -> None:
    code = (
        "from django.conf import settings as s; from ledgerflow.web.response_headers import HEADERS;"
        " print(dict(HEADERS)['Strict-Transport-Security'], s.SESSION_COOKIE_SECURE,"
        " s.STATIC_ROOT, s.WHITENOISE_USE_FINDERS, s.CELERY_BROKER_URL)"
    )
    finished = manage(
        ["shell", "-v0", "-c", code],
        LEDGERFLOW_HTTPS="1",
        LEDGERFLOW_STATIC_ROOT=str(tmp_path),
        REDIS_URL="unix:///run/redis.sock?db=0",
    )
    assert finished.stdout.split() == [
        "max-age=31536000",
        "True",
        str(tmp_path),
        "False",
        "redis+socket:///run/redis.sock?db=0",
    ]
