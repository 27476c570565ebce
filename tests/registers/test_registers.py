"""Registers: lines in recorded order with the balance after each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Account
from journals.days.closing.running import close_day
from journals.drafts import Line, reversed_lines
from journals.events import read_fact
from journals.reading.registers import RegisterLine, register, register_by_date
from ledgerflow.books.models import Entity
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, posted
from tests.client import ApiClient

AMOUNTS = ("10", "20", "5.50", "0.50", "4")


@pytest.fixture(scope="module")
def books() -> Entity:
    """Five sales, each dated a day before the one recorded before it."""
    entity = an_entity(dimensions=["project"])
    an_account(entity, "Cash")
    an_account(entity, "Sales", "income")
    for number, amount in enumerate(AMOUNTS):
        day = TODAY - timedelta(days=number)
        posted(entity, a_transfer("Cash", "Sales", amount, effective_date=day, description=f"Sale {number + 1}"))
    return entity


def account(entity: Entity, code: str) -> Account:
    return Account.objects.get(entity=entity, code=code)


def texts(lines: list[RegisterLine]) -> list[tuple[int, str, str, str]]:
    return [(line.version, line.side, line.amount, line.balance_after) for line in lines]


def test_lines_come_in_recorded_order_whatever_their_dates(books: Entity) -> None:
    lines = register(account(books, "Cash"))
    assert texts(lines) == [
        (1, "debit", "10.00", "10.00"),
        (2, "debit", "20.00", "30.00"),
        (3, "debit", "5.50", "35.50"),
        (4, "debit", "0.50", "36.00"),
        (5, "debit", "4.00", "40.00"),
    ]
    assert [line.effective_date for line in lines] == [TODAY - timedelta(days=number) for number in range(5)]
    assert [line.description for line in lines] == [f"Sale {number}" for number in range(1, 6)]
    assert [line.journal_number for line in lines] == [1, 2, 3, 4, 5]


def test_the_balance_after_is_on_the_normal_side(books: Entity) -> None:
    assert texts(register(account(books, "Sales")))[-1] == (5, "credit", "4.00", "40.00")


def test_the_newest_may_come_first(books: Entity) -> None:
    assert [line.version for line in register(account(books, "Cash"), newest_first=True)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_of_any_size_make_the_whole(books: Entity, newest_first: bool) -> None:
    cash = account(books, "Cash")
    whole = register(cash, newest_first=newest_first)
    for size in (1, 2, 3, 5):
        lines: list[RegisterLine] = []
        while page := register(cash, after=lines[-1].version if lines else None, limit=size, newest_first=newest_first):
            lines += page
        assert lines == whole


def test_dates_are_inclusive_on_both_ends(books: Entity) -> None:
    cash = account(books, "Cash")
    first, last = TODAY - timedelta(days=3), TODAY - timedelta(days=1)
    assert [line.version for line in register(cash, from_date=first, to_date=last)] == [2, 3, 4]
    assert [line.version for line in register(cash, to_date=first)] == [4, 5]
    assert [line.version for line in register(cash, from_date=last)] == [1, 2]
    assert register(cash, from_date=last, to_date=first) == []


def test_a_line_carries_what_the_journal_says_about_it() -> None:
    entity = an_entity(dimensions=["project"])
    for code in ("Cash", "Sales"):
        an_account(entity, code)
    lines = (
        Line("Cash", Decimal(5), description="Till 2", dimensions={"project": "Älpha"}),
        Line("Sales", Decimal(-5)),
    )
    sale = posted(entity, a_journal(*lines, description="A sale", external_reference="R-1"))
    fact = read_fact(sale.journal)
    undo = a_journal(*reversed_lines(lines), kind="reversal", reverses=fact.id)
    posted(entity, undo)
    first, second = register(account(entity, "Cash"))
    assert (first.description, first.external_reference, first.dimensions) == ("Till 2", "R-1", {"project": "Älpha"})
    assert (first.journal, first.kind, first.layer, first.line) == (fact.id, "manual", "ordinary", 1)
    assert (first.recorded_at, first.event_sequence) == (sale.recorded_at, sale.event_sequence)
    assert (second.kind, second.reverses, second.side, second.balance_after) == ("reversal", fact.id, "credit", "0.00")
    (other, _) = register(account(entity, "Sales"))
    assert (other.description, other.dimensions) == ("A sale", None)


def test_zero_is_never_shown_as_minus_zero_and_large_amounts_stay_exact() -> None:
    entity = an_entity()
    an_account(entity, "Bank")
    an_account(entity, "Capital", "equity")
    posted(entity, a_transfer("Bank", "Capital", "99999999999999999999.99", effective_date=date(2026, 1, 1)))
    posted(entity, a_transfer("Capital", "Bank", "99999999999999999999.99"))
    assert texts(register(account(entity, "Capital"))) == [
        (1, "credit", "99999999999999999999.99", "99999999999999999999.99"),
        (2, "debit", "99999999999999999999.99", "0.00"),
    ]


def test_an_empty_register_is_empty() -> None:
    assert register(an_account(an_entity(), "New")) == []


def test_by_date_the_balance_runs_by_date() -> None:
    """Recorded on three days in another order; the figures are added up by hand."""
    entity = an_entity()
    for code, kind in (("Cash", "asset"), ("Sales", "income")):
        an_account(entity, code, kind)
    moments = []
    for amount, day in [("10", 20), ("5", 10), ("1", 20), ("7", 15), ("2", 10)]:
        draft = a_transfer("Cash", "Sales", amount, effective_date=date(2026, 2, day))
        moments.append(posted(entity, draft).recorded_at)
    cash, sales = account(entity, "Cash"), account(entity, "Sales")

    def shown(lines: list[RegisterLine]) -> list[tuple[int, str]]:
        return [(line.version, line.balance_after) for line in lines]

    whole = register_by_date(cash)
    assert shown(whole) == [(2, "5.00"), (5, "7.00"), (4, "14.00"), (1, "24.00"), (3, "25.00")]
    assert shown(register_by_date(sales)) == shown(whole)  # on its normal side
    assert register_by_date(cash, from_date=date(2026, 2, 15)) == whole[2:]
    assert register_by_date(cash, to_date=date(2026, 2, 15)) == whole[:3]
    for place, line in enumerate(whole, start=1):
        assert register_by_date(cash, after=(line.effective_date, line.version), limit=2) == whole[place : place + 2]
    assert shown(register_by_date(cash, known_at=moments[1])) == [(2, "5.00"), (1, "15.00")]
    close_day(entity.id, TODAY, actor="test")
    assert register_by_date(cash) == whole
    page = ApiClient(entity, "read").get("/api/accounts/Cash/register", {"order": "date", "limit": 3})
    following = ApiClient(entity, "read").get(page.json["next"])
    assert [line["balance_after"] for line in following.json["results"]] == ["24.00", "25.00"]
