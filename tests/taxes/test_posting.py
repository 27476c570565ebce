"""Journals whose lines bear tax codes, as invoices do it."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from journals.errors import UnknownDimension
from journals.models import Journal
from journals.taxes.errors import TaxCodeUnknown, TaxLineRefused
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import IdempotencyKeyReused, LedgerError, Malformed, NotFound
from tests.builders import an_account, an_entity
from tests.taxes.invoicing import a_code, lines_of, tax_books, taxed


@pytest.fixture(scope="module")
def books(_database: None) -> Entity:
    entity = tax_books()
    an_account(entity, "bank-usd", currency="USD")
    an_account(entity, "tips", "income", currency="USD")
    a_code(entity, "U19", "16", starts_on=date(2020, 7, 1), ends_on=date(2020, 12, 31))
    a_code(entity, "OLD", "19", ends_on=date(2019, 12, 31))
    return entity


@pytest.mark.parametrize(
    "lines, gross, posted",
    [
        (
            [("receivable", "119.00", ""), ("sales", "-100.00", "U19")], False,
            [("receivable", "119.00", ""), ("sales", "-100.00", "U19"), ("vat-owed", "-19.00", "U19")],
        ),
        (
            [("receivable", "226.00", ""), ("sales", "-119.00", "U19"), ("sales", "-107.00", "U7")], True,
            [("receivable", "226.00", ""), ("sales", "-100.00", "U19"), ("sales", "-100.00", "U7"),
             ("vat-owed", "-19.00", "U19"), ("vat-owed", "-7.00", "U7")],
        ),
        (
            [("goods", "100.00", "V19"), ("payable", "-119.00", "")], False,
            [("goods", "100.00", "V19"), ("payable", "-119.00", ""), ("vat-in", "19.00", "V19")],
        ),
        (
            [("goods", "100.00", "RC19"), ("payable", "-100.00", "")], False,
            [("goods", "100.00", "RC19"), ("payable", "-100.00", ""), ("vat-in", "19.00", "RC19"),
             ("vat-owed", "-19.00", "RC19")],
        ),
        (  # a credit note
            [("payable", "100.00", ""), ("goods", "-100.00", "RC19")], False,
            [("payable", "100.00", ""), ("goods", "-100.00", "RC19"), ("vat-in", "-19.00", "RC19"),
             ("vat-owed", "19.00", "RC19")],
        ),
        (
            [("receivable", "100.00", ""), ("sales", "-100.00", "FREI")], True,
            [("receivable", "100.00", ""), ("sales", "-100.00", "FREI")],
        ),
        (  # three lines of 0.333 each are 0.99 and not 1.00: each line is rounded for itself
            [("receivable", "6.24", ""), *[("sales", "-1.75", "U19")] * 3], False,
            [("receivable", "6.24", ""), *[("sales", "-1.75", "U19")] * 3, *[("vat-owed", "-0.33", "U19")] * 3],
        ),
        (
            [("receivable", "0.01", ""), ("sales", "-0.01", "U19")], False,
            [("receivable", "0.01", ""), ("sales", "-0.01", "U19")],
        ),
    ],
)  # fmt: skip
def test_the_lines_of_the_tax_are_added(
    books: Entity, lines: list[tuple[str, str, str]], gross: bool, posted: list[tuple[str, str, str]]
) -> None:
    assert lines_of(taxed(books, *lines, gross=gross)) == posted


def test_the_rate_is_that_of_the_day(books: Entity) -> None:
    sale = ("receivable", "116.00", ""), ("sales", "-100.00", "U19")
    answer = taxed(books, *sale, effective_date=date(2020, 12, 31))
    assert lines_of(answer)[-1] == ("vat-owed", "-16.00", "U19")
    with pytest.raises(LedgerError, match=r"3\.00"):  # 119.00 on the next day
        taxed(books, *sale, effective_date=date(2021, 1, 1))


def test_the_same_request_is_posted_once_whatever_has_become_of_the_code(books: Entity) -> None:
    key = uuid4().hex
    sale = ("receivable", "110.00", ""), ("sales", "-100.00", "SHORT")
    a_code(books, "SHORT", "10", ends_on=date(2026, 3, 31))
    rehearsed = taxed(books, *sale, key=key, dry_run=True)
    first = taxed(books, *sale, key=key)
    a_code(books, "SHORT", "20", ends_on=date(2026, 3, 31))
    second = taxed(books, *sale, key=key)
    assert (rehearsed.status, first.status, second.status) == ("would_post", "posted", "replayed")
    assert second.journal == first.journal
    with pytest.raises(IdempotencyKeyReused):
        taxed(books, *sale, key=key, gross=True)
    assert Journal.objects.filter(entity=books, number__gt=0, postings__dimensions__tax="SHORT").distinct().count() == 1


def test_a_code_may_end_and_its_journals_are_still_replayed(books: Entity) -> None:
    key, day = uuid4().hex, date(2025, 5, 5)
    sale = ("receivable", "110.00", ""), ("sales", "-100.00", "GONE")
    a_code(books, "GONE", "10", starts_on=day, ends_on=day)
    first = taxed(books, *sale, key=key, effective_date=day)
    with pytest.raises(TaxCodeUnknown):
        taxed(books, *sale)
    assert taxed(books, *sale, key=key, effective_date=day).journal == first.journal


@pytest.mark.parametrize(
    "lines, gross, refusal, words",
    [
        ([("receivable", "1", ""), ("sales", "-1", "U20")], False, TaxCodeUnknown, "no tax code 'U20' .* 2026-03-02"),
        ([("receivable", "1", ""), ("sales", "-1", "OLD")], False, TaxCodeUnknown, "OLD"),
        ([("goods", "1", "RC19"), ("payable", "-1", "")], True, TaxLineRefused, "RC19 is a reverse charge"),
        ([("vat-owed", "1", "U19"), ("bank", "-1", "")], False, TaxLineRefused, "vat-owed takes the tax of U19"),
        ([("bank-usd", "1", ""), ("tips", "-1", "U19")], False, TaxLineRefused, "tips is in USD .* vat-owed .* EUR"),
        ([("receivable", "1", ""), ("sales", "-0.001", "U19")], False, LedgerError, "0.001"),
        ([("receivable", "100", ""), ("sales", "-100", "U19")], False, LedgerError, "19.00"),
        ([("receivable", "1", ""), ("nowhere", "-1", "U19")], False, LedgerError, "nowhere"),
        ([("sales", "-1", "U19")], False, Malformed, "lines"),
    ],
)
def test_a_line_that_cannot_bear_its_code_is_refused(
    books: Entity, lines: list[tuple[str, str, str]], gross: bool, refusal: type[LedgerError], words: str
) -> None:
    with pytest.raises(refusal, match=words):
        taxed(books, *lines, gross=gross)


def test_books_without_the_dimension_have_no_taxes() -> None:
    entity = an_entity()
    an_account(entity, "receivable")
    an_account(entity, "sales", "income")
    an_account(entity, "vat-owed", "liability")
    a_code(entity, "U19", "19")
    with pytest.raises(UnknownDimension):
        taxed(entity, ("receivable", "119", ""), ("sales", "-100", "U19"))


@pytest.mark.parametrize(
    "given, refusal",
    [
        ({"code": ""}, Malformed), ({"code": "U 19"}, Malformed), ({"code": "U" * 21}, Malformed),
        ({"name": " "}, Malformed), ({"name": "x" * 101}, Malformed), ({"kind": "vat"}, Malformed),
        ({"rate": "100.01"}, Malformed), ({"rate": "-1"}, Malformed), ({"rate": "5.00001"}, Malformed),
        ({"rate": "NaN"}, Malformed), ({"rate": "Infinity"}, Malformed),
        ({"kind": "exempt", "account": ""}, Malformed), ({"kind": "none"}, Malformed), ({"account": ""}, Malformed),
        ({"kind": "reverse_charge"}, Malformed), ({"deduct_account": "vat-in"}, Malformed),
        ({"account": "nowhere"}, NotFound), ({"ends_on": date(2006, 1, 1)}, Malformed),
        ({"starts_on": date(1206, 1, 1)}, LedgerError),
    ],
    ids=str,
)  # fmt: skip
def test_a_code_that_makes_no_sense_is_refused(
    books: Entity, given: dict[str, object], refusal: type[LedgerError]
) -> None:
    values: dict[str, object] = {"code": "X", "rate": "19"} | given
    with pytest.raises(refusal):
        a_code(books, str(values.pop("code")), str(values.pop("rate")), **values)


def test_a_version_is_set_once() -> None:
    entity = tax_books()
    first, again, next_ = (a_code(entity, "N", "5", key=key) for key in ("k", "k", "l"))
    assert [(one.rate.version, one.is_replayed) for one in (first, again, next_)] == [(1, False), (1, True), (2, False)]
    with pytest.raises(IdempotencyKeyReused):
        a_code(entity, "N", "6", key="k")
