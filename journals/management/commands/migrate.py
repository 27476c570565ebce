"""`manage.py migrate`: Django's own, one at a time, as the owner of the tables, with the grants applied afterwards."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from ledgerflow.events.read_models.schemas import ensure_beside_books
from ledgerflow.ops.grants import grants_for, owner_alias
from ledgerflow.ops.migrating import ForwardExecutor

TAKE = "SELECT pg_try_advisory_lock(hashtextextended('ledgerflow: migrate', 0))"
RELEASE = "SELECT pg_advisory_unlock(hashtextextended('ledgerflow: migrate', 0))"
POLL_SECONDS = 0.2
# Each step makes the classes of many models anew: to look through them every 700 allocations took a quarter of it.
FIRST_COLLECTION = 50_000
# Django's command takes the executor from its own module, and asks nobody for another.
vars(migrate)["MigrationExecutor"] = ForwardExecutor


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate as the owner where DATABASE_OWNER_URL names one, and grant the application's role what it needs."""
        if options["database"] == DEFAULT_DB_ALIAS:
            options["database"] = owner_alias()
        owner = connections[options["database"]]
        with one_at_a_time(owner), rare_collections():
            super().handle(*args, **options)
            if owner.alias != DEFAULT_DB_ALIAS and owner.alias == owner_alias():
                self.grant(owner, connections[DEFAULT_DB_ALIAS].settings_dict["USER"])
            if owner.alias == owner_alias() and not options["plan"] and not settings.LEDGERFLOW_READ_MODELS_APART:
                self.make_read_models()

    def make_read_models(self) -> None:
        """Their schema belongs to the application's role, which makes them anew by itself."""
        try:
            ensure_beside_books()
        except psycopg.errors.InsufficientPrivilege as error:
            self.stderr.write(
                f"No read models: {error}Grant the role what it needs (docs/operations.md), then migrate."
            )

    def grant(self, owner: BaseDatabaseWrapper, role: str) -> None:
        owner.ensure_connection()
        statements = grants_for(owner.connection, role)
        with owner.connection.transaction(), owner.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        self.stdout.write(f"{role}: {len(statements)} grants applied.")


@contextmanager
def rare_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(FIRST_COLLECTION)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def one_at_a_time(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Several servers may start at once, each with its `migrate`: the first migrates, the others find it done.

    A look and a pause instead of a statement that waits: a waiting one would hold a snapshot, and an index that is
    built concurrently waits for all older snapshots. The lock ends with the session, so a killed `migrate` leaves none.
    """
    while not one_value(connection, TAKE):
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        if connection.is_usable():
            one_value(connection, RELEASE)


def one_value(connection: BaseDatabaseWrapper, statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
