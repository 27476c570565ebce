"""OFX: version 1 in SGML, whose values need no closing tags, and version 2 in XML. Pure.

OFX tells the balance at the end and none at the beginning, so its statements are never proven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from html import unescape

from recon.statements.errors import StatementBroken, StatementTooLarge
from recon.statements.parsers.ofx_values import day_of_ofx, money_of_ofx
from recon.statements.parsers.shapes import BalanceAt, ParsedFile, ParsedLine, ParsedStatement, StatementCount
from recon.statements.parsers.texts import (
    MAX_NAME,
    MAX_RAW,
    MAX_REFERENCE,
    MAX_TEXT,
    clean,
    decoded,
    decoded_as,
    iban,
    reference,
)
from recon.statements.parsers.values import currency_of
from recon.statements.parsers.xml import MAX_ALL_ELEMENTS, Element, read_xml

STATEMENTS = frozenset({"STMTRS", "CCSTMTRS"})
# The groups of values that are read; a value belongs to the innermost of them that is open.
GROUPS = frozenset({
    *STATEMENTS, "BANKACCTFROM", "CCACCTFROM", "STMTTRN", "PAYEE", "BANKACCTTO", "CCACCTTO", "CURRENCY", "ORIGCURRENCY",
    "LEDGERBAL", "AVAILBAL", "BALLIST", "BANKTRANLIST", "BANKTRANLISTP", "STMTTRNP",
})  # fmt: skip
MAX_VALUES = 200  # of one group

_TOKEN = re.compile(r"<(/?)([A-Za-z0-9._]{1,40})(?:\s[^<>]*)?(/?)>([^<]*)")
_CHARSET = re.compile(r"^CHARSET:\s*([A-Za-z0-9-]{1,20})\s*$", re.MULTILINE)
_ROOT = re.compile(r"<OFX\s*>", re.IGNORECASE)


def is_ofx(head: str) -> bool:
    return head.lstrip().startswith(("OFXHEADER", "<")) and _ROOT.search(head) is not None


def read_ofx(data: bytes) -> ParsedFile:
    """All statements of accounts and of cards. Raises `StatementRefused`."""
    reader = _OfxReader()
    if data.lstrip().startswith((b"<?xml", b"\xef\xbb\xbf<?xml")):
        read_xml(data, reader.element, starts=reader.begin)
    else:
        _read_sgml(data, reader)
    if not reader.statements:
        raise StatementBroken(line=1, reason="The file holds no statement of an account or a card.")
    return ParsedFile("ofx", tuple(reader.statements))


def _read_sgml(data: bytes, reader: _OfxReader) -> None:
    text = _text(data)
    root = _ROOT.search(text)
    line, place, is_whole = 1, 0, False
    for count, token in enumerate(_TOKEN.finditer(text, root.start() if root else 0)):
        if count > MAX_ALL_ELEMENTS:
            raise StatementTooLarge(most=MAX_ALL_ELEMENTS, unit="elements")
        line += text.count("\n", place, token.start())
        place = token.start()
        closes, name, is_empty, value = token.groups()
        name = name.upper()
        if closes:
            reader.end(name, line)
            is_whole = is_whole or name == "OFX"
        elif name in GROUPS:
            reader.begin(name, line)
        elif not is_empty:
            reader.value(name, unescape(value[:MAX_RAW]).strip(), line)
    if not is_whole:
        raise StatementBroken(line=line, reason="The file ends without </OFX>, so its end is missing.")
    reader.finish(line)


def _text(data: bytes) -> str:
    """In the character set of the header, where it names one that is read here."""
    charset = _CHARSET.search(data[:1000].decode("latin-1").replace("\r", "\n"))
    if charset and charset[1].isdigit() and b"ENCODING:USASCII" in data[:1000]:
        return decoded_as(data, f"cp{charset[1]}") if charset[1] in {"1250", "1251", "1252"} else decoded(data)
    return decoded(data)


@dataclass
class _OfxDraft:
    account: str = ""
    currency: str = ""
    closing: BalanceAt | None = None
    lines: list[ParsedLine] = field(default_factory=list)


@dataclass
class _OfxGroup:
    """A group of values that is open. `first` is its line."""

    name: str
    first: int
    values: dict[str, str] = field(default_factory=dict)
    raw: list[str] = field(default_factory=list)


class _OfxReader:
    def __init__(self) -> None:
        self.statements: list[ParsedStatement] = []
        self._draft: _OfxDraft | None = None
        self._open: list[_OfxGroup] = []
        self._count = StatementCount()

    def element(self, element: Element, _around: Sequence[str], _raw: bytes) -> bool:
        """An element of XML that ended."""
        name = element.name.upper()
        if name in GROUPS:
            self.end(name, element.line)
        elif element.text.strip():
            self.value(name, element.text.strip()[:MAX_RAW], element.line)
        return True

    def begin(self, name: str, line: int) -> None:
        name = name.upper()
        if name not in GROUPS:
            return
        # A transaction holds no other one: the closing tag of the one before is missing.
        if name == "STMTTRN" and any(group.name == name for group in self._open):
            self.end(name, line)
        if name in STATEMENTS:
            self.finish(line)
            self._draft = _OfxDraft()
        self._open.append(_OfxGroup(name, line))
        if len(self._open) > len(GROUPS):
            raise StatementBroken(line=line, reason="The groups of values are nested too deep.")

    def finish(self, line: int) -> None:
        """Close all that is open."""
        if self._open:
            self.end(self._open[0].name, line)

    def value(self, name: str, text: str, _line: int) -> None:
        if self._open and len(self._open[-1].raw) < MAX_VALUES:
            self._open[-1].values.setdefault(name, text)
            self._open[-1].raw.append(f"<{name}>{text}")

    def end(self, name: str, line: int) -> None:
        """Close the group and what is still open in it. A closing tag of what is not open is passed over."""
        if all(group.name != name for group in self._open):
            return
        while True:
            group = self._open.pop()
            self._take(group, line)
            if group.name == name:
                return

    def _take(self, group: _OfxGroup, line: int) -> None:
        draft = self._draft
        if draft is None:
            return
        around = self._open[-1] if self._open else group
        match group.name:
            case "STMTRS" | "CCSTMTRS":
                draft.currency = group.values.get("CURDEF", "")
                self._end_statement(draft, line)
            case "BANKACCTFROM" | "CCACCTFROM":
                draft.account = clean(group.values.get("ACCTID", ""), MAX_REFERENCE)
            case "LEDGERBAL":
                day = day_of_ofx(group.values.get("DTASOF", ""), group.first)
                draft.closing = BalanceAt(day, money_of_ofx(group.values.get("BALAMT", ""), group.first))
            case "STMTTRN":
                self._count.add_line()
                draft.lines.append(_line(len(draft.lines) + 1, group))
            case "PAYEE" | "BANKACCTTO" | "CCACCTTO" | "CURRENCY" if len(around.raw) < MAX_VALUES:
                around.values.update({f"{group.name}.{key}": text for key, text in group.values.items()})
                around.raw += group.raw

    def _end_statement(self, draft: _OfxDraft, line: int) -> None:
        self._draft = None
        self._count.add_statement()
        currency = currency_of(draft.currency, line)
        lines = tuple(_in_currency(draft.lines, currency))
        self.statements.append(
            ParsedStatement(draft.account, currency, "", None, draft.closing, lines, is_proven=False)
        )


def _in_currency(lines: list[ParsedLine], currency: str) -> Iterator[ParsedLine]:
    for line in lines:
        yield line if line.currency else replace(line, currency=currency)


def _line(number: int, group: _OfxGroup) -> ParsedLine:
    values, first = group.values, group.first
    currency = values.get("CURRENCY.CURSYM", "")
    available: date | None = day_of_ofx(values["DTAVAIL"], first) if values.get("DTAVAIL") else None
    return ParsedLine(
        number=number,
        booking_date=day_of_ofx(values.get("DTPOSTED", ""), first),
        value_date=available,
        amount=money_of_ofx(values.get("TRNAMT", ""), first),
        currency=currency_of(currency, first) if currency else "",
        bank_reference=reference(values.get("FITID", "")),
        end_to_end="",
        customer_reference=reference(values.get("CHECKNUM", "")) or reference(values.get("REFNUM", "")),
        counterparty=clean(values.get("NAME") or values.get("PAYEE.NAME", ""), MAX_NAME),
        iban=iban(values.get("BANKACCTTO.ACCTID", "")),
        text=clean(values.get("MEMO", ""), MAX_TEXT),
        raw=clean(" ".join(group.raw), MAX_RAW),
    )
