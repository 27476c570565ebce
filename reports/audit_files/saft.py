"""SAF-T: the OECD's Standard Audit File for Tax, version 2.0 (its Guidance, Appendix B).

The header, the master files with accounts, customers, suppliers and taxes, and all entries by journal. Elements stand
in the order of the schema; texts are cut to what it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from itertools import chain

from fx.rates.conversion import PRECISE
from ledgerflow import __version__
from ledgerflow.core.money import normalised, plain, quantum
from reports.audit_files.elements import CODE, LONG, LONGER, MIDDLE, SHORT, element
from reports.audit_files.foreign import ForeignAmount
from reports.audit_files.reading import BY_SERIES, AuditBooks, AuditLine, title_of
from reports.audit_files.saft_master import PARTY_IDS, TAX_TYPE, master_files
from reports.audit_files.shapes import AuditFormat, Header, HeaderField
from reports.audit_files.texts import holds, with_point

NAMESPACE = "urn:OECD:StandardAuditFile-Taxation/2.00"
VERSION = "2.00"
MONTHS = 12
MOST_MINOR_UNITS = 2  # SAFmonetaryType
RATE_STEP = Decimal("0.00000001")  # SAFexchangerateType


def _filename(books: AuditBooks, _header: Header) -> str:
    return f"SAF-T-{books.code}-{books.dates.start:%Y%m%d}-{books.dates.end:%Y%m%d}.xml"


def _lines(books: AuditBooks, header: Header) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<AuditFile xmlns="{NAMESPACE}">\n'
    yield from chain(_header(books, header), master_files(books, header["country"]), _entries(books, header["country"]))
    yield "</AuditFile>\n"


def _header(books: AuditBooks, header: Header) -> Iterator[str]:
    yield "<Header>\n"
    yield element("AuditFileVersion", VERSION)
    yield element("AuditFileCountry", header["country"])
    yield element("AuditFileDateCreated", str(books.made_at.date()))
    yield element("SoftwareCompanyName", "LedgerFlow", LONGER)
    yield element("SoftwareID", "LedgerFlow", LONG)
    yield element("SoftwareVersion", __version__, SHORT)
    yield "<Company>\n"
    yield element("RegistrationNumber", header["registration_number"], MIDDLE)
    yield element("Name", books.name, LONG)
    address = element("City", header["city"], MIDDLE) + element("PostalCode", header["postal_code"], SHORT)
    yield f"<Address>{address}{element('Country', header['country'])}</Address>\n"
    person = element("FirstName", "NotUsed") + element("LastName", header["contact"], LONGER)
    yield f"<Contact><ContactPerson>{person}</ContactPerson></Contact>\n"
    if "tax_number" in header:
        number = element("TaxRegistrationNumber", header["tax_number"], MIDDLE)
        yield f"<TaxRegistration>{number}</TaxRegistration>\n"
    yield "</Company>\n"
    yield element("DefaultCurrencyCode", books.currency)
    dates = element("SelectionStartDate", str(books.dates.start)) + element("SelectionEndDate", str(books.dates.end))
    yield f"<SelectionCriteria>{dates}</SelectionCriteria>\n"
    yield element("TaxAccountingBasis", "A")
    yield element("TaxEntity", books.code, LONGER)
    yield "</Header>\n"


def _entries(books: AuditBooks, country: str) -> Iterator[str]:
    counts = books.counts()
    yield "<GeneralLedgerEntries>\n"
    yield element("NumberOfEntries", str(counts.journals))
    yield element("TotalDebit", with_point(counts.debits, books.scale))
    yield element("TotalCredit", with_point(counts.credits, books.scale))
    series = None
    for entry in books.entries(BY_SERIES):
        lines = iter(entry)
        first = next(lines)
        if first.series != series:
            yield "</Journal>\n" if series is not None else ""
            series = first.series
            title = element("Description", title_of(first.kind), LONG)
            yield f"<Journal>{element('JournalID', series, SHORT)}{title}{element('Type', 'GL')}\n"
        yield from _transaction(books, country, first, lines)
    yield "</Journal>\n" if series is not None else ""
    yield "</GeneralLedgerEntries>\n"


def _transaction(books: AuditBooks, country: str, first: AuditLine, others: Iterator[AuditLine]) -> Iterator[str]:
    day = str(first.effective_date)
    parts = (
        element("TransactionID", first.number_in_series, LONGER),
        element("Period", str(_period(books.year.start, first.effective_date))),
        element("PeriodYear", str(books.year.end.year)),
        element("TransactionDate", day),
        element("Description", first.description or first.text, LONG),
        element("SystemEntryDate", str(first.recorded_at.date())),
        element("GLPostingDate", day),
        element("SystemID", str(first.number), SHORT),
    )
    yield f"<Transaction>{''.join(parts)}\n"
    yield from (_line(books, country, line) for line in chain([first], others))
    yield "</Transaction>\n"


def _line(books: AuditBooks, country: str, line: AuditLine) -> str:
    side = "CreditAmount" if line.is_credit else "DebitAmount"
    amount = element("Amount", with_point(line.amount.copy_abs(), books.scale)) + _in_currency(books, line.foreign)
    parts = (
        element("RecordID", str(line.line)),
        element("AccountID", books.accounts[line.account_id].number, LONGER),
        element("SourceDocumentID", line.reference, MIDDLE) if line.reference else "",
        _party(books, line),
        element("Description", line.text, LONG),
        f"<{side}>{amount}</{side}>",
        _tax(books, country, line),
    )
    return f"<Line>{''.join(parts)}</Line>\n"


def _party(books: AuditBooks, line: AuditLine) -> str:
    role = books.parties.role(line.party, line.account_id)
    return element(PARTY_IDS[role], line.party, MIDDLE) if role else ""


def _tax(books: AuditBooks, country: str, line: AuditLine) -> str:
    """What a taxable line bears; lines of the tax itself say nothing of it, so that it is there once."""
    version = books.taxes.of_line(line.tax, line.account_id, line.effective_date)
    if version is None:
        return ""
    base = line.amount.copy_abs()
    with localcontext(PRECISE):
        amount = (base * version.rate / 100).quantize(quantum(books.scale), rounding=ROUND_HALF_UP)
    parts = (
        element("TaxType", TAX_TYPE),
        element("TaxCode", version.code, CODE),
        element("TaxPercentage", normalised(version.rate)),
        element("Country", country),
        element("TaxBase", with_point(base, books.scale)),
        f"<TaxAmount>{element('Amount', with_point(amount, books.scale))}</TaxAmount>",
    )
    return f"<TaxInformation>{''.join(parts)}</TaxInformation>"


def _in_currency(books: AuditBooks, foreign: ForeignAmount | None) -> str:
    """What a foreign line is in its own currency, where the schema can hold that: CurrencyAmount x ExchangeRate."""
    if foreign is None or not holds(foreign.currency, books.scales[foreign.currency], MOST_MINOR_UNITS):
        return ""
    amount = with_point(foreign.amount.copy_abs(), books.scales[foreign.currency])
    parts = element("CurrencyCode", foreign.currency), element("CurrencyAmount", amount)
    rate = foreign.rate.quantize(RATE_STEP, rounding=ROUND_HALF_EVEN, context=PRECISE)
    return "".join(parts) + (element("ExchangeRate", plain(rate)) if rate else "")


def _period(start: date, day: date) -> int:
    """The month of the fiscal year, the first one is 1."""
    return (day.year - start.year) * MONTHS + day.month - start.month + 1


SAFT = AuditFormat(
    name="saf-t",
    title="SAF-T",
    encoding="utf-8",
    content_type="text/xml",
    fields={
        "country": HeaderField(r"[A-Z]{2}", "a country of ISO 3166-1: two capital letters"),
        "registration_number": HeaderField(r"\S.{0,34}", "the company's registration number, at most 35 characters"),
        "city": HeaderField(r"\S.{0,34}", "the company's city, at most 35 characters"),
        "postal_code": HeaderField(r"\S.{0,17}", "the company's postal code, at most 18 characters"),
        "contact": HeaderField(r"\S.{0,69}", "who answers questions, at most 70 characters"),
        "tax_number": HeaderField(r"\S.{0,34}", "the tax registration number, at most 35 characters", required=False),
    },
    numbers=re.compile(r"\S.{0,69}"),
    numbers_are="numbers of accounts have at most 70 characters",
    whole_year=False,
    most_minor_units=MOST_MINOR_UNITS,
    filename=_filename,
    lines=_lines,
)
