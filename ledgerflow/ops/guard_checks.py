"""Django system checks of what the database holds the application to.

They ask a server, so they run when told to: `manage.py check --deploy --tag ledgerflow --database default`. `make run`
says what they find. They are registered for deployment alone, because `migrate` runs all others, before the
guards are there and as the owner of the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error
from django.db import connections

from ledgerflow.ops.grants import excesses

TAG = "ledgerflow"
TRIGGER = re.compile(r"^CREATE (?:CONSTRAINT )?TRIGGER (\w+)", re.MULTILINE)
# Disabled ones, and those for replicas alone, do not fire.
FIRING = """
    SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace
"""
SETTINGS = "SELECT current_user, current_setting('TimeZone'), current_setting('session_replication_role')"


def check_guards(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django gives it by this name
    databases: Iterable[str] | None = None,
    **_options: Any,
) -> list[CheckMessage]:
    """E001: a guard is missing or off. E002: the role may change history. E003: the session's time is not UTC."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connections[alias].ensure_connection()
        raw = connections[alias].connection
        found += [*_guards_off(raw, alias), *_role_above(raw, alias), *_time_zone(raw, alias)]
    return found


def declared_guards() -> set[str]:
    """The names of all triggers in the SQL files of the installed apps."""
    files = [path for app in apps.get_app_configs() for path in Path(app.path).glob("sql/*.sql")]
    return {name for path in files for name in TRIGGER.findall(path.read_text(encoding="utf-8"))}


def _guards_off(raw: psycopg.Connection[Any], alias: str) -> list[CheckMessage]:
    firing = {name for (name,) in raw.execute(FIRING)}
    missing = sorted(declared_guards() - firing)
    if not missing:
        return []
    hint = "Run `manage.py migrate`, and ALTER TABLE … ENABLE TRIGGER what somebody has switched off."
    return [Error(f"Guards are missing or off: {', '.join(missing)}.", hint=hint, obj=alias, id="ledgerflow.E001")]


def _role_above(raw: psycopg.Connection[Any], alias: str) -> list[CheckMessage]:
    row = raw.execute(SETTINGS).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    role, _, replication = row
    sentences = excesses(raw, role)
    if replication != "origin":
        sentences.append("Its sessions begin with session_replication_role = replica, which switches the guards off.")
    hint = "Sign in as a role of its own and run `manage.py grant_roles --role NAME --apply` (docs/operations.md)."
    return [
        Error(f"{role} may change history. {sentence}", hint=hint, obj=alias, id="ledgerflow.E002")
        for sentence in sentences
    ]


def _time_zone(raw: psycopg.Connection[Any], alias: str) -> list[CheckMessage]:
    row = raw.execute(SETTINGS).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    if row[1] in {"UTC", "Etc/UTC"}:
        return []
    hint = "Moments are hashed and proved in UTC: leave TIME_ZONE out of the settings of the database."
    return [Error(f"The time zone of the session is {row[1]}, not UTC.", hint=hint, obj=alias, id="ledgerflow.E003")]
