"""`manage.py close_day`: what it says, and its exit codes."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from journals.days.policies import set_day_policy
from ledgerflow.books.models import Entity
from tests.builders import a_transfer, an_account, an_entity, posted


@pytest.fixture
def books() -> Entity:
    entity = an_entity()
    an_account(entity, "cash")
    an_account(entity, "equity", "equity")
    posted(entity, a_transfer("cash", "equity", "10.00"))
    return entity


def said(books: Entity, *words: str, **given: Any) -> list[str]:
    out = StringIO()
    call_command("close_day", *words, entity=books.code, stdout=out, **given)
    return out.getvalue().splitlines()


def refused(*words: str, **given: Any) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        call_command("close_day", *words, **given)
    return caught.value.returncode, str(caught.value)


def test_the_day_in_turn_is_closed(books: Entity) -> None:
    (line,) = said(books)
    assert line.startswith("2026-03-02 closed, version 1: 2 accounts, ")
    assert "proof" in line


def test_days_are_closed_through_a_date(books: Entity) -> None:
    call_command("close_day", entity=books.code, stdout=StringIO())
    books.refresh_from_db()
    lines = said(books, through=books.business_date)
    assert [line.split()[0] for line in lines] == ["2026-03-03"]


def test_a_check_that_blocks_is_exit_code_one_with_what_it_found(books: Entity) -> None:
    an_account(books, "lost", role="suspense")
    set_day_policy(books.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(books, a_transfer("lost", "equity", "3.00"))
    code, text = refused(entity=books.code)
    assert code == 1
    assert text.splitlines()[1] == "lost stands at 3.00 EUR, not at zero."
    assert said(books, accept="known")[0].startswith("2026-03-02 closed")


def test_nonsense_is_exit_code_two(books: Entity) -> None:
    assert refused(entity="nobody") == (2, "There is no entity 'nobody'.")
    assert refused("2026-03-20", entity=books.code)[0] == 2
    assert refused("2026-03-02", entity=books.code, through=books.business_date)[0] == 2
