"""Books with a fiscal calendar. They begin on the day that is to be closed first, so that one close is enough."""

from __future__ import annotations

from datetime import date
from typing import Any

from journals.days.closing.new_day import begin_day
from journals.days.closing.running import close_day
from journals.drafts import Draft
from journals.events import JournalFact, read_fact
from journals.models import Journal
from journals.periods.models import Period
from journals.periods.reopening import PERMISSION, propose_reopening
from journals.periods.use_cases import PeriodState, StatusChange, all_locked, make_fiscal_year, period_in, save_status
from ledgerflow.approvals.use_cases import ProposalOutcome, decide
from ledgerflow.books.models import Entity, Event
from ledgerflow.books.writing import Transaction, write
from tests.approving import a_person, go_on_to
from tests.builders import a_transfer, an_account, an_entity

YEAR_START = date(2026, 1, 1)
YEAR_END = date(2026, 12, 31)
NEW_YEAR = date(2027, 1, 1)
JANUARY, FIRST_OF_FEBRUARY = date(2026, 1, 31), date(2026, 2, 1)


def books_on(day: date, **given: Any) -> Entity:
    """Books whose business date is `day`, with the fiscal year 2026 and four accounts."""
    entity = an_entity(business_date=day, **given)
    make_fiscal_year(entity.id, YEAR_START, actor="test")
    an_account(entity, "cash")
    an_account(entity, "sales", "income")
    an_account(entity, "rent", "expense")
    an_account(entity, "profits", "equity", role="retained_earnings")
    return entity


def period(entity: Entity, ends_on: date, kind: str = "month") -> PeriodState:
    """The period that ends on that day, as it stands."""
    return period_in(entity.id, Period.objects.get(entity=entity, ends_on=ends_on, kind=kind).id)


def year(entity: Entity, ends_on: date = YEAR_END) -> PeriodState:
    return period(entity, ends_on, "year")


def months(entity: Entity) -> list[PeriodState]:
    rows = Period.objects.filter(entity=entity, kind="month").order_by("ends_on")
    return [period_in(entity.id, row.id) for row in rows]


def close_months(entity: Entity) -> None:
    """Close all months, in one transaction: a test of something else has no time for twelve."""

    def work(tx: Transaction, _: None) -> None:
        for one in all_locked(tx):
            if one.kind == "month" and one.status != "closed":
                save_status(tx, one, "closed", StatusChange("test"))

    write(entity.id, work)


def close(entity: Entity, day: date) -> None:
    """Close the day, and all before it."""
    close_day(entity.id, day, actor="test")


def a_reopener() -> str:
    return a_person(PERMISSION)


def reopened(entity: Entity, which: PeriodState, reason: str = "a late invoice") -> ProposalOutcome:
    """Reopened by two people."""
    person, other = a_reopener(), a_reopener()
    proposal = propose_reopening(entity.id, which.id, reason=reason, person=person, via=person)
    return decide(entity.id, proposal.id, "approved", person=other, via=other)


def fact_of(entity: Entity, number: int) -> JournalFact:
    journal = Journal.objects.get(entity=entity, number=number)
    return read_fact(Event.objects.get(entity=entity, sequence=journal.event_sequence).data)


def due(entity: Entity, day: date) -> dict[str, Any]:
    """What the day brings of schedules, when the business date has come to it."""
    if day > entity.business_date:
        go_on_to(entity, day)
    found = begin_day(entity.id, day, "test")
    del found["lots_expired"]
    return found


def an_accrual(amount: str = "120.00", **given: Any) -> Draft:
    """Rent that is owed, paid from cash."""
    return a_transfer("rent", "cash", amount, **given)
