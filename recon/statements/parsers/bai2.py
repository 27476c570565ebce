"""BAI2, as banks of the United States and Canada write it: records, groups, accounts and control totals. Pure.

01 begins the file, 02 a group, 03 an account, 16 is a line, 49, 98 and 99 end account, group and file with totals that
must be right; 88 goes on with the record before it. Amounts are whole numbers of the currency's smallest unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from accounts.iso4217 import ISO_4217
from ledgerflow.core.money import CONTEXT, ZERO, plain
from recon.statements.errors import ControlTotalWrong, StatementBroken
from recon.statements.parsers.bai2_lines import Bai2Record, line_of, skip_funds, smallest_units
from recon.statements.parsers.shapes import BalanceAt, ParsedFile, ParsedLine, ParsedStatement, StatementCount, proved
from recon.statements.parsers.texts import MAX_CHARACTERS, MAX_REFERENCE, clean, decoded, lines_of
from recon.statements.parsers.values import currency_of, day_of

OPENING, CLOSING = "010", "015"  # of the ledger
DEFAULT_CURRENCY = "USD"
UNITS = {code: units for code, _, units in ISO_4217}

_RECORD = re.compile(r"(01|02|03|16|49|88|98|99)(?:,(.*)|/)", re.DOTALL)
_BEGINS = re.compile(r"\s*01,[^,\n]*,[^,\n]*,[0-9]{6,8},[0-9]*,[^\n]*\n\s*(?:88,[^\n]*\n\s*)*02,", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)


class _ControlTotal(NamedTuple):
    """What a control total is told of: the sum of amounts, and how many records and parts there were."""

    amount: Decimal = ZERO
    records: int = 0
    parts: int = 0


def is_bai2(head: str) -> bool:
    return _BEGINS.match(head.replace("\r\n", "\n").replace("\r", "\n")) is not None


def read_bai2(data: bytes) -> ParsedFile:
    """The statement of each account. Raises `StatementRefused`."""
    reader = _Bai2Reader()
    for record in _records(decoded(data)):
        reader.take(record)
    if not reader.is_ended:
        raise StatementBroken(line=reader.line, reason="The file has no record 99, so its end is missing.")
    return ParsedFile("bai2", tuple(reader.statements))


def _records(text: str) -> Iterator[Bai2Record]:
    """The records with their continuations. Their number counts each 88 as well."""
    kind, start, parts, size = "", 0, [""], 0
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip():
            continue
        match = _RECORD.match(line.strip())
        if match is None:
            raise StatementBroken(line=number, reason=f"{line[:40]!r} is no record of BAI2.")
        rest = match[2] or ""
        if match[1] == "88":
            parts.append(rest)
            size += len(rest) + 1
            if size > MAX_CHARACTERS:
                reason = f"The record that begins on line {start} has more than {MAX_CHARACTERS:,} characters."
                raise StatementBroken(line=number, reason=reason)
            continue
        if kind:
            yield Bai2Record(kind, start, parts)
        kind, start, parts, size = match[1], number, [rest], len(rest)
    if kind:
        yield Bai2Record(kind, start, parts)


@dataclass
class _Bai2Account:
    line: int
    number: str
    currency: str
    opening: Decimal | None = None
    closing: Decimal | None = None
    lines: list[ParsedLine] = field(default_factory=list)


class _Bai2Reader:
    def __init__(self) -> None:
        self.statements: list[ParsedStatement] = []
        self.is_ended = False
        self.line = 1
        self._count = StatementCount()
        self._day: date | None = None
        self._currency = DEFAULT_CURRENCY
        self._account: _Bai2Account | None = None
        self._in_account = self._in_group = self._in_file = _ControlTotal()

    def take(self, record: Bai2Record) -> None:
        self.line = record.line
        self._check_place(record)
        for name in ("_in_account", "_in_group", "_in_file"):
            total: _ControlTotal = getattr(self, name)
            setattr(self, name, total._replace(records=total.records + len(record.parts)))
        match record.kind:
            case "02":
                self._begin_group(record)
            case "03":
                self._begin_account(record)
            case "16":
                self._line(record)
            case "49":
                self._end_account(record)
            case "98":
                self._end_group(record)
            case "99":
                self._end_file(record)

    def _check_place(self, record: Bai2Record) -> None:
        """What may come is known by what is open: an account in a group, in a file."""
        if self.is_ended:
            allowed = set()
        elif self._account is not None:
            allowed = {"16", "49"}
        elif self._day is not None:
            allowed = {"03", "98"}
        else:
            allowed = {"02", "99"} if self._in_file.records else {"01"}
        if record.kind not in allowed:
            wanted = " or ".join(sorted(allowed)) or "nothing"
            raise StatementBroken(
                line=record.line, reason=f"The record {record.kind} stands where {wanted} is expected."
            )

    def _begin_group(self, record: Bai2Record) -> None:
        cells = record.cells()
        self._day = day_of(_cell(cells, 3), record.line)
        self._currency = currency_of(_cell(cells, 5) or DEFAULT_CURRENCY, record.line)
        self._in_group = _ControlTotal(records=len(record.parts))

    def _begin_account(self, record: Bai2Record) -> None:
        cells = record.cells()
        currency = currency_of(_cell(cells, 1) or self._currency, record.line)
        account = _Bai2Account(record.line, clean(_cell(cells, 0), MAX_REFERENCE), currency)
        summed, place = ZERO, 2
        while place < len(cells):
            kind, text = cells[place], _cell(cells, place + 1)
            amount = smallest_units(text, record.line) if text else None
            summed = CONTEXT.add(summed, amount or ZERO)
            if kind == OPENING and amount is not None:
                account.opening = amount
            if kind == CLOSING and amount is not None:
                account.closing = amount
            place = skip_funds(cells, place + 3, record.line)
        self._account = account
        self._in_account = _ControlTotal(summed, len(record.parts))

    def _line(self, record: Bai2Record) -> None:
        account = self._open()
        line, amount = line_of(len(account.lines) + 1, record, self._today(), account.currency, _units(account))
        self._in_account = self._in_account._replace(amount=CONTEXT.add(self._in_account.amount, amount))
        if line is not None:
            self._count.add_line()
            account.lines.append(line)

    def _end_account(self, record: Bai2Record) -> None:
        account = self._open()
        self._count.add_statement()
        _check(record, self._in_account, None)
        self._in_group = _added(self._in_group, self._in_account.amount)
        statement = ParsedStatement(
            account=account.number,
            currency=account.currency,
            number="",
            opening=self._balance(account, account.opening),
            closing=self._balance(account, account.closing),
            lines=tuple(account.lines),
            is_proven=False,
        )
        self.statements.append(proved(statement, account.line))
        self._account = None

    def _end_group(self, record: Bai2Record) -> None:
        _check(record, self._in_group, "accounts")
        self._in_file = _added(self._in_file, self._in_group.amount)
        self._day = None

    def _end_file(self, record: Bai2Record) -> None:
        _check(record, self._in_file, "groups")
        self.is_ended = True

    def _balance(self, account: _Bai2Account, amount: Decimal | None) -> BalanceAt | None:
        if amount is None:
            return None
        return BalanceAt(self._today(), CONTEXT.scaleb(amount, -_units(account)))

    def _open(self) -> _Bai2Account:
        assert self._account is not None  # noqa: S101 - `_check_place` lets no record come otherwise
        return self._account

    def _today(self) -> date:
        assert self._day is not None  # noqa: S101 - the same
        return self._day


def _units(account: _Bai2Account) -> int:
    return UNITS.get(account.currency, 2)


def _added(total: _ControlTotal, amount: Decimal) -> _ControlTotal:
    return total._replace(amount=CONTEXT.add(total.amount, amount), parts=total.parts + 1)


def _check(record: Bai2Record, found: _ControlTotal, parts: str | None) -> None:
    """Compare a record 49, 98 or 99 with what was read. Raises `ControlTotalWrong`."""
    cells = record.cells()
    told = [("control total", smallest_units(_cell(cells, 0), record.line), found.amount)]
    if parts:
        told.append((f"number of {parts}", _number(cells, 1, record.line), Decimal(found.parts)))
    told.append(("number of records", _number(cells, 2 if parts else 1, record.line), Decimal(found.records)))
    for what, said, counted in told:
        if said != counted:
            raise ControlTotalWrong(
                line=record.line, record=record.kind, what=what, told=plain(said), found=plain(counted)
            )


def _number(cells: list[str], place: int, line: int) -> Decimal:
    text = _cell(cells, place)
    if _COUNT.fullmatch(text) is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not a number of records or parts.")
    return Decimal(text)


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
