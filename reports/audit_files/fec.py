"""FEC, the French *fichier des écritures comptables*: article A47 A-1 of the *Livre des procédures fiscales*.

18 columns with these names, a tab between them, dates as YYYYMMDD, a decimal comma, ISO 8859-15. The first entry takes
over the balances of the earlier year; entries that close income and expenses stay out. The file is called
SIREN + "FEC" + the last day of the fiscal year. Amounts are in euro; Montantdevise is what a line of a foreign account
is in its own currency, with its sign: debits positive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from ledgerflow.core.money import CONTEXT, ZERO
from reports.audit_files.reading import AuditBooks, AuditLine, title_of
from reports.audit_files.shapes import AuditFormat, Header, HeaderField
from reports.audit_files.texts import one_line, passes_luhn, with_comma

COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip
OPENING_CODE, OPENING_TITLE = "AN", "A nouveaux"
OF_PARTIES = "4"  # class of the plan comptable: comptes de tiers, which alone have auxiliary accounts
END = "\r\n"


def _filename(books: AuditBooks, header: Header) -> str:
    return f"{header['siren']}FEC{books.year.end:%Y%m%d}.txt"


def _lines(books: AuditBooks, _header: Header) -> Iterator[str]:
    yield "\t".join(COLUMNS) + END
    yield from _openings(books)
    for entry in books.entries():
        for line in entry:
            yield _line(books, line)


def _openings(books: AuditBooks) -> Iterator[str]:
    day = f"{books.dates.start:%Y%m%d}"
    for account in books.accounts.values():
        if account.opening:
            sides = _sides(account.opening, books.scale)
            head = (OPENING_CODE, OPENING_TITLE, "1", day, account.number, one_line(account.name), "", "")
            there = account.opening_there if account.currency != books.currency else ZERO
            in_devise = _in_devise(books, account.currency, there) if there else ("", "")
            yield _row((*head, OPENING_CODE, day, OPENING_TITLE, *sides, "", "", day, *in_devise))


def _line(books: AuditBooks, line: AuditLine) -> str:
    account = books.accounts[line.account_id]
    day, foreign = f"{line.effective_date:%Y%m%d}", line.foreign
    has_party = line.party and account.number.startswith(OF_PARTIES)
    party = (one_line(line.party), one_line(books.parties.named(line.party).name)) if has_party else ("", "")
    in_devise = _in_devise(books, foreign.currency, foreign.amount) if foreign else ("", "")
    return _row((
        one_line(line.series).upper(), title_of(line.kind), line.number_in_series, day, account.number,
        one_line(account.name), *party, one_line(line.reference) or str(line.number), day, one_line(line.text),
        *_sides(line.amount, books.scale), "", "", f"{line.recorded_at:%Y%m%d}", *in_devise,
    ))  # fmt: skip


def _in_devise(books: AuditBooks, currency: str, amount: Decimal) -> tuple[str, str]:
    return with_comma(amount, books.scales[currency]), currency


def _sides(amount: Decimal, scale: int) -> tuple[str, str]:
    zero = with_comma(ZERO, scale)
    return (with_comma(amount, scale), zero) if amount > 0 else (zero, with_comma(CONTEXT.minus(amount), scale))


def _row(cells: tuple[str, ...]) -> str:
    return "\t".join(cells) + END


FEC = AuditFormat(
    name="fec",
    title="FEC",
    encoding="iso8859-15",
    content_type="text/plain; charset=iso-8859-15",
    fields={"siren": HeaderField(r"[0-9]{9}", "a SIREN: 9 digits, the last one its check digit", check=passes_luhn)},
    numbers=re.compile(r"[0-9]{3}[0-9A-Za-z]*", re.ASCII),
    numbers_are="the first three characters are digits of the plan comptable, the others letters and digits",
    whole_year=True,
    most_minor_units=2,
    filename=_filename,
    lines=_lines,
    only_currency="EUR",
)
