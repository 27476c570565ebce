"""MT940 of SWIFT, as banks really write it: fields, pages and statements. Pure.

The library `mt-940` is not used: it knows no line of the file, keeps one pair of balances for all statements of a file,
reads a file of nonsense as one without lines, and takes a line that stands in no statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from ledgerflow.core.money import plain
from recon.statements.errors import PagesDisagree, StatementBroken
from recon.statements.parsers.mt940_lines import line_of
from recon.statements.parsers.shapes import (
    BalanceAt,
    ParsedFile,
    ParsedLine,
    ParsedStatement,
    StatementCount,
    numbered,
    proved,
)
from recon.statements.parsers.texts import MAX_REFERENCE, clean, decoded, lines_of
from recon.statements.parsers.values import amount_of, day_of, signed

END = "-"
MAX_FIELD_LINES = 1000

T = TypeVar("T")

_TAG = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.ASCII | re.DOTALL)
_END = re.compile(r"-(?:XXX|\}.*)?\s*", re.DOTALL)
_BLOCK = re.compile(r"\{[1-5]:")
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]+,[0-9]*)\s*", re.ASCII)
_BEGINS = re.compile(r"^:20:", re.MULTILINE)
_IBAN_AND_CURRENCY = re.compile(r"([A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}) ?[A-Z]{3}", re.ASCII)


class Mt940Field(NamedTuple):
    """A field and the line of the file it begins on; `texts` has one text for each of its lines."""

    tag: str
    line: int
    texts: list[str]


class _Mt940Page(NamedTuple):
    """A message: a whole statement, or a part of one where it begins with 60M or ends with 62M."""

    statement: ParsedStatement
    opening: BalanceAt
    closing: BalanceAt
    opens: Mt940Field
    closes: Mt940Field


def is_mt940(head: str) -> bool:
    return _BEGINS.search(head.replace("\r", "\n")) is not None


def read_mt940(data: bytes) -> ParsedFile:
    """All statements of a file, those of several pages put together. Raises `StatementRefused`."""
    reader = _Mt940Reader()
    for found in _fields(decoded(data)):
        reader.take(found)
    if not reader.pages:
        raise StatementBroken(line=1, reason="The file holds no statement, which begins with :20:.")
    return ParsedFile("mt940", tuple(_joined(reader.pages)))


def _fields(text: str) -> Iterator[Mt940Field]:
    """The fields, and one named `END` wherever a message ends. What stands between two messages is passed over."""
    current: Mt940Field | None = None
    number = 0
    for number, line in enumerate(lines_of(text), 1):
        tag = _TAG.match(line)
        ends = _END.fullmatch(line) is not None or _BLOCK.match(line) is not None
        if current is not None and (tag or ends):
            yield current
            current = None
        if tag:
            current = Mt940Field(tag[1], number, [tag[2]])
        elif ends:
            yield Mt940Field(END, number, [])
        elif current is not None:
            current.texts.append(line)
            if len(current.texts) > MAX_FIELD_LINES:
                raise StatementBroken(
                    line=number, reason=f"The field :{current.tag}: has over {MAX_FIELD_LINES} lines."
                )
    if current is not None:
        yield current
    yield Mt940Field(END, number, [])


@dataclass
class _Mt940Draft:
    """A message that is being read."""

    line: int
    account: str = ""
    number: str = ""
    opening: Mt940Field | None = None
    closing: Mt940Field | None = None
    entries: list[tuple[Mt940Field, list[str]]] = field(default_factory=list)
    last: str = ""


class _Mt940Reader:
    """Puts fields into messages, each checked when it ends."""

    def __init__(self) -> None:
        self.pages: list[_Mt940Page] = []
        self._draft: _Mt940Draft | None = None
        self._count = StatementCount()

    def take(self, found: Mt940Field) -> None:
        if found.tag in {END, "20"}:
            self._end(found.line)
            if found.tag == "20":
                self._count.add_statement()
                self._draft = _Mt940Draft(found.line)
            return
        if self._draft is None:
            reason = f"The field :{found.tag}: stands in no statement, since a statement begins with :20:."
            raise StatementBroken(line=found.line, reason=reason)
        self._put(self._draft, found)
        self._draft.last = found.tag

    def _put(self, draft: _Mt940Draft, found: Mt940Field) -> None:
        match found.tag:
            case "25" | "25P":
                _once(not draft.account, found)
                draft.account = _account(found.texts[0])
            case "28" | "28C":
                _once(not draft.number, found)
                draft.number = clean(found.texts[0], MAX_REFERENCE).partition("/")[0]
            case "60F" | "60M":
                _once(draft.opening is None, found)
                draft.opening = found
            case "62F" | "62M":
                _once(draft.closing is None, found)
                draft.closing = found
            case "61":
                self._count.add_line()
                if draft.opening is None or draft.closing is not None:
                    reason = "The line :61: does not stand between the opening and the closing balance."
                    raise StatementBroken(line=found.line, reason=reason)
                draft.entries.append((found, []))
            case "86" if draft.entries and draft.last in {"61", "86"} and draft.closing is None:
                draft.entries[-1][1].extend(found.texts)

    def _end(self, line: int) -> None:
        if self._draft is not None:
            self.pages.append(_page(self._draft, line))
        self._draft = None


def _once(is_first: bool, found: Mt940Field) -> None:  # noqa: FBT001 - reads as a sentence where it is called
    if not is_first:
        reason = f"The field :{found.tag}: stands twice in one statement. Is the beginning of another one missing?"
        raise StatementBroken(line=found.line, reason=reason)


def _account(text: str) -> str:
    """The account, without the currency that some banks write behind an IBAN."""
    account = clean(text, MAX_REFERENCE)
    with_currency = _IBAN_AND_CURRENCY.fullmatch(account)
    return with_currency[1] if with_currency and " " in account else account


def _page(draft: _Mt940Draft, end: int) -> _Mt940Page:
    account = _needed(draft.account, "no account (:25:)", draft, end)
    opens = _needed(draft.opening, "no opening balance (:60F:)", draft, end)
    closes = _needed(draft.closing, "no closing balance (:62F:), so its end is missing", draft, end)
    opening, currency = _balance(opens)
    closing, currency_at_end = _balance(closes)
    if currency != currency_at_end:
        reason = f"The statement begins in {currency} and ends in {currency_at_end}."
        raise StatementBroken(line=closes.line, reason=reason)
    lines = _lines(draft, currency)
    statement = ParsedStatement(account, currency, draft.number, opening, closing, lines, is_proven=False)
    return _Mt940Page(proved(statement, closes.line), opening, closing, opens, closes)


def _needed(found: T | None, what: str, draft: _Mt940Draft, end: int) -> T:
    if not found:
        raise StatementBroken(line=end, reason=f"The statement that begins on line {draft.line} has {what}.")
    return found


def _lines(draft: _Mt940Draft, currency: str) -> tuple[ParsedLine, ...]:
    return tuple(
        line_of(number, found.line, found.texts, information, currency)
        for number, (found, information) in enumerate(draft.entries, 1)
    )


def _balance(found: Mt940Field) -> tuple[BalanceAt, str]:
    match = _BALANCE.fullmatch(found.texts[0])
    if match is None:
        reason = f"The balance :{found.tag}: is not written like C260331EUR12,30."
        raise StatementBroken(line=found.line, reason=reason)
    mark, day, currency, amount = match.groups()
    value = signed(amount_of(amount, found.line, ","), is_in=mark == "C")
    return BalanceAt(day_of(day, found.line), value), currency


def _joined(pages: list[_Mt940Page]) -> Iterator[ParsedStatement]:
    """Pages of one statement, at least one, become one. A page without its neighbours stays as it is."""
    parts: list[_Mt940Page] = []
    for page in pages:
        if parts and not _goes_on(parts[-1], page):
            yield _whole(parts)
            parts = []
        parts.append(page)
    yield _whole(parts)


def _whole(parts: list[_Mt940Page]) -> ParsedStatement:
    lines = numbered([line for page in parts for line in page.statement.lines])
    return replace(parts[-1].statement, opening=parts[0].opening, lines=lines)


def _goes_on(before: _Mt940Page, page: _Mt940Page) -> bool:
    """Whether it is the next page of the same statement. Raises `PagesDisagree` where one between them is missing."""
    ended, begins = before.statement, page.statement
    is_same = (ended.account, ended.number, ended.currency) == (begins.account, begins.number, begins.currency)
    if before.closes.tag != "62M" or page.opens.tag != "60M" or not is_same:
        return False
    if before.closing.amount != page.opening.amount:
        raise PagesDisagree(
            line=page.opens.line,
            number=begins.number,
            account=begins.account,
            opening=plain(page.opening.amount),
            closing=plain(before.closing.amount),
        )
    return True
