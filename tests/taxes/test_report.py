"""The tax report of a quarter, from a worksheet made by hand.

                     base     tax
sales at 19 %       1,000     190      and 50 given back, 9.50
sales at 7 %          100       7      posted with 6.00 by hand: 1.00 too little
exempt                300
goods at 19 %         200      38
reverse charge        400      76      owed and deducted
payable: 180.50 + 6.00 + 76.00 - 38.00 - 76.00 = 148.50
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from journals.drafts import Line
from ledgerflow.books.models import Entity
from reports.shapes import TreeReport
from reports.statements.tax import tax_report
from tests.builders import a_journal, a_transfer, an_account, posted
from tests.client import ApiClient
from tests.taxes.invoicing import a_code, tax_books, taxed

D = Decimal
FEBRUARY = date(2026, 2, 10)


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = tax_books()
    taxed(entity, ("receivable", "1190", ""), ("sales", "-1000", "U19"), effective_date=FEBRUARY)
    taxed(entity, ("sales", "59.50", "U19"), ("receivable", "-59.50", ""), gross=True)
    posted(
        entity,
        a_journal(
            ("receivable", "106"), Line("sales", D(-100), dimensions={"tax": "U7"}),
            Line("vat-owed", D(-6), dimensions={"tax": "U7"}),
        ),
    )  # fmt: skip
    taxed(entity, ("receivable", "300", ""), ("sales", "-300", "FREI"))
    taxed(entity, ("goods", "200", "V19"), ("payable", "-238", ""))
    taxed(entity, ("goods", "400", "RC19"), ("payable", "-400", ""))
    posted(entity, a_transfer("vat-owed", "bank", "20.00"))  # a payment bears no code
    posted(entity, a_journal(Line("bank", D(5), dimensions={"tax": "U99"}), ("receivable", "-5")))
    an_account(entity, "till", currency="USD")
    posted(entity, a_journal(Line("till", D(7), dimensions={"tax": "U19"}), ("till", "-7")))
    return entity


def rows(report: TreeReport) -> list[tuple[str, ...]]:
    return [
        (row.name, *(row.amounts.get(one.key, "") for one in report.columns))
        for row in report.blocks[0].rows if row.amounts
    ]  # fmt: skip


def test_a_quarter(books: Entity) -> None:
    report = tax_report(books.id)
    assert [column.title for column in report.columns] == [
        "Taxable amount", "Tax booked", "Tax expected", "Difference"
    ]  # fmt: skip
    assert rows(report) == [
        ("U19 Umsatzsteuer 19 %", "950.00", "180.50", "180.50", "0.00"),
        ("U7 Umsatzsteuer ermäßigt 7 %", "100.00", "6.00", "7.00", "-1.00"),
        ("Total output tax", "1050.00", "186.50", "187.50", "-1.00"),
        ("RC19 Steuerschuldnerschaft § 13b UStG 19 %", "400.00", "76.00", "76.00", "0.00"),
        ("Total reverse charge, owed", "400.00", "76.00", "76.00", "0.00"),
        ("V19 Vorsteuer 19 %", "200.00", "38.00", "38.00", "0.00"),
        ("Total input tax", "200.00", "38.00", "38.00", "0.00"),
        ("RC19 Steuerschuldnerschaft § 13b UStG 19 %", "400.00", "76.00", "76.00", "0.00"),
        ("Total reverse charge, deducted", "400.00", "76.00", "76.00", "0.00"),
        ("FREI Steuerfrei § 4 UStG 0 %", "300.00", "0.00", "0.00", "0.00"),
        ("Total exempt", "300.00", "0.00", "0.00", "0.00"),
        ("U99", "5.00", "0.00", "0.00", "0.00"),
        ("Total codes that are not declared on their day", "5.00", "0.00", "0.00", "0.00"),
        ("Tax payable", "", "148.50", "149.50", "-1.00"),
        ("vat-in", "", "-114.00", "-114.00", "0.00"),
        ("vat-owed", "", "242.50", "262.50", "-20.00"),
    ]
    assert "Lines in USD that bear tax codes are not in this report: 7.00." in report.notes


def test_a_month_has_what_is_dated_in_it(books: Entity) -> None:
    report = tax_report(books.id, from_date=date(2026, 2, 1), to_date=date(2026, 2, 28))
    assert rows(report)[:2] == [
        ("U19 Umsatzsteuer 19 %", "1000.00", "190.00", "190.00", "0.00"),
        ("Total output tax", "1000.00", "190.00", "190.00", "0.00"),
    ]
    assert rows(tax_report(books.id, from_date=date(2026, 1, 1), to_date=date(2026, 1, 31)))[0] == (
        "Tax payable", "", "0.00", "0.00", "0.00"
    )  # fmt: skip


def test_a_rate_that_was_wrong_is_shown_beside_what_was_booked() -> None:
    entity = tax_books()
    taxed(entity, ("receivable", "119", ""), ("sales", "-100", "U19"))
    a_code(entity, "U19", "20", name="Umsatzsteuer", starts_on=date(2026, 1, 1))
    assert rows(tax_report(entity.id))[0] == ("U19 Umsatzsteuer 20 %", "100.00", "19.00", "20.00", "-1.00")


def test_over_the_api_and_as_files(books: Entity) -> None:
    client = ApiClient(books, "read")
    reply = client.get("/api/reports/tax", {"from": "2026-01-01", "to": "2026-03-02"})
    assert reply.json["blocks"][0]["rows"][1]["amounts"]["booked"] == "180.50"
    for format_ in ("csv", "xlsx", "pdf"):
        response = client._client.get("/api/reports/tax", {"format": format_}, headers=client._headers({}))
        assert response.status_code == 200
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
        response.close()
