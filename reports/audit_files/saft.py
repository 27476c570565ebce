"""SAF-T: the OECD's Standard Audit File for Tax, version 2.0 (its Guidance, Appendix B).

The header, the general ledger accounts with opening and closing balances, and all entries by journal. Elements stand in
the order of the schema; texts are cut to what it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import chain
from xml.sax.saxutils import escape

from fx.rates.conversion import PRECISE
from ledgerflow import __version__
from ledgerflow.core.money import plain
from reports.audit_files.foreign import ForeignAmount
from reports.audit_files.reading import BY_SERIES, AuditAccount, AuditBooks, AuditLine, title_of
from reports.audit_files.shapes import AuditFormat, Header, HeaderField
from reports.audit_files.texts import holds, one_line, with_point

NAMESPACE = "urn:OECD:StandardAuditFile-Taxation/2.00"
VERSION = "2.00"
# SAFshorttextType, SAFmiddle1textType, SAFmiddle2textType and SAFlongtextType of the schema.
SHORT, MIDDLE, LONGER, LONG = 18, 35, 70, 256
TYPES = {"asset": "Asset", "liability": "Liability", "equity": "Liability", "income": "Sale", "expense": "Expense"}
MONTHS = 12
MOST_MINOR_UNITS = 2  # SAFmonetaryType
RATE_STEP = Decimal("0.00000001")  # SAFexchangerateType
_NO_XML = re.compile("[\ufffe\uffff]")


def _filename(books: AuditBooks, _header: Header) -> str:
    return f"SAF-T-{books.code}-{books.dates.start:%Y%m%d}-{books.dates.end:%Y%m%d}.xml"


def _lines(books: AuditBooks, header: Header) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<AuditFile xmlns="{NAMESPACE}">\n'
    yield from chain(_header(books, header), _accounts(books), _entries(books))
    yield "</AuditFile>\n"


def _header(books: AuditBooks, header: Header) -> Iterator[str]:
    yield "<Header>\n"
    yield _element("AuditFileVersion", VERSION)
    yield _element("AuditFileCountry", header["country"])
    yield _element("AuditFileDateCreated", str(books.made_at.date()))
    yield _element("SoftwareCompanyName", "LedgerFlow", LONGER)
    yield _element("SoftwareID", "LedgerFlow", LONG)
    yield _element("SoftwareVersion", __version__, SHORT)
    yield "<Company>\n"
    yield _element("RegistrationNumber", header["registration_number"], MIDDLE)
    yield _element("Name", books.name, LONG)
    address = _element("City", header["city"], MIDDLE) + _element("PostalCode", header["postal_code"], SHORT)
    yield f"<Address>{address}{_element('Country', header['country'])}</Address>\n"
    person = _element("FirstName", "NotUsed") + _element("LastName", header["contact"], LONGER)
    yield f"<Contact><ContactPerson>{person}</ContactPerson></Contact>\n"
    if "tax_number" in header:
        number = _element("TaxRegistrationNumber", header["tax_number"], MIDDLE)
        yield f"<TaxRegistration>{number}</TaxRegistration>\n"
    yield "</Company>\n"
    yield _element("DefaultCurrencyCode", books.currency)
    dates = _element("SelectionStartDate", str(books.dates.start)) + _element("SelectionEndDate", str(books.dates.end))
    yield f"<SelectionCriteria>{dates}</SelectionCriteria>\n"
    yield _element("TaxAccountingBasis", "A")
    yield _element("TaxEntity", books.code, LONGER)
    yield "</Header>\n"


def _accounts(books: AuditBooks) -> Iterator[str]:
    if not books.accounts:
        return
    yield "<MasterFiles><GeneralLedgerAccounts>\n"
    yield from (_account(books, account) for account in books.accounts.values())
    yield "</GeneralLedgerAccounts></MasterFiles>\n"


def _account(books: AuditBooks, account: AuditAccount) -> str:
    parts = (
        _element("AccountID", account.number, LONGER),
        _element("AccountDescription", account.name, LONG),
        _element("AccountType", TYPES[account.type]),
        _balance("Opening", account.opening, books.scale),
        _balance("Closing", account.closing, books.scale),
    )
    return f"<Account>{''.join(parts)}</Account>\n"


def _balance(which: str, amount: Decimal, scale: int) -> str:
    side = "Credit" if amount < 0 else "Debit"
    return _element(f"{which}{side}Balance", with_point(amount.copy_abs(), scale))


def _entries(books: AuditBooks) -> Iterator[str]:
    counts = books.counts()
    yield "<GeneralLedgerEntries>\n"
    yield _element("NumberOfEntries", str(counts.journals))
    yield _element("TotalDebit", with_point(counts.debits, books.scale))
    yield _element("TotalCredit", with_point(counts.credits, books.scale))
    series = None
    for entry in books.entries(BY_SERIES):
        lines = iter(entry)
        first = next(lines)
        if first.series != series:
            yield "</Journal>\n" if series is not None else ""
            series = first.series
            title = _element("Description", title_of(first.kind), LONG)
            yield f"<Journal>{_element('JournalID', series, SHORT)}{title}{_element('Type', 'GL')}\n"
        yield from _transaction(books, first, lines)
    yield "</Journal>\n" if series is not None else ""
    yield "</GeneralLedgerEntries>\n"


def _transaction(books: AuditBooks, first: AuditLine, others: Iterator[AuditLine]) -> Iterator[str]:
    day = str(first.effective_date)
    parts = (
        _element("TransactionID", first.number_in_series, LONGER),
        _element("Period", str(_period(books.year.start, first.effective_date))),
        _element("PeriodYear", str(books.year.end.year)),
        _element("TransactionDate", day),
        _element("Description", first.description or first.text, LONG),
        _element("SystemEntryDate", str(first.recorded_at.date())),
        _element("GLPostingDate", day),
        _element("SystemID", str(first.number), SHORT),
    )
    yield f"<Transaction>{''.join(parts)}\n"
    yield from (_line(books, line) for line in chain([first], others))
    yield "</Transaction>\n"


def _line(books: AuditBooks, line: AuditLine) -> str:
    side = "CreditAmount" if line.is_credit else "DebitAmount"
    amount = _element("Amount", with_point(line.amount.copy_abs(), books.scale)) + _in_currency(books, line.foreign)
    parts = (
        _element("RecordID", str(line.line)),
        _element("AccountID", books.accounts[line.account_id].number, LONGER),
        _element("SourceDocumentID", line.reference, MIDDLE) if line.reference else "",
        _element("Description", line.text, LONG),
        f"<{side}>{amount}</{side}>",
    )
    return f"<Line>{''.join(parts)}</Line>\n"


def _in_currency(books: AuditBooks, foreign: ForeignAmount | None) -> str:
    """What a foreign line is in its own currency, where the schema can hold that: CurrencyAmount x ExchangeRate."""
    if foreign is None or not holds(foreign.currency, books.scales[foreign.currency], MOST_MINOR_UNITS):
        return ""
    amount = with_point(foreign.amount.copy_abs(), books.scales[foreign.currency])
    parts = _element("CurrencyCode", foreign.currency), _element("CurrencyAmount", amount)
    rate = foreign.rate.quantize(RATE_STEP, rounding=ROUND_HALF_EVEN, context=PRECISE)
    return "".join(parts) + (_element("ExchangeRate", plain(rate)) if rate else "")


def _period(start: date, day: date) -> int:
    """The month of the fiscal year, the first one is 1."""
    return (day.year - start.year) * MONTHS + day.month - start.month + 1


def _element(name: str, text: str, most: int = LONG) -> str:
    cut = _NO_XML.sub("", one_line(text))[:most]
    return f"<{name}>{escape(cut)}</{name}>"


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
