"""The fiscal calendar: its years, how a period stands, who may still post into it."""

from __future__ import annotations

from datetime import date

import pytest

from journals.drafts import Draft
from journals.errors import DayClosed, NotReversible, PeriodClosed, PeriodLocked
from journals.events import JournalFact, read_fact
from journals.models import Journal
from journals.periods.errors import PeriodDaysOpen, PeriodNotClosed, PeriodsGap, PeriodsOverlap, YearEndNeeded
from journals.periods.models import Period, PeriodStatus
from journals.periods.reopening import propose_reopening
from journals.periods.use_cases import close_period, lock_period, make_fiscal_year, period_in, periods_of, unlock_period
from journals.posting import post
from journals.proof.ledger import verify_books
from journals.reversal import reverse_journal
from ledgerflow.approvals.errors import ApprovalNeedsAnotherPerson
from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity, Event
from ledgerflow.core import canonical
from ledgerflow.core.errors import LedgerError, Malformed, NotFound
from tests.approving import a_person
from tests.builders import a_journal, a_transfer, an_entity, posted
from tests.calendars import a_reopener, books_on, close, months, period, reopened, year

pytestmark = pytest.mark.every_server

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
MID_JANUARY = date(2026, 1, 15)
BACKDATED = date(2026, 1, 10)


@pytest.fixture
def books() -> Entity:
    """Books on the last day of January."""
    return books_on(JANUARY)


def sale(**given: object) -> Draft:
    return a_transfer("cash", "sales", "10.00", **given)


def fact_of(entity: Entity, draft: Draft) -> JournalFact:
    return read_fact(posted(entity, draft).journal)


def last_event(entity: Entity) -> Event:
    return Event.objects.filter(entity=entity).order_by("-sequence")[0]


# The calendar


@pytest.mark.parametrize(
    "first, ends",
    [
        (date(2026, 1, 1), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30",
                            "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"]),
        (date(2027, 4, 1), ["2027-04-30", "2027-05-31", "2027-06-30", "2027-07-31", "2027-08-31", "2027-09-30",
                            "2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]),
    ],
    ids=["January", "April, with a leap day"],
)  # fmt: skip
def test_a_year_has_twelve_months_on_end(first: date, ends: list[str]) -> None:
    entity = an_entity()
    *twelve, whole = make_fiscal_year(entity.id, first, actor="test")
    assert [str(month.ends_on) for month in twelve] == ends
    assert (whole.kind, whole.starts_on, whole.ends_on) == ("year", first, twelve[-1].ends_on)
    assert [month.starts_on.day for month in twelve] == [1] * 12
    assert last_event(entity).type == "period.year_made"
    assert verify_books(entity.id) == []


@pytest.mark.parametrize("first", [date(2027, 1, 1), date(2025, 1, 1)], ids=["after", "before"])
def test_years_go_on_without_a_gap(first: date) -> None:
    entity = an_entity()
    make_fiscal_year(entity.id, date(2026, 1, 1), actor="test")
    make_fiscal_year(entity.id, first, actor="test")
    assert Period.objects.filter(entity=entity).count() == 26


@pytest.mark.parametrize(
    "first, refusal",
    [
        (date(2026, 1, 1), PeriodsOverlap), (date(2026, 12, 1), PeriodsOverlap), (date(2025, 2, 1), PeriodsOverlap),
        (date(2027, 2, 1), PeriodsGap), (date(2024, 12, 1), PeriodsGap), (date(2027, 1, 2), PeriodsGap),
        (date(9998, 1, 1), Malformed),
    ],
    ids=["the same", "into its end", "into its start", "later", "earlier", "not a first", "end of time"],
)  # fmt: skip
def test_years_neither_overlap_nor_leave_days_out(first: date, refusal: type[LedgerError]) -> None:
    entity = an_entity()
    make_fiscal_year(entity.id, date(2026, 1, 1), actor="test")
    with pytest.raises(refusal) as caught:
        make_fiscal_year(entity.id, first, actor="test")
    assert caught.value.pointer == "/starts_on"
    assert Period.objects.filter(entity=entity).count() == 13


def test_a_calendar_belongs_to_its_books(books: Entity) -> None:
    with pytest.raises(NotFound):
        period_in(an_entity().id, year(books).id)
    with pytest.raises(NotFound):
        lock_period(an_entity().id, year(books).id, actor="test")


def test_a_month_is_listed_before_the_year_that_ends_with_it(books: Entity) -> None:
    lock_period(books.id, period(books, JANUARY).id, actor="test")
    listed = [(row.kind, getattr(row, "status", "")) for row in periods_of(books.id)]
    assert listed == [("month", "locked"), *[("month", "open")] * 11, ("year", "open")]


# Lock: the application's rule


@pytest.mark.parametrize("kind, ends_on", [("month", JANUARY), ("year", date(2026, 12, 31))])
def test_a_locked_period_takes_journals_from_those_who_may_override_it(books: Entity, kind: str, ends_on: date) -> None:
    lock_period(books.id, period(books, ends_on, kind).id, actor="test", reason="being audited")
    with pytest.raises(PeriodLocked):
        post(books.id, sale())
    fact = fact_of(books, sale(override_lock="the auditor asked for it"))
    assert (fact.override_lock, fact.layer) == ("the auditor asked for it", "ordinary")


def test_a_lock_holds_what_moves_the_business_date_into_its_period(books: Entity) -> None:
    lock_period(books.id, period(books, FEBRUARY).id, actor="ann")
    with pytest.raises(PeriodLocked):
        post(books.id, a_transfer("cash", "sales", "5.00", effective_date=FEBRUARY, advance_business_date=True))


def test_a_lock_holds_adjustments_too(books: Entity) -> None:
    lock_period(books.id, period(books, JANUARY).id, actor="test")
    with pytest.raises(PeriodLocked):
        post(books.id, sale(layer="adjustment", effective_date=JANUARY))
    post(books.id, sale(layer="adjustment", effective_date=JANUARY, override_lock="audit"))


def test_unlocked_it_takes_them_from_everybody(books: Entity) -> None:
    january = period(books, JANUARY)
    lock_period(books.id, january.id, actor="test")
    assert unlock_period(books.id, january.id, actor="test").status == "open"
    post(books.id, sale())
    assert last_event(books).type == "journal.posted"
    statuses = PeriodStatus.objects.filter(period_id=january.id).order_by("number").values_list("status", flat=True)
    assert list(statuses) == ["locked", "open"]


def test_locking_what_is_locked_changes_nothing(books: Entity) -> None:
    january = period(books, JANUARY)
    first = lock_period(books.id, january.id, actor="test")
    events = Event.objects.filter(entity=books).count()
    assert lock_period(books.id, january.id, actor="test") == first
    assert Event.objects.filter(entity=books).count() == events


# Close: the database's rule


def test_a_month_closes_after_its_days(books: Entity) -> None:
    january = period(books, JANUARY)
    with pytest.raises(PeriodDaysOpen) as caught:
        close_period(books.id, january.id, actor="test")
    assert caught.value.data.items() >= {"closed_through": None}.items()
    close(books, JANUARY)
    assert close_period(books.id, january.id, actor="ann", reason="done").status == "closed"
    event = last_event(books)
    assert (event.type, event.actor) == ("period.closed", "ann")
    assert canonical.decode(event.data)["reason"] == "done"
    with pytest.raises(PeriodDaysOpen) as caught:
        close_period(books.id, period(books, FEBRUARY).id, actor="test")
    assert caught.value.data.items() >= {"closed_through": "2026-01-31"}.items()
    assert verify_books(books.id) == []


def test_a_closed_month_takes_no_adjustments_not_even_by_override(books: Entity) -> None:
    close(books, JANUARY)
    adjustment = {"layer": "adjustment", "effective_date": JANUARY}
    post(books.id, sale(**adjustment))
    january = close_period(books.id, period(books, JANUARY).id, actor="test")
    with pytest.raises(PeriodClosed):
        post(books.id, sale(**adjustment, override_lock="please"))
    assert close_period(books.id, january.id, actor="test") == january  # closed it stays
    for change in (lock_period, unlock_period):
        with pytest.raises(PeriodClosed):
            change(books.id, january.id, actor="test")


def test_a_year_is_closed_by_its_year_end(books: Entity) -> None:
    with pytest.raises(YearEndNeeded):
        close_period(books.id, year(books).id, actor="test")


def test_a_period_is_reopened_by_two_people_with_a_reason(books: Entity) -> None:
    close(books, JANUARY)
    january = close_period(books.id, period(books, JANUARY).id, actor="test")
    outcome = reopened(books, january, "a late invoice")
    assert (outcome.failure, outcome.result.status) == (None, "open")
    row = PeriodStatus.objects.get(period_id=january.id, number=2)
    assert (row.reason, row.approved_by) == ("a late invoice", outcome.proposal.decision.decided_by)
    assert row.actor == outcome.proposal.proposed_by
    event = last_event(books)
    assert (event.type, event.sequence) == ("period.reopened", row.event_sequence)
    post(books.id, sale(layer="adjustment", effective_date=JANUARY))
    assert verify_books(books.id) == []


def test_nobody_reopens_alone_or_what_is_open(books: Entity) -> None:
    january = period(books, JANUARY)
    ann = a_reopener()
    with pytest.raises(PeriodNotClosed):
        propose_reopening(books.id, january.id, reason="r", person=ann, via=ann)
    close(books, JANUARY)
    close_period(books.id, january.id, actor="test")
    proposal = propose_reopening(books.id, january.id, reason="r", person=ann, via=ann)
    with pytest.raises(ApprovalNeedsAnotherPerson):
        decide(books.id, proposal.id, "approved", person=ann, via="key:another")
    assert period_in(books.id, january.id).status == "closed"
    with pytest.raises(LedgerError, match="reopen_period"):
        decide(books.id, proposal.id, "approved", person=(other := a_person()), via=other)


def test_of_two_proposals_the_second_finds_it_open(books: Entity) -> None:
    close(books, JANUARY)
    january = close_period(books.id, period(books, JANUARY).id, actor="test")
    assert reopened(books, january).failure is None
    close_period(books.id, january.id, actor="test")
    assert reopened(books, january).failure is None
    assert period_in(books.id, january.id).number == 4


# Layers and late journals


def test_an_adjustment_goes_into_a_closed_day_and_says_so(books: Entity) -> None:
    close(books, JANUARY)
    fact = fact_of(books, sale(layer="adjustment", effective_date=JANUARY))
    assert (fact.layer, fact.effective_date) == ("adjustment", JANUARY)
    assert Journal.objects.get(pk=fact.id).layer == "adjustment"


@pytest.mark.parametrize(
    "day, refusal", [(MID_JANUARY, PeriodClosed), (None, Malformed)], ids=["no period ends there", "no date"]
)
def test_an_adjustment_is_dated_to_the_end_of_a_period(
    books: Entity, day: date | None, refusal: type[LedgerError]
) -> None:
    with pytest.raises(refusal) as caught:
        post(books.id, sale(layer="adjustment", effective_date=day))
    assert caught.value.pointer == "/effective_date"


def test_a_late_journal_is_refused_or_rolls_forward_with_its_date_kept(books: Entity) -> None:
    close(books, JANUARY)
    with pytest.raises(DayClosed):
        post(books.id, sale(effective_date=BACKDATED))
    fact = fact_of(books, sale(effective_date=BACKDATED, late="roll_forward"))
    assert (fact.effective_date, fact.original_date) == (date(2026, 2, 1), BACKDATED)
    assert Journal.objects.get(pk=fact.id).original_date == BACKDATED
    on_time = fact_of(books, sale(late="roll_forward"))
    assert (on_time.effective_date, on_time.original_date) == (date(2026, 2, 1), None)


def test_an_adjustment_is_taken_back_on_its_own_date_unless_told_otherwise(books: Entity) -> None:
    close(books, JANUARY)
    facts = [fact_of(books, sale(layer="adjustment", effective_date=JANUARY)) for _ in range(2)]
    same_day = reverse_journal(books.id, facts[0].id, key="1", actor="test")
    ordinary = reverse_journal(books.id, facts[1].id, key="2", layer="ordinary", actor="test")
    back = [read_fact(answer.journal) for answer in (same_day, ordinary)]
    assert [(fact.layer, fact.effective_date) for fact in back] == [
        ("adjustment", JANUARY), ("ordinary", date(2026, 2, 1)),
    ]  # fmt: skip
    assert reverse_journal(books.id, facts[0].id, key="1", actor="test").status == "replayed"


def test_an_ordinary_journal_is_not_taken_back_by_an_adjustment(books: Entity) -> None:
    fact = fact_of(books, sale())
    with pytest.raises(NotReversible):
        reverse_journal(books.id, fact.id, key="k", layer="adjustment", effective_date=JANUARY, actor="test")


def test_a_late_reversal_rolls_forward(books: Entity) -> None:
    fact = fact_of(books, sale(effective_date=BACKDATED))
    close(books, JANUARY)
    answer = reverse_journal(books.id, fact.id, key="k", effective_date=MID_JANUARY, late="roll_forward", actor="test")
    back = read_fact(answer.journal)
    assert (back.effective_date, back.original_date) == (date(2026, 2, 1), MID_JANUARY)


def test_a_closing_entry_needs_a_year_and_no_month(books: Entity) -> None:
    """That the database agrees is among the guards."""
    lines = (("cash", "1.00"), ("sales", "-1.00"))
    with pytest.raises(PeriodClosed, match="fiscal year"):
        post(books.id, a_journal(*lines, layer="closing", kind="closing", effective_date=JANUARY))


# Proof


@pytest.mark.parametrize(
    "table, change, key",
    [
        ("periods_periodstatus", "SET reason = 'another' WHERE period_id = %s", "{january} 1"),
        ("periods_periodstatus", "SET event_sequence = 1 WHERE period_id = %s", "{january} 1"),
        ("periods_period", "SET starts_on = '2026-01-02' WHERE id = %s", "{january}"),
    ],
    ids=["reason", "event", "dates"],
)
def test_what_does_not_follow_from_an_event_is_found(books: Entity, table: str, change: str, key: str) -> None:
    from journals.periods.proof import check_periods
    from tests.attacks import connect

    january = lock_period(books.id, period(books, JANUARY).id, actor="test")
    assert len(months(books)) == 12
    with connect() as connection:
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        connection.execute(f"UPDATE {table} {change}".encode(), (january.id,))
        faults = list(check_periods(connection, books.id))
        connection.rollback()
    assert [(fault.table, fault.key) for fault in faults] == [(table, key.format(january=january.id))]
