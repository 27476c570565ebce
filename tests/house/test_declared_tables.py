"""The tables that rooms declare as history are those that a trigger keeps from every change."""

from __future__ import annotations

import pytest

from ledgerflow.core.plugins import registry
from tests.attacks import connect

pytestmark = pytest.mark.every_server

GUARDED = """
    SELECT DISTINCT c.relname FROM pg_trigger t
    JOIN pg_proc f ON f.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
    WHERE f.proname = 'books_refuse_change' AND c.relnamespace = current_schema()::regnamespace
"""
PRESENT = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"


def test_history_is_what_a_trigger_guards() -> None:
    with connect() as connection:
        guarded = {name for (name,) in connection.execute(GUARDED)}
    assert guarded == registry.history_tables


def test_what_is_never_deleted_is_there_and_no_history() -> None:
    with connect() as connection:
        present = {name for (name,) in connection.execute(PRESENT)}
    assert registry.never_deleted_tables.keys() <= present
    assert not registry.never_deleted_tables.keys() & registry.history_tables
