"""The test databases of one run: its first process migrates, and the others copy what that made."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from django.db import connection
from psycopg import sql

Made = TypeVar("Made")


@contextmanager
def copied(make: Callable[[], Made], run: str, folder: Path) -> Iterator[Made]:
    """What `make` gives, with a database that is a copy where another process of the run has left one to be copied.

    `folder` is shared by the processes of the run, and `run` names it among all runs.
    """
    template, is_there = sql.Identifier(f"template of {run}"), folder / "template"
    with _alone(folder):
        first = not is_there.exists()
        if first:
            made = make()
            connection.close()
            own = sql.Identifier(connection.settings_dict["NAME"])
            _execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(template, own))
            is_there.touch()
        else:
            connection.settings_dict["TEST"]["TEMPLATE"] = f"template of {run}"
            with patch("django.core.management.call_command"):  # `migrate` would find nothing to do, and take a second
                made = make()
    yield made
    if first:
        with _alone(folder):
            is_there.unlink()
        _execute(sql.SQL("DROP DATABASE {}").format(template))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _execute(statement: sql.Composed) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
