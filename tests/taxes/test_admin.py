"""The admin pages of tax codes."""

from __future__ import annotations

from datetime import date

from django.test import Client

from journals.taxes.models import TaxRate
from tests.pages import column, page_of, read, send
from tests.people import a_member_of_staff
from tests.taxes.invoicing import a_code, tax_books

CODES = "/admin/taxes/taxrate/"
TYPED = {"code": "N5", "name": "New", "kind": "output", "rate": "5.5", "account": "vat-owed", "starts_on": "2026-01-01"}


def test_codes_are_listed_set_and_set_anew(operator: Client) -> None:
    books = tax_books()
    a_code(books, "U19", "16", starts_on=date(2020, 7, 1), ends_on=date(2020, 12, 31))
    codes = ["FREI", "RC19", "U19", "U7", "V19"]
    assert column(operator, CODES, "code", entity=books.code) == codes
    assert column(operator, CODES, "rate_text") == ["0 %", "19 %", "19 %", "7 %", "19 %"]
    assert column(operator, CODES, "deducted")[1] == "vat-in · vat-in"
    assert column(operator, CODES, "code", q="ermäß") == ["U7"]
    row = TaxRate.objects.get(entity=books, code="U19", version=1)
    page = read(operator, page_of(row))
    assert "Rate on 2026-03-02 19 % Kind output, on sales Account vat-owed" in page
    assert "16 % 2020-07-01 2020-12-31" in page

    add = f"{CODES}add/?entity={books.code}"
    refused = send(operator, add, **TYPED | {"rate": "5,5", "key": "k1"})
    assert ("Nothing was written" in refused, "5,5 would be 5.50 with a decimal comma" in refused) == (True, True)
    assert "needed where its kind is output" in send(operator, add, **TYPED | {"account": "", "key": "k2"})
    assert "N5 5.5000 % is set, as version 1." in send(operator, add, **TYPED, key="k3")
    assert "as version 1." in send(operator, add, **TYPED, key="k3")  # sent twice, set once
    form = operator.get(add, {"code": "N5"}).content.decode()
    assert ('value="N5"' in form, 'value="vat-owed"' in form, "A new version" in form) == (True, True, True)
    later = TYPED | {"rate": "6", "starts_on": "2027-01-01", "key": "k4"}
    page = send(operator, add, **later)
    assert ("as version 2." in page, "Rate on 2026-03-02 5.5 %" in page) == (True, True)
    assert column(operator, CODES, "rate_text", q="N5") == ["5.5 %"]
    assert TaxRate.objects.filter(entity=books, code="N5").count() == 2


def test_who_may_look_cannot_set() -> None:
    books = tax_books()
    viewer = a_member_of_staff("taxes.view_taxrate")
    row = TaxRate.objects.get(entity=books, code="U7")
    assert "Set a new version" not in read(viewer, page_of(row), entity=books.code)
    assert viewer.post(f"{CODES}add/", TYPED).status_code == 403
    clerk = a_member_of_staff("taxes.view_taxrate", "taxes.add_taxrate", "books.view_entity")
    assert "Set a new version" in read(clerk, page_of(row))
    assert "needs an entity" in send(clerk, f"{CODES}add/?entity=no-such-books", **TYPED)
