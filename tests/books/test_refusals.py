"""What the database refuses is told by the name of its constraint, and nothing else is taken for it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from journals.days.closing import running
from journals.days.closing.running import close_day
from journals.days.errors import CloseFailed
from journals.errors import InsufficientFunds
from ledgerflow.books.entities import create_entity
from ledgerflow.books.errors import RefusedByDatabase
from ledgerflow.books.models import Entity
from ledgerflow.books.refusals import constraint_of, named_refusal, refusal_for
from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors.base import LedgerError, by_constraint
from tests.attacks import connect
from tests.builders import TODAY, an_entity

pytestmark = pytest.mark.every_server

KNOWN = """
    SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = %(name)s)
        OR EXISTS (SELECT FROM pg_class WHERE relkind = 'i' AND relname = %(name)s)
        OR EXISTS (SELECT FROM pg_proc WHERE prosrc LIKE '%%CONSTRAINT = ''' || %(name)s || '''%%')
"""


@pytest.mark.parametrize("constraint", by_constraint)
def test_each_constraint_that_an_error_names_is_one_of_the_database(constraint: str) -> None:
    with connect() as connection:
        assert connection.execute(KNOWN, {"name": constraint}).fetchone() == (True,)


def test_a_constraint_stands_for_one_error() -> None:
    with pytest.raises(TypeError, match="balance_min"):
        type("_Another", (LedgerError,), {"constraints": ("balance_min",)})
    assert by_constraint["balance_min"] is InsufficientFunds


def test_what_else_the_database_refuses_while_books_are_founded_is_no_entity_exists() -> None:
    def twice(tx: Transaction) -> dict[str, Any]:
        tx.query("INSERT INTO books_entity SELECT * FROM books_entity WHERE id = %s", (tx.entity_id,))
        return {}

    with pytest.raises(psycopg.IntegrityError) as refused:
        create_entity(code="founded-twice", name="Twice", base_currency="EUR", business_date=TODAY, populate=twice)
    assert constraint_of(refused.value) == "books_entity_pkey"
    assert named_refusal(refused.value) is None
    assert not Entity.objects.filter(code="founded-twice").exists()


def test_what_names_no_constraint_is_refused_by_the_database() -> None:
    assert constraint_of(ValueError()) == ""
    assert type(refusal_for(psycopg.DataError("no"))) is RefusedByDatabase


def test_a_unique_violation_of_another_table_is_no_close_in_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = an_entity()

    def twin(run: running.CloseRun, _: Any) -> Any:
        run.connection.execute("INSERT INTO books_entity SELECT * FROM books_entity WHERE id = %s", (entity.id,))

    with monkeypatch.context() as patch:
        patch.setitem(running.WORK, "checks", twin)
        with pytest.raises(CloseFailed, match="books_entity"):
            close_day(entity.id, actor="t")
    assert close_day(entity.id, actor="t").status == "closed"
