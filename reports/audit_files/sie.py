r"""SIE 4, type 4E: the Swedish export of a fiscal year (SIE-Gruppen, "SIE filformat", edition 4B).

One item a line, fields with a space between them, texts in quotation marks (a mark in them is `\"`), code page 437,
decimal points. Debits are positive, credits negative; a journal (`#VER`) comes to zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import chain

from ledgerflow import __version__
from ledgerflow.core.money import ZERO
from reports.audit_files.reading import AuditAccount, AuditBooks, AuditLine
from reports.audit_files.shapes import AuditFormat, Header, HeaderField
from reports.audit_files.texts import encodable, one_line, passes_luhn, with_point
from reports.reading.figures import RESULT_TYPES

END = "\r\n"
# #KTYP: tillgång (asset), skuld (liability, equity too), kostnad (expense), intäkt (income).
TYPES = {"asset": "T", "liability": "S", "equity": "S", "expense": "K", "income": "I"}
HOME_CURRENCY = "SEK"  # what a file without #VALUTA is in
ENCODING = "cp437"


def _filename(books: AuditBooks, _header: Header) -> str:
    return f"{books.code}-{books.dates.end:%Y%m%d}.se"


def _lines(books: AuditBooks, header: Header) -> Iterator[str]:
    for item in chain(_head(books, header), _chart(books), _balances(books)):
        yield item + END
    for entry in books.entries():
        yield from _journal(books, list(entry))


def _head(books: AuditBooks, header: Header) -> Iterator[str]:
    yield "#FLAGGA 0"
    yield f"#PROGRAM {_text('LedgerFlow')} {_text(__version__)}"
    yield "#FORMAT PC8"
    yield f"#GEN {_day(books.made_at.date())}"
    yield "#SIETYP 4"
    if "organisation_number" in header:
        digits = header["organisation_number"].replace("-", "")
        yield f"#ORGNR {digits[:6]}-{digits[6:]}"
    yield f"#FNAMN {_text(books.name)}"
    yield f"#RAR 0 {_day(books.year.start)} {_day(books.year.end)}"
    if books.dates.end < books.year.end:
        yield f"#OMFATTN {_day(books.dates.end)}"
    if books.currency != HOME_CURRENCY:
        yield f"#VALUTA {books.currency}"


def _chart(books: AuditBooks) -> Iterator[str]:
    for account in books.accounts.values():
        yield f"#KONTO {account.number} {_text(account.name)}"
        yield f"#KTYP {account.number} {TYPES[account.type]}"


def _balances(books: AuditBooks) -> Iterator[str]:
    """Opening and closing balances of balance sheet accounts, then what income and expenses come to."""
    results = [account for account in books.accounts.values() if account.type in RESULT_TYPES]
    others = [account for account in books.accounts.values() if account.type not in RESULT_TYPES]
    yield from (_balance("#IB", account, account.opening, books.scale) for account in others)
    yield from (_balance("#UB", account, account.closing, books.scale) for account in others)
    yield from (_balance("#RES", account, account.closing, books.scale) for account in results)


def _balance(item: str, account: AuditAccount, amount: Decimal, scale: int) -> str:
    return f"{item} 0 {account.number} {with_point(amount or ZERO, scale)}"


def _journal(books: AuditBooks, lines: list[AuditLine]) -> Iterator[str]:
    first = lines[0]
    of_journal = first.description or first.text
    dates = _day(first.effective_date), _day(first.recorded_at.date())
    yield f"#VER {_text(first.series)} {_text(first.number_in_series)} {dates[0]} {_text(of_journal)} {dates[1]}{END}"
    yield f"{{{END}"
    for line in lines:
        number = books.accounts[line.account_id].number
        text = f" {dates[0]} {_text(line.line_description)}" if line.line_description else ""
        yield f"   #TRANS {number} {{}} {with_point(line.amount, books.scale)}{text}{END}"
    yield f"}}{END}"


def _text(text: str) -> str:
    r"""In quotation marks. A backslash becomes a slash: it would take the mark after it for a letter."""
    line = encodable(one_line(text), ENCODING).replace("\\", "/").replace('"', r"\"")
    return f'"{line}"'


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _is_organisation(text: str) -> bool:
    return passes_luhn(text.replace("-", ""))


SIE = AuditFormat(
    name="sie",
    title="SIE 4",
    encoding=ENCODING,
    content_type="text/plain; charset=ibm437",
    fields={
        "organisation_number": HeaderField(
            r"[0-9]{6}-?[0-9]{4}", "an organisationsnummer, 556000-0000, with its check digit", required=False,
            check=_is_organisation,
        )
    },
    numbers=re.compile(r"[0-9]{1,10}", re.ASCII),
    numbers_are="numbers of accounts are digits",
    whole_year=True,
    most_minor_units=2,
    filename=_filename,
    lines=_lines,
)  # fmt: skip
