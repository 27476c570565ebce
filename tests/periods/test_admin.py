"""The fiscal calendar in the admin: periods and what may be done with them, the year end, recurring journals."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from journals.models import Journal
from journals.periods.models import Period
from journals.periods.use_cases import close_period, period_in
from journals.schedules.models import RecurringJournal
from ledgerflow.books.models import Entity, Event
from tests.builders import a_journal, a_transfer, balance_of, posted
from tests.calendars import NEW_YEAR, YEAR_END, books_on, close, close_months
from tests.pages import column, confirm, page_of, read, send
from tests.people import a_member_of_staff, an_operator

PERIODS = "/admin/periods/period/"
RECURRING = "/admin/schedules/recurringjournal/"


@pytest.fixture
def books() -> Entity:
    entity = books_on(YEAR_END, name="Corner shop")
    posted(entity, a_transfer("cash", "sales", "1234.50"))
    return entity


def period(entity: Entity, kind: str = "month") -> Period:
    return Period.objects.get(entity=entity, ends_on=YEAR_END, kind=kind)


def status(of: Period) -> str:
    return period_in(of.entity_id, of.pk).status


def ready(entity: Entity) -> Period:
    """The year of books whose days and months are closed."""
    close(entity, YEAR_END)
    close_months(entity)
    return period(entity, "year")


def test_the_calendar_is_listed_with_how_it_stands(operator: Client, books: Entity) -> None:
    send(operator, f"{page_of(period(books))}".replace("change/", "lock/"), reason="audit")
    assert column(operator, PERIODS, "status", entity=books.code) == [*["open"] * 11, "locked", "open"]
    assert column(operator, PERIODS, "kind", entity=books.code)[-2:] == ["month", "year"]


def test_a_fiscal_year_is_made(operator: Client, books: Entity) -> None:
    url = f"{PERIODS}add/?entity={books.code}"
    assert "goes on where the others end" in send(operator, url, starts_on="2027-01-02")
    assert "The fiscal year FY2027 to 2027-12-31 is made." in send(operator, url, starts_on=str(NEW_YEAR))
    assert Period.objects.filter(entity=books).count() == 26
    assert column(operator, PERIODS, "name", entity=books.code)[-1] == "FY2027"


def test_a_year_of_weeks_is_made_with_a_special_period(operator: Client, books: Entity) -> None:
    url = f"{PERIODS}add/?entity={books.code}"
    weeks = {"starts_on": str(NEW_YEAR), "pattern": "4-4-5", "weekday": "6", "ends": "last", "special_period": "on"}
    assert "A year of weeks needs it." in send(operator, url, **weeks)
    assert "The fiscal year FY2027 to 2027-12-25 is made." in send(operator, url, **weeks, month="12")
    assert column(operator, PERIODS, "name", entity=books.code)[-2:] == ["FY2027 P13", "FY2027"]


def test_earlier_years_are_declared_closed(operator: Client, books: Entity) -> None:
    url = f"{PERIODS}earlier-years/?entity={books.code}"
    assert "Declare earlier years closed" in read(operator, f"{PERIODS}?entity={books.code}")
    assert "goes on where the others end" in send(operator, url, ends_on="2025-11-30")
    assert "The years to 2025-12-31 are declared closed." in send(operator, url, ends_on="2025-12-31", reason="by hand")
    assert column(operator, PERIODS, "name", entity=books.code)[0] == "Earlier years"
    (declared,) = Period.objects.filter(entity=books, kind="earlier")
    assert "/year-end/" in operator.get(page_of(declared)).content.decode()


def test_a_period_is_locked_unlocked_and_closed(operator: Client, books: Entity) -> None:
    december = period(books)
    base = page_of(december).removesuffix("change/")
    assert "is locked." in send(operator, f"{base}lock/", reason="audit")
    page = read(operator, page_of(december))
    assert "Status locked" in page
    assert "audit" in page
    assert "is open." in send(operator, f"{base}unlock/", reason="")
    assert "A period closes after all its days" in send(operator, f"{base}close/", reason="")
    close(books, YEAR_END)
    assert "is closed." in send(operator, f"{base}close/", reason="")
    assert status(december) == "closed"


def test_reopening_takes_another_person(operator: Client, books: Entity) -> None:
    december = period(books)
    close(books, YEAR_END)
    close_period(books.id, december.pk, actor="test")
    base = page_of(december).removesuffix("change/")
    assert "This field is required" in send(operator, f"{base}reopen/", reason="")
    proposed = operator.post(f"{base}reopen/", {"reason": "a late invoice"})
    proposal = proposed.headers["Location"].removesuffix("change/")
    assert "another person" in send(operator, f"{proposal}approve/", note="")
    assert status(december) == "closed"
    assert "It is approved and carried out." in send(an_operator(), f"{proposal}approve/", note="")
    assert status(december) == "open"


def test_the_year_end_is_seen_before_it_is_done(operator: Client, books: Entity) -> None:
    base = page_of(period(books, "year")).removesuffix("change/")
    events = Event.objects.filter(entity=books).count()
    early = operator.get(f"{base}year-end/").content.decode()
    assert "a year closes after its months" in early
    assert "Close the year" not in early
    year = ready(books)
    page = read(operator, f"{base}year-end/")
    assert "sales 1,234.50 EUR profits 1,234.50 EUR" in page
    assert Event.objects.filter(entity=books).count() > events  # of the closes, not of looking
    key = re.search(r'name="key" value="([^"]+)"', operator.get(f"{base}year-end/").content.decode())
    assert key is not None
    assert "The year is closed by journal 2." in send(operator, f"{base}year-end/", key=key[1])
    assert status(year) == "closed"
    assert balance_of(books, "profits") == Decimal("1234.50")
    assert "The year is closed by journal 2." in send(operator, f"{base}year-end/", key=key[1])
    assert Journal.objects.filter(entity=books, kind="closing").count() == 1


def test_nobody_is_offered_or_does_what_is_not_theirs(books: Entity) -> None:
    december, year = period(books), period(books, "year")
    viewer = a_member_of_staff("periods.view_period", "books.view_entity")
    locker = a_member_of_staff("periods.lock_period")
    bases = [page_of(one).removesuffix("change/") for one in (december, year)]
    for base in bases:
        for action in ("lock", "unlock", "close", "reopen"):
            assert viewer.post(f"{base}{action}/", {"reason": "x"}).status_code == 403
        assert viewer.get(f"{base}year-end/").status_code == 403
    assert viewer.get(f"{PERIODS}add/").status_code == 403
    assert "/lock/" not in viewer.get(page_of(december)).content.decode()
    offered = locker.get(page_of(december)).content.decode()
    assert ("/lock/" in offered, "/close/" in offered) == (True, True)
    assert "/year-end/" not in locker.get(page_of(year)).content.decode()
    assert locker.post(f"{bases[1]}year-end/", {"key": "k"}).status_code == 403
    assert status(december) == "open"


def test_addresses_that_lead_nowhere(operator: Client, books: Entity) -> None:
    nowhere = f"{PERIODS}{uuid4()}"
    for path in ("lock", "year-end"):
        assert operator.get(f"{nowhere}/{path}/").status_code == 302
    assert operator.get(page_of(period(books)).replace("change/", "year-end/")).status_code == 302
    assert operator.get(f"{RECURRING}{uuid4()}/pause/").status_code == 302


def test_a_late_journal_shows_both_dates_and_an_adjustment_its_layer(operator: Client, books: Entity) -> None:
    close(books, YEAR_END)
    posted(books, a_transfer("cash", "sales", "1", effective_date=YEAR_END, late="roll_forward"))
    lines = (("rent", "5"), ("cash", "-5"))
    posted(books, a_journal(*lines, layer="adjustment", effective_date=YEAR_END, override_lock="audit"))
    late, adjustment = (Journal.objects.get(entity=books, number=number) for number in (2, 3))
    page = read(operator, page_of(late))
    assert "Asked for 2026-12-31" in page
    assert "Effective date 2027-01-01" in page
    page = read(operator, page_of(adjustment))
    assert "Layer adjustment" in page
    assert "Lock overridden because audit" in page


# Recurring journals


FIELDS = {
    "name": "Rent", "description": "", "lines": "debit rent 50.00\r\n\r\nCredit  cash 50\r\n", "frequency": "monthly",
    "day": "31", "month": "", "starts_on": "2026-12-01", "ends_on": "", "holiday_rule": "none", "key": "form-1",
}  # fmt: skip


def test_a_recurring_journal_is_made_and_shows_its_runs(operator: Client, books: Entity) -> None:
    page = send(operator, f"{RECURRING}add/?entity={books.code}", **FIELDS)
    assert "Rent recurs from 2026-12-31 on." in page
    assert "the last day of each month" in page
    assert "It has not run yet." in page
    close(books, YEAR_END)
    send(operator, f"{RECURRING}add/?entity={books.code}", **FIELDS)  # the button pressed twice
    made = RecurringJournal.objects.get(entity=books)
    page = read(operator, page_of(made))
    assert re.search(r"2026-12-31 \S+ \S+ posted 2", page)
    assert column(operator, RECURRING, "when", entity=books.code) == ["the last day of each month"]


@pytest.mark.parametrize(
    "wrong, said",
    [({"lines": "rent 50"}, "is no line such as"), ({"lines": "debit rent 0\ncredit cash 0"}, "greater than zero"),
     ({"lines": "debit rent 5\ncredit cash 4"}, "does not balance"), ({"frequency": "weekly"}, "does not make a schedule"),
     ({"name": ""}, "This field is required")],
    ids=["no line", "zero", "unbalanced", "weekday", "no name"],
)  # fmt: skip
def test_what_cannot_recur_is_said_beside_the_field(
    operator: Client, books: Entity, wrong: dict[str, str], said: str
) -> None:
    assert said in send(operator, f"{RECURRING}add/?entity={books.code}", **FIELDS | wrong)
    assert not RecurringJournal.objects.filter(entity=books).exists()


@pytest.mark.parametrize(
    "changes, words",
    [({"frequency": "weekly", "day": "5"}, "every Friday"), ({"day": "28"}, "day 28 of each month"),
     ({"frequency": "yearly", "month": "6", "day": "30"}, "day 30 of month 6, yearly")],
    ids=["weekly", "monthly", "yearly"],
)  # fmt: skip
def test_a_schedule_is_said_in_words(operator: Client, books: Entity, changes: dict[str, str], words: str) -> None:
    later = FIELDS | changes | {"starts_on": "2026-12-31"}
    assert words in send(operator, f"{RECURRING}add/?entity={books.code}", **later)


def test_dates_before_the_books_began_are_asked_about(operator: Client, books: Entity) -> None:
    url, fields = f"{RECURRING}add/?entity={books.code}", FIELDS | {"day": "1"}
    assert "when these books began: say that it is meant." in send(operator, url, **fields)
    assert not RecurringJournal.objects.filter(entity=books).exists()
    send(operator, url, **fields, confirm_unusual_date="on")
    assert not RecurringJournal.objects.filter(entity=books).exists()
    confirm(operator, url, "confirm_unusual_date", **fields)
    assert RecurringJournal.objects.filter(entity=books).exists()


def test_it_is_paused_resumed_and_ended(operator: Client, books: Entity) -> None:
    send(operator, f"{RECURRING}add/?entity={books.code}", **FIELDS)
    made = RecurringJournal.objects.get(entity=books)
    base = page_of(made).removesuffix("change/")
    assert "dates that fell into the pause" in read(operator, f"{base}resume/")
    for action, said in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert f"Rent is {said}." in send(operator, f"{base}{action}/")
    assert "It has ended; make a new one." in send(operator, f"{base}pause/")
    viewer = a_member_of_staff("schedules.view_recurringjournal")
    assert viewer.post(f"{base}end/").status_code == 403
    assert viewer.get(f"{RECURRING}add/").status_code == 403
