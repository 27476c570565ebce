"""The views say what the books say, whatever happened, and however the log was cut into runs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.changing import change_account, freeze_account
from journals.drafts import Line
from journals.posting import post
from journals.reversal import reverse_journal
from ledgerflow.access.keys import create_key, revoke_key
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.events.read_models.applying import apply
from ledgerflow.events.read_models.comparing import rows_only_in
from ledgerflow.events.read_models.schemas import drop, ensure
from tests.builders import a_journal, a_transfer, an_account, an_entity
from tests.consuming.fake_kafka import log_of
from tests.eventful import eventful_books
from tests.holding import capture, held, release
from tests.read_models.projecting import project, read_models, unlike_the_books
from tests.whole_books import whole_books

CODES = ("cash", "till", "shop", "wallet")


def test_whole_books_are_as_the_books_are() -> None:
    for entity in (whole_books(), eventful_books()):
        project(entity)
        assert unlike_the_books(entity) == []


def test_a_difference_is_seen() -> None:
    """The comparison can fail."""
    entity = eventful_books()
    project(entity)
    with read_models() as connection:
        connection.execute(
            "UPDATE balances SET held = held + 1 WHERE entity_id = %s AND account = 'cash'", (entity.id,)
        )
    assert [line.partition(":")[0] for line in unlike_the_books(entity)] == ["balances", "balances"]


class Books:
    """Does what a test draws; what is refused leaves no trace, here or there."""

    def __init__(self) -> None:
        self.entity = an_entity()
        for code in CODES:
            an_account(self.entity, code, "liability" if code == "wallet" else "asset")
        for code in ("dollars", "owed"):
            an_account(self.entity, code, currency="USD")
        self.journals: list[UUID] = []
        self.holds: list[UUID] = []
        self.day = date(2026, 3, 2)

    def transfer(self, number: int) -> None:
        debit, credit = CODES[number % 4], CODES[(number + 1) % 4]
        self._post(a_transfer(debit, credit, f"{number}.25", description=f"sale {number}", metadata={"n": number}))

    def journal(self, number: int) -> None:
        lines = (Line("cash", Decimal(number)), Line("cash", Decimal(1)), Line("shop", Decimal(-number - 1)))
        self._post(a_journal(*lines, ("dollars", "0.10"), ("owed", "-0.10"), external_reference=f"R-{number}"))

    def backdate(self, number: int) -> None:
        self._post(a_transfer("cash", "till", "1.00", effective_date=self.day - timedelta(number % 5)))

    def reverse(self, number: int) -> None:
        if self.journals:
            journal = self.journals[number % len(self.journals)]
            reverse_journal(self.entity.id, journal, key=f"reverse {number} {journal}", actor="test")

    def hold(self, number: int) -> None:
        self.holds.append(held(self.entity, f"{number}.00", "cash"))

    def capture(self, number: int) -> None:
        if self.holds:
            capture(self.entity, self.holds[number % len(self.holds)], "1.00")

    def release(self, number: int) -> None:
        if self.holds:
            release(self.entity, self.holds[number % len(self.holds)], None if number % 2 else "0.50")

    def rename(self, number: int) -> None:
        change_account(self.entity.id, CODES[number % 4], {"name": f"Name {number}"}, actor="test")

    def freeze(self, number: int) -> None:
        freeze_account(self.entity.id, "till", outflow=bool(number % 2), inflow=False, actor="test")

    def advance(self, number: int) -> None:
        self.day += timedelta(number % 3)
        advance_business_date(self.entity, self.day, actor="test")

    def key(self, number: int) -> None:
        key, _ = create_key(self.entity, f"key {number}", ["read"], actor="test")
        if number % 2:
            revoke_key(key, actor="test")

    def _post(self, draft: Any) -> None:
        answer = post(self.entity.id, draft)
        if answer.status == "posted":
            self.journals.append(UUID(log_id(answer.journal)))


def log_id(journal: bytes) -> str:
    return journal.partition(b'"id":"')[2][:36].decode()


ACTIONS = [name for name in vars(Books) if not name.startswith("_")]
steps = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 99)), min_size=5, max_size=40)


@settings(max_examples=12)
@given(steps, st.data())
def test_after_any_work_in_any_runs_the_views_are_as_the_books_are(work: list[tuple[str, int]], data: Any) -> None:
    books = Books()
    for name, number in work:
        with suppressed_refusals():
            getattr(books, name)(number)
    project(books.entity)
    assert unlike_the_books(books.entity) == []
    cut(books.entity, data)


def cut(entity: Entity, data: Any) -> None:
    """Apply the log in runs that a test draws, in a schema of its own: the rows are those of the live one."""
    log = log_of(entity)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(log)), max_size=6)))
    with read_models() as connection:
        drop(connection, "read_models_cut")
        ensure(connection, "read_models_cut")
        for start, end in zip([0, *cuts], [*cuts, len(log)], strict=True):
            if start < end:
                with connection.transaction():
                    apply(connection, entity.id, log[start:end])
        assert list(rows_only_in(connection, "read_models_cut", "read_models")) == []
        drop(connection, "read_models_cut")


class suppressed_refusals:  # noqa: N801 - a context manager
    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: object, _trace: object) -> bool:
        return isinstance(error, LedgerError)


@pytest.mark.parametrize("size", [1, 3])
def test_small_runs_make_the_same_rows(size: int) -> None:
    entity = eventful_books()
    project(entity)
    log = log_of(entity)
    schema = f"read_models_by_{size}"
    with read_models() as connection:
        drop(connection, schema)
        ensure(connection, schema)
        for start in range(0, len(log), size):
            with connection.transaction():
                apply(connection, entity.id, log[start : start + size])
        assert list(rows_only_in(connection, schema, "read_models")) == []
        drop(connection, schema)
