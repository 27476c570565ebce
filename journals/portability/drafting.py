"""From rows to drafts of journals: one-line transfers, or many rows grouped by a column. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any

import msgspec

from journals.drafts import MAX_DESCRIPTION, MAX_LINES, Draft, Line, check, transfer_lines
from journals.portability.errors import (
    DebitOrCreditNeeded,
    KeyColumnEmpty,
    PostingDateRefused,
    SideUnknown,
    TooManyLines,
)
from journals.portability.imported import ORIGIN_FIELDS, Reversing, origin_of
from ledgerflow.books.idempotency import CLIENT
from ledgerflow.core.errors import LedgerError, Malformed
from ledgerflow.core.money import CONTEXT, ZERO, parse_amount, parse_signed, plain, quantum
from ledgerflow.files.columns import bind, column_index
from ledgerflow.files.items import Item, check_cells, grouped, read_date, read_metadata, same_for_all, start_date_of
from ledgerflow.files.layout import LayoutOptions
from ledgerflow.files.numbers import PLAIN, Numbers
from ledgerflow.files.problems import OptionProblem
from ledgerflow.files.rows import FileRow

JOURNAL_FIELDS = frozenset({"date", "description", "reference", "key", "metadata"})
TRANSFER_FIELDS = JOURNAL_FIELDS | {"debit_account", "credit_account", "amount", "currency"}
LINE_FIELDS = JOURNAL_FIELDS | ORIGIN_FIELDS | {
    "account", "amount", "side", "debit", "credit", "currency", "line_description",
}  # fmt: skip
ISSUER = "imports"
AMOUNTS = frozenset({"amount", "debit", "credit"})
SIDES = {
    "debit": 1, "d": 1, "dr": 1, "soll": 1, "s": 1,
    "credit": -1, "c": -1, "cr": -1, "haben": -1, "h": -1,
}  # fmt: skip

# How hledger gives a posting a date of its own, in its comment: as a tag, or in brackets (its manual, "Posting dates").
# What stands after "=" is the secondary date, which moves no balance unless it is asked for.
_POSTING_DATE = re.compile(
    r"(?<![^\s,;])date:[ \t]*([0-9][0-9./-]*)|\[([0-9]+[./-][0-9./-]*)(?:=[0-9./-]+)?\]", re.ASCII
)
_HALF_EVEN = Context(prec=CONTEXT.prec, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_NOTHING = re.compile(r"(?:0+(?:\.0*)?)?", re.ASCII)

Naming = Callable[[str, str], tuple[str, str]]


class JournalOptions(LayoutOptions, frozen=True):
    """Everything that decides what a file's rows mean; an import goes on only with the same."""

    format: str = "csv"
    group_by: str = ""
    start_date: str = ""
    advance: bool = False
    confirm_unusual_dates: bool = False
    post_again: bool = False
    actor: str = "import"
    open_accounts: bool = False
    types: dict[str, str] = {}
    default_type: str = "asset"
    commodities: dict[str, str] = {}
    slash: str = ""
    rounding_account: str = ""
    rounding_tolerance: str = "0"
    posting_dates: str = "refuse"
    again: int = 0  # how often imports of the same file were undone before: its rows have other keys each time


def fields_of(options: JournalOptions) -> frozenset[str]:
    """The fields that the rows of a file with these options may have."""
    return LINE_FIELDS if options.group_by else TRANSFER_FIELDS


def key_start(file_hash: str) -> str:
    """What the keys of all journals begin with that come from this file and have none of their own."""
    return f"import:{file_hash[:32]}:"


def unchanged_names(account: str, currency: str) -> tuple[str, str]:
    """The naming of a CSV file: codes are our codes."""
    return account, currency


class Drafting:
    """Turns the rows of one file into items. Raises `OptionProblem` when the options do not fit the header.

    Where `minor_units` has a currency, amounts that are finer are rounded to it, line by line.
    """

    def __init__(
        self,
        header: Sequence[str],
        options: JournalOptions,
        file_hash: str,
        naming: Naming = unchanged_names,
        numbers: Numbers = PLAIN,
        minor_units: Mapping[str, int] | None = None,
    ) -> None:
        self._fields = bind(header, options.columns, options.constants, fields_of(options))
        self._mapped = self._fields([""] * len(header)).keys()
        self._check_shape(options)
        self._header = header
        self._group_column = column_index(header, options.group_by) if options.group_by else -1
        self._options = options
        self._numbers = numbers
        self._start = start_date_of(options.start_date)
        self._tolerance = parse_signed(options.rounding_tolerance)
        self._key = key_start(file_hash) + (f"again{options.again}:" if options.again else "")
        self._naming = naming
        self._minor_units = minor_units or {}
        self._is_hledger = options.format == "hledger"
        self._has_origin = not self._mapped.isdisjoint(ORIGIN_FIELDS)

    def items(self, rows: Iterable[FileRow]) -> Iterator[Item[Draft]]:
        """One item per transfer or group, in the order of the file."""
        if self._group_column < 0:
            return (self.item([row], whole=True) for row in rows)
        return (self.item(*group) for group in grouped(rows, self._group_column, MAX_LINES))

    def item(self, rows: list[FileRow], whole: bool) -> Item[Draft]:  # noqa: FBT001 - a `Group`
        """The item of the rows of one journal."""
        row, after = rows[0].number, rows[-1].number + 1
        raw = [one.cells for one in rows]
        try:
            if not whole:
                raise TooManyLines(pointer="/lines", most=MAX_LINES)
            return Item(row, after, raw, wanted=check(self._draft(rows)))
        except LedgerError as refusal:
            return Item(row, after, raw, refusal=refusal)

    def _draft(self, rows: list[FileRow]) -> Draft:
        for row in rows:
            check_cells(row, self._header)
        fields = [self._fields(row.cells) for row in rows]
        of_journal = {
            name: same_for_all([one[name] for one in fields], name)
            for name in self._mapped
            if name in JOURNAL_FIELDS or name in ORIGIN_FIELDS or name.startswith("metadata.")
        }
        transfer = self._group_column < 0
        lines = self._transfer(fields[0]) if transfer else tuple(self._lines(fields))
        key = of_journal.get("key")
        if key == "":
            raise KeyColumnEmpty
        values: dict[str, Any] = {
            "key": key or f"{self._key}{rows[0].number}",
            "issuer": CLIENT if key else ISSUER,  # keys in the file are the caller's own
            "lines": lines,
            "kind": "transfer" if transfer else "manual",
            "effective_date": read_date(of_journal.get("date", ""), self._start, self._options.date_format),
            "description": of_journal.get("description", ""),
            "external_reference": of_journal.get("reference", ""),
            "metadata": read_metadata(of_journal),
            "advance_business_date": self._options.advance,
            "confirm_unusual_date": self._options.confirm_unusual_dates,
            "actor": self._options.actor,
        }
        if not self._has_origin:
            return Draft(**values)
        origin = origin_of(of_journal, lines, values["metadata"])
        values |= origin._asdict()
        del values["reverses_key"]
        if not origin.reverses_key:
            return Draft(**values)
        return Reversing(**values, reverses_key=origin.reverses_key)

    def _transfer(self, fields: dict[str, str]) -> tuple[Line, ...]:
        amount = parse_amount(self._plain(fields["amount"]), "/amount")
        lines = transfer_lines(fields["debit_account"], fields["credit_account"], amount)
        extra: dict[str, Any] = {"currency": fields.get("currency", ""), "dimensions": _dimensions(fields)}
        if any(extra.values()):
            return tuple(msgspec.structs.replace(line, **extra) for line in lines)
        return lines

    def _lines(self, fields: list[dict[str, str]]) -> Iterator[Line]:
        totals: dict[str, Decimal] = {}
        for one in fields:
            account, currency = self._naming(one["account"], one.get("currency", ""))
            amount = self._amount(one)
            if currency in self._minor_units:
                amount = rounded(amount, self._minor_units[currency])
            if self._is_hledger:
                self._check_posting_date(one)
                if not amount:
                    continue  # hledger allows postings of nothing; they change no balance
            totals[currency] = CONTEXT.add(totals.get(currency, ZERO), amount)
            text = one.get("line_description", "")
            if self._is_hledger and len(text) > MAX_DESCRIPTION:
                text = text[: MAX_DESCRIPTION - 1] + "…"  # comments: no reason to refuse money
            yield Line(account, amount, currency, text, _dimensions(one))
        if self._options.rounding_account:
            yield from self._residuals(totals)

    def _residuals(self, totals: dict[str, Decimal]) -> Iterator[Line]:
        for currency, total in totals.items():
            if 0 < total.copy_abs() <= self._tolerance:
                account, _ = self._naming(self._options.rounding_account, currency)
                yield Line(account, total.copy_negate(), currency, "Rounding")

    def _amount(self, fields: dict[str, str]) -> Decimal:
        """Signed, debit positive."""
        if "debit" in self._mapped:
            both = [(name, self._plain(fields[name])) for name in ("debit", "credit")]
            sides = [(name, text) for name, text in both if not _NOTHING.fullmatch(text)]
            if len(sides) != 1:
                raise DebitOrCreditNeeded(pointer="/amount")
            ((side, text),) = sides
            return parse_amount(text, "/amount") * SIDES[side]
        if "side" in self._mapped:
            side = fields["side"].lower()
            if side not in SIDES:
                raise SideUnknown(pointer="/side", side=fields["side"][:20])
            return parse_amount(self._plain(fields["amount"]), "/amount") * SIDES[side]
        if self._is_hledger:
            return hledger_amount(fields["amount"])
        return parse_signed(self._plain(fields["amount"]), "/amount")

    def _plain(self, text: str) -> str:
        return self._numbers.plain(text, "/amount")

    def _check_posting_date(self, fields: dict[str, str]) -> None:
        own = posting_date(fields["line_description"], fields["date"])
        if own != fields["date"] and self._options.posting_dates == "refuse":
            raise PostingDateRefused(pointer="/lines", account=fields["account"][:50], date=own, day=fields["date"])

    def _check_shape(self, options: JournalOptions) -> None:
        mapped = self._mapped
        if options.group_by:
            amounts = {"debit", "credit"} if mapped & {"debit", "credit"} else {"amount"}
            needed = {"account", *amounts}
            hint = "map account, and amount (with side, or signed) or debit and credit"
        else:
            needed = {"debit_account", "credit_account", "amount"}
            hint = "map debit_account, credit_account and amount, or group rows by a column with --group-by"
        missing = sorted(needed - mapped)
        if missing:
            message = f"Nothing says where {', '.join(missing)} comes from: {hint}."
            raise OptionProblem(message)
        if "reverses" in mapped and "key" not in mapped:
            message = "The column reverses holds keys of other rows: map key as well."
            raise OptionProblem(message)
        if mapped & {"debit", "credit"} and mapped & {"amount", "side"}:
            message = "Map debit and credit, or amount (with side, or signed), not both."
            raise OptionProblem(message)


def hledger_amount(text: str) -> Decimal:
    """A number as `hledger -O csv` writes it: no digit groups, a point or a comma for the decimals."""
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return parse_signed(text, "/amount")


def rounded(amount: Decimal, minor_units: int) -> Decimal:
    """The nearest amount that the currency has, of two that are as near the even one."""
    return CONTEXT.plus(_HALF_EVEN.quantize(amount, quantum(minor_units)))


def posting_date(comment: str, day: str) -> str:
    """The date that a posting's comment gives it, as ISO 8601; `day`, the transaction's, where it gives none.

    A date without a year is of the transaction's year.
    """
    for tagged, bracketed in _POSTING_DATE.findall(comment):
        parts = re.split(r"[./-]", tagged or bracketed)
        try:
            year, month, number = map(int, [day[:4], *parts][-3:])
            return str(date(year, month, number))
        except ValueError:
            continue  # a remark that only looks like one
    return day


def rounding_options(account: str, tolerance: str) -> tuple[str, str]:
    """Checked `--rounding-account` and `--rounding-tolerance`. Raises `OptionProblem`."""
    try:
        limit = parse_signed(tolerance)
    except Malformed as error:
        message = f"--rounding-tolerance: {error.message}"
        raise OptionProblem(message) from error
    if limit < 0 or bool(limit) != bool(account):
        message = "--rounding-account and a positive --rounding-tolerance go together."
        raise OptionProblem(message)
    return account, plain(limit)


def _dimensions(fields: dict[str, str]) -> dict[str, str] | None:
    return {
        name.removeprefix("dimension."): text for name, text in fields.items() if text and name.startswith("dimension.")
    } or None
