"""The admin pages of number series, and their numbers on those of journals."""

from __future__ import annotations

from django.test import Client

from journals.models import Journal
from journals.series.models import NumberSeries
from journals.series.numbering import catch_up
from tests.builders import a_transfer, posted
from tests.calendars import YEAR_END, books_on
from tests.pages import JOURNALS, column, in_books, page_of, read, send
from tests.people import a_member_of_staff
from tests.series.test_numbering import a_series, invoice

SERIES, NUMBERS = "/admin/series/numberseries/", "/admin/series/seriesnumber/"
TYPED = {
    "code": "INV",
    "name": "Invoices",
    "pattern": "INV-{year}-{number:03}",
    "kinds": ["manual"],
    "restarts": "year",
}


def test_a_series_is_made_and_shows_its_numbers(operator: Client) -> None:
    books = books_on(YEAR_END)
    invoice(books)
    posted(books, a_transfer("cash", "sales", "1"))
    assert column(operator, JOURNALS, "in_series", entity=books.code) == []  # no column where there is no series
    add = f"{SERIES}add/?entity={books.code}"
    assert "with {number} once" in send(operator, add, **TYPED | {"pattern": "INV-{year}"}, key="k1")
    page = send(operator, add, **TYPED, key="k2")
    assert ("The series INV is made" in page, "None yet" in page) == (True, True)
    assert "is there already" in send(operator, add, **TYPED, key="k3")
    assert column(operator, SERIES, "last_text") == ["none yet"]
    assert column(operator, JOURNALS, "in_series") == ["", ""]
    catch_up(books.id)
    invoice(books)  # has no number yet
    assert column(operator, SERIES, "last_text") == ["INV-2026-001"]
    assert column(operator, SERIES, "kinds_text") == ["Manual"]
    series = NumberSeries.objects.get(entity=books)
    assert "Newest numbers Number Journal Date Description INV-2026-001 1" in read(operator, page_of(series))
    assert column(operator, NUMBERS, "in_full", series="INV") == ["INV-2026-001"]
    assert column(operator, NUMBERS, "in_full", q="INV-2026-002") == []

    assert column(operator, JOURNALS, "in_series") == ["", "", "INV-2026-001"]
    assert column(operator, JOURNALS, "number", q="INV-2026-001") == ["1"]
    first = Journal.objects.get(entity=books, number=1)
    assert "Number in its series INV-2026-001" in read(operator, page_of(first))
    assert "Number in its series" not in read(operator, page_of(Journal.objects.get(entity=books, number=2)))
    followed = operator.get(in_books(books, f"{NUMBERS}{first.pk}/change/"))
    assert followed.headers["Location"] == page_of(first)


def test_who_may_look_makes_no_series() -> None:
    books = books_on(YEAR_END)
    row = a_series(books).series
    viewer = a_member_of_staff("series.view_numberseries")
    assert "Invoices" in read(viewer, page_of(row), entity=books.code)
    assert viewer.post(f"{SERIES}add/", TYPED).status_code == 403
    assert viewer.get(NUMBERS).status_code == 403
