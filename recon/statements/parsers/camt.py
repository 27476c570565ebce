"""CAMT.052, .053 and .054 of ISO 20022, from version 2 on: reports, statements and notifications. Pure.

Elements are known by their names alone: versions differ in their namespace, and banks in how they write it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from recon.statements.errors import StatementBroken, StatementFormatUnknown
from recon.statements.parsers.camt_entries import (
    Detail,
    amount_in,
    day_in,
    detail_of,
    is_booked,
    is_credit,
    lines_of_entry,
)
from recon.statements.parsers.shapes import (
    BalanceAt,
    ParsedFile,
    ParsedLine,
    ParsedStatement,
    StatementCount,
    numbered,
    proved,
)
from recon.statements.parsers.texts import MAX_REFERENCE, clean
from recon.statements.parsers.values import currency_of, signed
from recon.statements.parsers.xml import Element, read_xml

# The message, the element of one statement in it, and the name of the format.
KINDS = {
    "BkToCstmrAcctRpt": ("Rpt", "camt.052"),
    "BkToCstmrStmt": ("Stmt", "camt.053"),
    "BkToCstmrDbtCdtNtfctn": ("Ntfctn", "camt.054"),
}
STATEMENTS = {statement: message for message, (statement, _) in KINDS.items()}
KEPT = frozenset({"Id", "ElctrncSeqNb", "LglSeqNb", "Acct", "Bal"})


def is_camt(head: str) -> bool:
    return head.lstrip().startswith("<") and any(message in head for message in KINDS)


def read_camt(data: bytes) -> ParsedFile:
    """All statements of a message, with what is booked. Raises `StatementRefused`."""
    reader = _CamtReader()
    read_xml(data, reader.take)
    if not reader.format:
        raise StatementFormatUnknown
    if not reader.statements:
        reason = "The message holds no statement."
        raise StatementBroken(line=reader.line, reason=reason)
    return ParsedFile(reader.format, tuple(reader.statements))


@dataclass
class _CamtDraft:
    """A statement that is being read."""

    details: list[Detail] = field(default_factory=list)
    lines: list[ParsedLine] = field(default_factory=list)
    account: str = ""


class _CamtReader:
    def __init__(self) -> None:
        self.format = ""
        self.line = 1
        self.statements: list[ParsedStatement] = []
        self._draft = _CamtDraft()
        self._count = StatementCount()

    def take(self, element: Element, around: Sequence[str], raw: bytes) -> bool:
        """Use what is known. All but the head of a statement and the parts of an open entry is done with at once."""
        if element.name in KINDS:
            self.format, self.line = KINDS[element.name][1], element.line
            return True
        place = _place_in_statement(around)
        if place is None:
            if element.name in STATEMENTS and around and around[-1] == STATEMENTS[element.name]:
                self._end(element)
            return True
        if place == ["Ntry", "NtryDtls"] and element.name == "TxDtls":
            self._count.add_line()
            self._draft.details.append(detail_of(element, raw))
            return True
        if not place and element.name == "Ntry":
            self._entry(element, raw)
            return True
        if not place and element.name == "Acct":
            self._draft.account = _account(element)
        return not place and element.name not in KEPT

    def _entry(self, element: Element, raw: bytes) -> None:
        details, self._draft.details = self._draft.details, []
        if not is_booked(element):
            return
        if len(details) <= 1:
            self._count.add_line()
        self._draft.lines.extend(lines_of_entry(element, details, raw, self._draft.account))

    def _end(self, element: Element) -> None:
        self._count.add_statement()
        draft, self._draft = self._draft, _CamtDraft()
        opening, closing = _balances(element)
        lines = numbered(draft.lines)
        currency = _currency(element, lines)
        for balance in (opening, closing):
            if balance and balance.currency != currency:
                reason = f"The balance {balance.kind} is in {balance.currency}, and the account in {currency}."
                raise StatementBroken(line=balance.line, reason=reason)
        statement = ParsedStatement(
            account=draft.account,
            currency=currency,
            number=clean(
                element.value("ElctrncSeqNb") or element.value("LglSeqNb") or element.value("Id"), MAX_REFERENCE
            ),
            opening=opening.balance if opening else None,
            closing=closing.balance if closing else None,
            lines=lines,
            is_proven=False,
        )
        self.statements.append(proved(statement, closing.line if closing else element.line))


def _place_in_statement(around: Sequence[str]) -> list[str] | None:
    """The names between a statement and an element in it; None outside of a statement."""
    for depth in range(1, len(around)):
        if STATEMENTS.get(around[depth]) == around[depth - 1]:
            return list(around[depth + 1 :])
    return None


def _account(element: Element) -> str:
    found = element.value("Id", "IBAN") or element.value("Id", "Othr", "Id") or element.value("Id", "PrtryAcct", "Id")
    return clean(found, MAX_REFERENCE)


@dataclass(frozen=True)
class _CamtBalance:
    kind: str
    line: int
    currency: str
    balance: BalanceAt


def _balances(element: Element) -> tuple[_CamtBalance | None, _CamtBalance | None]:
    """The opening and closing booked balance: OPBD, or PRCD for want of it, and CLBD.

    A statement of several days may hold a pair for each: then it is the first and the last. What is available (OPAV,
    CLAV) or expected is no booked balance.
    """
    found = [_balance(one) for one in element.all("Bal")]
    booked = [one for one in found if one is not None]
    openings = [one for one in booked if one.kind == "OPBD"] or [one for one in booked if one.kind == "PRCD"]
    closings = [one for one in booked if one.kind == "CLBD"]
    return min(openings, key=_day, default=None), max(closings, key=_day, default=None)


def _day(balance: _CamtBalance) -> date:
    return balance.balance.day


def _balance(element: Element) -> _CamtBalance | None:
    kind = element.value("Tp", "CdOrPrtry", "Cd")
    if kind not in {"OPBD", "PRCD", "CLBD"}:
        return None
    amount, currency = amount_in(element, "Amt")
    day = day_in(element, "Dt")
    if day is None:
        raise StatementBroken(line=element.line, reason=f"The balance {kind} has no date.")
    value = signed(amount, is_in=is_credit(element))
    return _CamtBalance(kind, element.line, currency, BalanceAt(day, value))


def _currency(element: Element, lines: tuple[ParsedLine, ...]) -> str:
    """That of the account where it is told, else of a booked balance, else of the first line; all lines are in it."""
    told = element.value("Acct", "Ccy")
    booked = next((one.currency for one in map(_balance, element.all("Bal")) if one), "")
    currency = told or booked or (lines[0].currency if lines else "")
    if currency:
        currency_of(currency, element.line)
    for line in lines:
        if line.currency != currency:
            reason = f"Entry {line.number} of the statement is in {line.currency}, and the account in {currency}."
            raise StatementBroken(line=element.line, reason=reason)
    return currency
