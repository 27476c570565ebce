"""A calendar that begins after the first income: its year end would swallow older earnings."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from journals.errors import UnusualDate
from journals.models import Journal
from journals.periods import year_end
from journals.periods.errors import EarlierYearsOpen, LaterPeriodClosed, PeriodsGap, PeriodsOverlap
from journals.periods.fiscal_years import YearPlan
from journals.periods.models import Period
from journals.periods.use_cases import declare_earlier_years_closed, make_fiscal_year, period_in, save_status
from journals.periods.year_end import close_year, preview_year_end
from journals.posting import post
from journals.proof.ledger import verify_books
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import LedgerError, Malformed
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from tests.builders import a_transfer, an_account, an_entity, posted
from tests.calendars import YEAR_END, YEAR_START, close, close_months, reopened, year
from tests.concurrency.races import Race

DAY_BEFORE = date(2025, 12, 31)


def sale(amount: str, day: date, **given: Any) -> Any:
    return a_transfer("cash", "sales", amount, effective_date=day, **given)


def books_without_calendar() -> Entity:
    """A sale of 100 on the last day of 2025, one of 200 in 2026; the books are on the last day of 2026."""
    entity = an_entity(business_date=YEAR_END)
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    an_account(entity, "profits", "equity", role="retained_earnings")
    posted(entity, sale("100.00", DAY_BEFORE, confirm_unusual_date=True))
    posted(entity, sale("200.00", YEAR_END))
    return entity


def declared(entity: Entity) -> Entity:
    declare_earlier_years_closed(entity.id, DAY_BEFORE, actor="test", reason="in the old books")
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    return entity


def equity_on(entity: Entity, day: date) -> tuple[str, list[str]]:
    """Retained earnings in the balance sheet, and what is earned and not closed, line by line."""
    (block,) = balance_sheet(entity.id, as_of=day).blocks
    retained = [row.amounts["amount"] for row in block.rows if row.name == "profits"]
    computed = [row.amounts["amount"] for row in block.rows if row.kind == "computed"]
    return (retained or ["0.00"])[0], [amount for amount in computed if amount != "0.00"]


def end_year(entity: Entity) -> Any:
    close(entity, YEAR_END)
    close_months(entity)
    return close_year(entity.id, year(entity).id, key="k", actor="test")


def test_a_calendar_begins_no_later_than_the_first_income() -> None:
    entity = books_without_calendar()
    with pytest.raises(EarlierYearsOpen) as caught:
        make_fiscal_year(entity.id, YEAR_START, actor="test")
    assert (caught.value.code, caught.value.data) == (
        "periods_gap", {"first_journal": "2025-12-31", "first_day": "2026-01-01"},
    )  # fmt: skip
    make_fiscal_year(entity.id, date(2025, 1, 1), actor="test")
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    assert verify_books(entity.id) == []


def test_the_first_year_end_takes_declared_years_along() -> None:
    entity = declared(books_without_calendar())
    shown = preview_year_end(entity.id, year(entity).id)
    done = end_year(entity)
    lines = [(line.account, line.side, line.amount) for line in done.lines]
    assert lines == [
        ("sales", "debit", "100.00"), ("profits", "credit", "100.00"), ("sales", "debit", "200.00"),
        ("profits", "credit", "200.00"),
    ]  # fmt: skip
    assert shown.lines == done.lines
    assert equity_on(entity, YEAR_END) == ("300.00", [])
    assert equity_on(entity, DAY_BEFORE) == ("100.00", [])
    (block,) = income_statement(entity.id, to_date=YEAR_END).blocks
    assert block.rows[-1].amounts["amount"] == "200.00"
    assert Period.objects.get(entity=entity, kind="earlier").statuses.get().status == "closed"
    again = close_year(entity.id, year(entity).id, key="k", actor="test")
    assert (again.status, again.lines, again.journals) == ("replayed", done.lines, done.journals)
    assert verify_books(entity.id) == []


def test_before_the_year_end_declared_years_are_one_line() -> None:
    entity = declared(books_without_calendar())
    posted(entity, sale("7.00", date(2024, 5, 1), confirm_unusual_date=True))
    assert equity_on(entity, YEAR_END) == ("0.00", ["107.00", "200.00"])
    end_year(entity)
    assert equity_on(entity, YEAR_END) == ("307.00", [])


def test_a_reopened_year_gives_its_own_earnings_back_and_keeps_the_earlier_ones() -> None:
    entity = declared(books_without_calendar())
    end_year(entity)
    assert reopened(entity, year(entity)).failure is None
    assert equity_on(entity, YEAR_END) == ("100.00", ["200.00"])
    close_year(entity.id, year(entity).id, key="again", actor="test")
    assert equity_on(entity, YEAR_END) == ("300.00", [])
    assert reopened(entity, earlier(entity)).failure is not None  # the year over it is closed
    assert verify_books(entity.id) == []


def test_a_year_end_that_is_killed_between_the_two_leaves_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    entity = declared(books_without_calendar())

    def killed(tx: Any, period: Any, *rest: Any) -> Any:
        if period.kind == "year":
            raise KeyboardInterrupt
        return save_status(tx, period, *rest)

    monkeypatch.setattr(year_end, "save_status", killed)
    with pytest.raises(KeyboardInterrupt):
        end_year(entity)
    monkeypatch.undo()
    assert not Journal.objects.filter(entity=entity, kind="closing").exists()
    assert earlier(entity).status == "open"
    close_year(entity.id, year(entity).id, key="k", actor="test")
    assert equity_on(entity, YEAR_END) == ("300.00", [])
    assert verify_books(entity.id) == []


def earlier(entity: Entity) -> Any:
    return period_in(entity.id, Period.objects.get(entity=entity, kind="earlier").id)


def test_earlier_years_may_be_closed_by_a_year_end_of_their_own() -> None:
    entity = declared(books_without_calendar())
    close(entity, YEAR_END)
    first = close_year(entity.id, earlier(entity).id, key="first", actor="test")
    assert [line.amount for line in first.lines] == ["100.00", "100.00"]
    close_months(entity)
    done = close_year(entity.id, year(entity).id, key="k", actor="test")
    assert [line.amount for line in done.lines] == ["200.00", "200.00"]
    assert verify_books(entity.id) == []


def test_a_year_end_is_refused_where_income_came_before_the_calendar_since() -> None:
    entity = an_entity(business_date=YEAR_END)
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    for code, kind, given in (
        ("cash", "asset", {}),
        ("sales", "income", {}),
        ("profits", "equity", {"role": "retained_earnings"}),
    ):
        an_account(entity, code, kind, **given)
    posted(entity, sale("100.00", DAY_BEFORE, confirm_unusual_date=True))
    posted(entity, sale("200.00", YEAR_END))
    assert "declare the earlier years closed" in " ".join(preview_year_end(entity.id, year(entity).id).obstacles)
    with pytest.raises(EarlierYearsOpen):
        end_year(entity)
    declare_earlier_years_closed(entity.id, DAY_BEFORE, actor="test")
    close_year(entity.id, year(entity).id, key="k", actor="test")
    assert equity_on(entity, YEAR_END) == ("300.00", [])


def test_what_moved_no_income_is_older_than_no_calendar() -> None:
    entity = an_entity(business_date=YEAR_END)
    an_account(entity, "cash")
    an_account(entity, "capital", "equity")
    posted(entity, a_transfer("cash", "capital", "1.00", effective_date=DAY_BEFORE, confirm_unusual_date=True))
    make_fiscal_year(entity.id, YEAR_START, actor="test")


def test_nothing_is_declared_over_a_closed_year() -> None:
    """Its entries have taken all that came before: it is reopened first."""
    entity = an_entity(business_date=YEAR_END)
    for code, kind, role in (
        ("cash", "asset", ""),
        ("sales", "income", ""),
        ("profits", "equity", "retained_earnings"),
    ):
        an_account(entity, code, kind, role=role)
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    posted(entity, sale("200.00", YEAR_END))
    end_year(entity)
    with pytest.raises(LaterPeriodClosed, match="year FY2026 is closed"):
        declare_earlier_years_closed(entity.id, DAY_BEFORE, actor="test")
    assert reopened(entity, year(entity)).failure is None
    declare_earlier_years_closed(entity.id, DAY_BEFORE, actor="test")
    close_year(entity.id, year(entity).id, key="again", actor="test")
    assert equity_on(entity, YEAR_END) == ("200.00", [])


@pytest.mark.parametrize(
    "ends_on, refusal",
    [
        (date(2025, 12, 30), PeriodsGap), (date(2026, 1, 1), PeriodsOverlap), (date(2027, 1, 1), PeriodsOverlap),
        (date(9999, 12, 31), Malformed), (date(1900, 1, 1), Malformed), (date(1, 1, 1), Malformed),
    ],
    ids=["a day is left out", "into the calendar", "over it", "end of time", "no earlier years", "beginning of time"],
)  # fmt: skip
def test_earlier_years_end_where_the_calendar_begins(ends_on: date, refusal: type[LedgerError]) -> None:
    entity = an_entity()
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    with pytest.raises(refusal) as caught:
        declare_earlier_years_closed(entity.id, ends_on, actor="test")
    assert caught.value.pointer == "/ends_on"


def test_a_declaration_is_made_once_and_told_by_an_event() -> None:
    entity = books_without_calendar()
    made = [declare_earlier_years_closed(entity.id, DAY_BEFORE, actor="ann", reason="audited") for _ in range(2)]
    assert made[0] == made[1]
    (event,) = Event.objects.filter(entity=entity, type="period.earlier_years_closed")
    assert (event.actor, '"reason":"audited"' in event.data) == ("ann", True)
    with pytest.raises(PeriodsOverlap):
        make_fiscal_year(entity.id, date(2025, 1, 1), actor="test")
    with pytest.raises(PeriodsGap):
        make_fiscal_year(entity.id, date(2026, 2, 1), actor="test")
    assert verify_books(entity.id) == []


def test_a_date_before_the_calendar_is_confirmed() -> None:
    entity = an_entity(business_date=date(2026, 1, 10))
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    posted(entity, sale("1.00", date(2026, 1, 20), advance_business_date=True))
    declare_earlier_years_closed(entity.id, date(2026, 1, 14), actor="test")
    make_fiscal_year(entity.id, date(2026, 1, 15), actor="test")
    unsure = {"confirm_unusual_date": False}
    posted(entity, sale("1.00", date(2026, 1, 15), **unsure))
    for day, words in ((date(2026, 1, 14), "the fiscal calendar"), (date(2026, 1, 9), "when these books began")):
        with pytest.raises(UnusualDate, match=words) as caught:
            post(entity.id, sale("1.00", day, **unsure))
        assert (caught.value.code, caught.value.pointer) == ("unusual_date", "/effective_date")
        posted(entity, sale("1.00", day))


def test_the_business_date_is_usual_before_a_calendar_that_was_made_ahead() -> None:
    entity = an_entity(business_date=DAY_BEFORE)
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    posted(entity, sale("1.00", DAY_BEFORE, confirm_unusual_date=False))


def test_the_calendar_is_not_left_at_its_end_by_a_slip() -> None:
    entity = an_entity(business_date=date(2026, 12, 31))
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    make_fiscal_year(entity.id, date(2026, 1, 1), actor="test")
    ahead = sale("1.00", date(2027, 1, 1), advance_business_date=True, confirm_unusual_date=False)
    with pytest.raises(UnusualDate, match="the last fiscal year"):
        post(entity.id, ahead)
    posted(entity, sale("1.00", date(2027, 1, 1), advance_business_date=True))
    posted(entity, sale("1.00", date(2027, 1, 1), confirm_unusual_date=False))


def test_of_two_calendars_made_at_once_one_is() -> None:
    entity = an_entity()
    race = Race(
        lambda: attempted(lambda: make_fiscal_year(entity.id, YEAR_START, actor="one")),
        lambda: attempted(lambda: make_fiscal_year(entity.id, YearPlan(date(2026, 4, 15)), actor="two")),
        lambda: attempted(lambda: declare_earlier_years_closed(entity.id, date(2026, 1, 31), actor="three")),
    )
    race.start()
    codes = race.finish()
    assert min(codes) == "made"
    assert set(codes) <= {"made", "periods_overlap", "periods_gap"}
    assert Event.objects.filter(entity=entity, type__startswith="period.").count() == codes.count("made")
    assert verify_books(entity.id) == []


def attempted(work: Any) -> str:
    try:
        work()
    except LedgerError as refusal:
        return refusal.code
    return "made"


def test_no_journal_is_lost_between_the_entries() -> None:
    """Each entry balances on its own day."""
    entity = declared(books_without_calendar())
    end_year(entity)
    entries = Journal.objects.filter(entity=entity, kind="closing").order_by("number")
    assert [str(one.effective_date) for one in entries] == ["2025-12-31", "2026-12-31"]
