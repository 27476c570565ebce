"""The year end: income and expense to retained earnings, once, and back again with the year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from accounts.changing import close_account, freeze_account
from accounts.errors import AccountClosed
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from journals.errors import NotReversible, PeriodClosed
from journals.models import Journal
from journals.periods import reopening as reopening_periods
from journals.periods import year_end
from journals.periods.errors import (
    LaterPeriodClosed,
    PeriodDaysOpen,
    PeriodsOpen,
    RetainedEarningsAmbiguous,
    RetainedEarningsMissing,
)
from journals.periods.models import PeriodStatus
from journals.periods.reopening import propose_reopening
from journals.periods.use_cases import close_period, make_fiscal_year
from journals.periods.year_end import YearEnd, close_year, preview_year_end
from journals.posting import post, post_many
from journals.proof.ledger import verify_books
from journals.reading.as_of import balance_then
from journals.reversal import reverse_journal
from ledgerflow.approvals.use_cases import ProposalOutcome, decide, execute
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, Malformed, TryAgain
from tests.builders import a_journal, a_transfer, an_account, an_entity, balance_of, posted
from tests.calendars import (
    NEW_YEAR,
    YEAR_END,
    a_reopener,
    books_on,
    close,
    close_months,
    months,
    period,
    reopened,
    year,
)

JUNE = date(2026, 6, 15)
Lines = Sequence[tuple[str, str, str]]


@pytest.fixture
def books() -> Entity:
    """A year of 1,000.00 of sales and 400.00 of rent, on its last day."""
    entity = books_on(YEAR_END)
    posted(entity, a_transfer("cash", "sales", "1000.00", effective_date=JUNE))
    posted(entity, a_transfer("rent", "cash", "400.00", effective_date=JUNE))
    return entity


def closed_months(entity: Entity) -> Entity:
    close(entity, YEAR_END)
    close_months(entity)
    return entity


@pytest.fixture
def ready(books: Entity) -> Entity:
    """The same with its days and months closed."""
    return closed_months(books)


def closed(entity: Entity, key: str = "k") -> YearEnd:
    return close_year(entity.id, year(entity).id, key=key, actor="test")


def lines_of(done: YearEnd) -> Lines:
    return [(line.account, line.side, line.amount) for line in done.lines]


ENTRIES = [("rent", "credit", "400.00"), ("sales", "debit", "1000.00"), ("profits", "credit", "600.00")]


def test_income_and_expense_go_to_retained_earnings(ready: Entity) -> None:
    done = closed(ready)
    assert (done.status, lines_of(done)) == ("posted", ENTRIES)
    assert [balance_of(ready, code) for code in ("sales", "rent", "profits", "cash")] == [0, 0, 600, 600]
    (journal,) = Journal.objects.filter(pk__in=done.journals)
    assert (journal.kind, journal.layer, journal.effective_date) == ("closing", "closing", YEAR_END)
    assert year(ready).status == "closed"
    assert verify_books(ready.id) == []


def test_done_twice_it_is_the_same(ready: Entity) -> None:
    first = closed(ready)
    events = Event.objects.filter(entity=ready).count()
    for key in ("k", "another"):
        again = closed(ready, key)
        assert (again.status, again.journals, again.lines) == ("replayed", first.journals, first.lines)
    assert Event.objects.filter(entity=ready).count() == events


def test_its_key_is_one_of_all_keys(ready: Entity) -> None:
    post(ready.id, a_transfer("cash", "profits", "1.00", key="taken"))
    with pytest.raises(IdempotencyKeyReused):
        closed(ready, "taken")
    assert year(ready).status == "open"


def test_adjustments_count_and_nothing_of_the_next_year_does(ready: Entity) -> None:
    december = period(ready, YEAR_END)
    assert reopened(ready, december).failure is None
    posted(ready, a_transfer("rent", "cash", "50.00", layer="adjustment", effective_date=YEAR_END))
    close_period(ready.id, december.id, actor="test")
    posted(ready, a_transfer("cash", "sales", "7.00", effective_date=NEW_YEAR))
    done = closed(ready)
    assert lines_of(done)[-1] == ("profits", "credit", "550.00")
    assert balance_of(ready, "sales") == 7
    assert balance_then(ready.id, "sales", as_of=YEAR_END).balance == "0.00"


def test_a_loss_is_a_debit(books: Entity) -> None:
    posted(books, a_transfer("rent", "cash", "900.00"))
    assert lines_of(closed(closed_months(books)))[-1] == ("profits", "debit", "300.00")


def test_a_year_without_income_and_expense_is_closed_without_entries() -> None:
    entity = closed_months(books_on(YEAR_END))
    done = closed(entity)
    assert (done.status, done.journals, done.lines) == ("posted", [], [])
    assert year(entity).status == "closed"
    assert closed(entity).status == "replayed"


def test_when_all_nets_to_zero_no_line_of_retained_earnings_is_needed(books: Entity) -> None:
    posted(books, a_transfer("rent", "cash", "600.00"))
    assert [account for account, _, _ in lines_of(closed(closed_months(books)))] == ["rent", "sales"]


def test_each_currency_has_its_own_account(books: Entity) -> None:
    for code, type_, role in (
        ("usd", "asset", ""),
        ("fees", "income", ""),
        ("usd-profits", "equity", "retained_earnings"),
    ):
        an_account(books, code, type_, currency="USD", role=role)
    posted(books, a_transfer("usd", "fees", "12.34"))
    done = closed(closed_months(books))
    assert [(line.account, line.currency, line.amount) for line in done.lines[-2:]] == [
        ("fees", "USD", "12.34"), ("usd-profits", "USD", "12.34"),
    ]  # fmt: skip
    assert len(done.journals) == 2


@pytest.mark.parametrize(
    "more, refusal",
    [([], RetainedEarningsMissing), (["one", "two"], RetainedEarningsAmbiguous)],
    ids=["none", "two"],
)
def test_there_is_one_account_to_take_the_result(more: list[str], refusal: type[LedgerError]) -> None:
    entity = an_entity(business_date=YEAR_END)
    make_fiscal_year(entity.id, date(2026, 1, 1), actor="test")
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    an_account(entity, "elsewhere", "asset", role="retained_earnings")  # no equity
    for code in more:
        an_account(entity, code, "equity", role="retained_earnings")
    posted(entity, a_transfer("cash", "sales", "1.00"))
    closed_months(entity)
    with pytest.raises(refusal) as caught:
        closed(entity)
    assert caught.value.data["currency"] == "EUR"
    assert year(entity).status == "open"
    assert len(preview_year_end(entity.id, year(entity).id).obstacles) == 1


def test_more_accounts_than_one_journal_holds() -> None:
    entity = books_on(YEAR_END)
    specs = [AccountSpec(code=f"i{number:04}", name="x", currency="EUR", type="income") for number in range(1001)]
    open_accounts(entity.id, specs, actor="test")
    sales = [a_transfer("cash", spec.code, "1.00", key=spec.code) for spec in specs]
    assert {answer.status for answer in post_many(entity.id, sales)} == {"posted"}
    done = closed(closed_months(entity))
    assert len(done.journals) == 2
    assert [line.amount for line in done.lines if line.account == "profits"] == ["999.00", "2.00"]
    assert balance_of(entity, "profits") == 1001


def test_a_frozen_account_is_closed_too(ready: Entity) -> None:
    freeze_account(ready.id, "sales", outflow=True, inflow=True, actor="test")
    assert closed(ready).status == "posted"


def test_an_account_that_was_emptied_and_closed_since_is_named(ready: Entity) -> None:
    posted(ready, a_transfer("cash", "rent", "400.00"))
    close_account(ready.id, "rent", actor="test")
    with pytest.raises(AccountClosed) as caught:
        closed(ready)
    assert caught.value.data["account"] == "rent"
    assert year(ready).status == "open"
    assert balance_of(ready, "sales") == 1000


def test_the_days_the_months_and_the_years_before_come_first(books: Entity) -> None:
    make_fiscal_year(books.id, date(2025, 1, 1), actor="test")
    with pytest.raises(PeriodsOpen) as caught:
        closed(books)
    earlier = period(books, date(2025, 1, 31))
    assert caught.value.data.items() >= {"period": str(period(books, date(2025, 12, 31), "year").id)}.items()
    with pytest.raises(PeriodDaysOpen):
        close_period(books.id, earlier.id, actor="test")
    close(books, YEAR_END)
    for month in months(books)[:-1]:
        close_period(books.id, month.id, actor="test")
    close_year(books.id, period(books, date(2025, 12, 31), "year").id, key="before", actor="test")
    with pytest.raises(PeriodsOpen) as caught:
        closed(books)
    assert caught.value.data.items() >= {"period": str(period(books, YEAR_END).id)}.items()


def test_it_is_about_years(ready: Entity) -> None:
    with pytest.raises(Malformed, match="no year"):
        close_year(ready.id, period(ready, YEAR_END).id, key="k", actor="test")


def test_a_preview_writes_nothing_and_names_what_is_in_the_way(books: Entity) -> None:
    events = Event.objects.filter(entity=books).count()
    shown = preview_year_end(books.id, year(books).id)
    assert (shown.status, lines_of(shown), shown.journals) == ("would_post", ENTRIES, [])
    assert ["after its months" in obstacle for obstacle in shown.obstacles] == [True]
    assert Event.objects.filter(entity=books).count() == events
    assert preview_year_end(books.id, year(closed_months(books)).id).obstacles == []
    closed(books)
    assert ["is closed" in one for one in preview_year_end(books.id, year(books).id).obstacles] == [True]


# Undone with the reopening of the year


def test_reopening_the_year_takes_the_entries_back(ready: Entity) -> None:
    done = closed(ready)
    outcome = reopened(ready, year(ready), "an audit finding")
    assert outcome.failure is None
    assert [balance_of(ready, code) for code in ("sales", "rent", "profits")] == [1000, 400, 0]
    (back,) = Journal.objects.filter(reverses_id__in=done.journals)
    assert (back.kind, back.layer, back.effective_date) == ("closing", "closing", YEAR_END)
    assert verify_books(ready.id) == []


def test_it_is_closed_again_with_what_was_added(ready: Entity) -> None:
    first = closed(ready)
    december = period(ready, YEAR_END)
    for one in (year(ready), december):
        assert reopened(ready, one).failure is None
    posted(ready, a_transfer("rent", "cash", "50.00", layer="adjustment", effective_date=YEAR_END))
    close_period(ready.id, december.id, actor="test")
    assert closed(ready).journals == first.journals  # the old key tells the old story
    assert year(ready).status == "open"
    again = closed(ready, "again")
    assert (again.status, lines_of(again)[-1]) == ("posted", ("profits", "credit", "550.00"))
    assert balance_of(ready, "profits") == 550
    assert verify_books(ready.id) == []


def test_a_closing_entry_is_not_reversed_by_itself(ready: Entity) -> None:
    (entry,) = closed(ready).journals
    with pytest.raises(NotReversible, match="reopening its year"):
        reverse_journal(ready.id, entry, key="back", actor="test")


def test_what_is_closed_over_a_period_is_reopened_first(ready: Entity) -> None:
    closed(ready)
    outcome = reopened(ready, period(ready, YEAR_END))
    assert isinstance(outcome.failure, LaterPeriodClosed)
    assert outcome.failure.data.items() >= {"period": str(year(ready).id)}.items()
    assert reopened(ready, year(ready)).failure is None
    outcome = execute_again(outcome)
    assert outcome.result.status == "open"


def test_a_year_is_not_reopened_under_a_later_closed_one(ready: Entity) -> None:
    earlier = make_fiscal_year(ready.id, date(2025, 1, 1), actor="test")
    for month in earlier[:-1]:
        close_period(ready.id, month.id, actor="test")
    close_year(ready.id, earlier[-1].id, key="2025", actor="test")
    closed(ready)
    outcome = reopened(ready, earlier[-1])
    assert isinstance(outcome.failure, LaterPeriodClosed)


def execute_again(outcome: ProposalOutcome) -> ProposalOutcome:
    proposal = outcome.proposal
    return execute(proposal.entity_id, proposal.id, person=proposal.proposed_by, via=proposal.proposed_by)


def test_a_reopening_that_was_cut_off_goes_on(ready: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(ready)
    with monkeypatch.context() as patch:
        patch.setattr(reopening_periods, "take_back", cut_off)
        outcome = reopened(ready, year(ready))
    assert isinstance(outcome.failure, TryAgain)
    assert year(ready).status == "open"
    assert balance_of(ready, "profits") == 600
    for _ in range(2):
        execute_again(outcome)
        assert year(ready).number == 2
        assert balance_of(ready, "profits") == 0
    assert PeriodStatus.objects.filter(period_id=year(ready).id).count() == 2


def cut_off(*_: object, **__: object) -> None:
    message = "killed"
    raise TryAgain(message)


def test_a_closed_year_takes_no_adjustment(ready: Entity) -> None:
    closed(ready)
    late = a_transfer("rent", "cash", "1.00", layer="adjustment", effective_date=YEAR_END)
    with pytest.raises(PeriodClosed):
        post(ready.id, late)


# While others post


def test_an_adjustment_that_comes_in_between_is_part_of_it(ready: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are read outside of the lock: what came after is noticed under it, and they are read again."""
    reopened(ready, december := period(ready, YEAR_END))
    read = year_end._figures
    late = [a_transfer("rent", "cash", "100.00", layer="adjustment", effective_date=YEAR_END)]

    def read_and_be_overtaken(entity_id: object, ends_on: date) -> year_end.YearFigures:
        figures = read(ready.id, ends_on)
        while late:
            posted(ready, late.pop())
            close_period(ready.id, december.id, actor="test")
        return figures

    monkeypatch.setattr(year_end, "_figures", read_and_be_overtaken)
    done = closed(ready)
    assert lines_of(done)[-1] == ("profits", "credit", "500.00")
    assert balance_of(ready, "rent") == 0


def test_work_of_the_new_year_does_not_disturb_it(ready: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    read = year_end._figures
    reads: list[int] = []

    def read_and_post(entity_id: object, ends_on: date) -> year_end.YearFigures:
        figures = read(ready.id, ends_on)
        posted(ready, a_transfer("cash", "sales", "5.00"))
        reads.append(1)
        return figures

    monkeypatch.setattr(year_end, "_figures", read_and_post)
    assert lines_of(closed(ready)) == ENTRIES
    assert len(reads) == 1


def test_it_gives_up_when_they_keep_coming(books: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    read = year_end._figures
    close(books, YEAR_END)
    for month in months(books)[:-1]:
        close_period(books.id, month.id, actor="test")

    def read_and_post(entity_id: object, ends_on: date) -> year_end.YearFigures:
        figures = read(books.id, ends_on)
        posted(books, a_transfer("rent", "cash", "1.00", layer="adjustment", effective_date=YEAR_END))
        return figures

    monkeypatch.setattr(year_end, "_figures", read_and_post)
    monkeypatch.setattr(year_end, "check_year_may_close", lambda *_: None)  # December is open, so that they can come
    with pytest.raises(TryAgain):
        closed(books)
    assert Journal.objects.filter(entity=books, kind="closing").count() == 0


def test_amounts_of_a_journal_with_many_digits_stay_exact(books: Entity) -> None:
    big = "99999999999999990000.99"
    posted(books, a_journal(("cash", big), ("sales", f"-{big}")))
    done = closed(closed_months(books))
    assert lines_of(done)[1] == ("sales", "debit", "99999999999999991000.99")
    assert balance_of(books, "profits") == Decimal("99999999999999990600.99")


def test_a_rejected_reopening_changes_nothing(ready: Entity) -> None:
    closed(ready)
    ann, bob = a_reopener(), a_reopener()
    proposal = propose_reopening(ready.id, year(ready).id, reason="r", person=ann, via="key:1")
    decide(ready.id, proposal.id, "rejected", person=bob, via=bob)
    assert year(ready).status == "closed"
