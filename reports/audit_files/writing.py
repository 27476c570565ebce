"""Writing an audit file: what is checked before its first line, and its encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import BinaryIO, NamedTuple
from uuid import UUID

from reports.audit_files.datev import DATEV
from reports.audit_files.errors import AuditAccountUnfit, AuditCurrencyUnfit, AuditHeader, AuditRange
from reports.audit_files.fec import FEC
from reports.audit_files.reading import AuditBooks, audit_books
from reports.audit_files.saft import SAFT
from reports.audit_files.shapes import AuditFormat, Header
from reports.audit_files.sie import SIE
from reports.audit_files.texts import ISO_CURRENCY, encodable

FORMATS = {one.name: one for one in (FEC, SIE, DATEV, SAFT)}


class AuditFile(NamedTuple):
    """An audit file that can be written while its snapshot lasts."""

    format: AuditFormat
    books: AuditBooks
    header: Header

    @property
    def filename(self) -> str:
        return self.format.filename(self.books, self.header)

    def chunks(self) -> Iterator[bytes]:
        """The file in the encoding of its format, piece by piece."""
        encoding = self.format.encoding
        for line in self.format.lines(self.books, self.header):
            yield encodable(line, encoding).encode(encoding)

    def write(self, out: BinaryIO) -> None:
        """All of it; memory stays as it is, however many lines there are."""
        out.writelines(self.chunks())


@contextmanager
def audit_file(
    entity_id: UUID, kind: str, header: Header, *, from_date: date | None = None, to_date: date | None = None
) -> Iterator[AuditFile]:
    """The audit file of this kind (a name in `FORMATS`) for a fiscal year or a part of it.

    `header` holds what the format asks for and the books do not know. Raises `AuditHeader`, `AuditRange`,
    `AuditYearsOpen`, `AuditCurrencyUnfit`, `AuditAccountUnfit`, `AuditNeedsRounding`, `AuditBaseChanged`, `FutureDate`,
    `RateMissing`, `RateTooOld`; while it is written, `AuditTooLarge`, `AuditCodeUnfit`.
    """
    wanted = FORMATS[kind]
    _check_header(wanted, header)
    with audit_books(entity_id, from_date, to_date) as books:
        _check_range(wanted, books)
        _check_currencies(wanted, books)
        _check_numbers(wanted, books)
        yield AuditFile(wanted, books, header)


def _check_header(wanted: AuditFormat, header: Header) -> None:
    for name in header.keys() - wanted.fields.keys():
        words = f"nothing that {wanted.title} asks for"
        raise AuditHeader(pointer=f"/{name}", name=name, wanted=words, value=header[name])
    for name, field in wanted.fields.items():
        value = header.get(name, "")
        if not value and not field.required:
            continue
        if re.fullmatch(field.form, value, re.ASCII) is None or not field.check(value):
            raise AuditHeader(pointer=f"/{name}", name=name, wanted=field.wanted, value=value)


def _check_range(wanted: AuditFormat, books: AuditBooks) -> None:
    start, end = books.dates
    if start < books.year.start or (wanted.whole_year and start != books.year.start):
        form = "one fiscal year, from its first day" if wanted.whole_year else "one fiscal year, or a part of it"
    elif wanted.calendar_year and start.year != end.year:
        form = "days of one calendar year"
    else:
        return
    raise AuditRange(pointer="/from", format=wanted.title, wanted=form, start=str(start), end=str(end))


def _check_currencies(wanted: AuditFormat, books: AuditBooks) -> None:
    reason = ""
    if ISO_CURRENCY.fullmatch(books.currency) is None:
        reason = "its currencies are those of ISO 4217"
    elif wanted.only_currency not in {"", books.currency}:
        reason = f"its amounts are in {wanted.only_currency}"
    elif books.scale > wanted.most_minor_units:
        reason = f"its amounts have at most {wanted.most_minor_units} decimals"
    if reason:
        raise AuditCurrencyUnfit(format=wanted.title, currency=books.currency, reason=reason)


def _check_numbers(wanted: AuditFormat, books: AuditBooks) -> None:
    taken: dict[str, str] = {}
    for account in books.accounts.values():
        reason = ""
        if wanted.numbers.fullmatch(account.number) is None:
            reason = wanted.numbers_are
        elif account.number in taken:
            reason = f"account {taken[account.number]} has that number"
        elif wanted.one_length and taken and len(account.number) != len(next(iter(taken))):
            reason = f"all numbers have as many digits, and account {next(iter(taken.values()))} has another length"
        if reason:
            raise AuditAccountUnfit(
                account=account.code, format=wanted.title, number=account.number, reason=reason
            )  # fmt: skip
        taken[account.number] = account.code
