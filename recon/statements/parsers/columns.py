"""Which column of a bank's CSV is what, saved as JSON with the account. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from ledgerflow.files.dates import date_pattern
from ledgerflow.files.encodings import ENCODINGS
from ledgerflow.files.numbers import THOUSANDS
from recon.statements.errors import ColumnMapRefused

Column = str | int  # the name in the header, or the place from 1

COLUMNS = (
    "booking_date", "value_date", "amount", "debit", "credit", "sign", "currency", "bank_reference", "end_to_end",
    "customer_reference", "counterparty", "iban", "text", "balance", "fee", "net", "payout", "payout_date",
)  # fmt: skip
REFERENCES = ("bank_reference", "end_to_end", "customer_reference")
ROWS, TOTALS = "rows", "totals"
MAX_NAME = 100
MAX_PLACE = 500
MAX_ROWS = 1000
MAX_WORDS = 20
DELIMITERS = (",", ";", "\t", "|", ":", "^")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """How a bank writes its CSV.

    The amount is a signed column, or `debit` and `credit` (money out, money in), or an amount without a sign with a
    `sign` column that holds one of the words `money_out` where money went out. `skip_rows` stand before the header and
    `skip_last_rows` at the end. `balance` is what the account held after each line: it proves the file.

    A payment processor keeps a `fee` of the amount and pays out the rest, the `net`; `payout` is the id of the payout
    that a row is in, and `payout_date` its day. `payout_lines` says whether the rows of a payout are lines, or only
    their totals.
    """

    booking_date: Column
    value_date: Column | None = None
    amount: Column | None = None
    debit: Column | None = None
    credit: Column | None = None
    sign: Column | None = None
    money_out: tuple[str, ...] = ()
    currency: Column | None = None
    fixed_currency: str = ""
    bank_reference: Column | None = None
    end_to_end: Column | None = None
    customer_reference: Column | None = None
    counterparty: Column | None = None
    iban: Column | None = None
    text: Column | None = None
    balance: Column | None = None
    fee: Column | None = None
    net: Column | None = None
    payout: Column | None = None
    payout_date: Column | None = None
    payout_lines: str = ROWS
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal_mark: str = "."
    thousands_mark: str = ""
    date_format: str = "YYYY-MM-DD"
    skip_rows: int = 0
    skip_last_rows: int = 0
    has_header: bool = True

    def __post_init__(self) -> None:
        for name in COLUMNS:
            _check_column(name, getattr(self, name), needed=name == "booking_date")
        _check_choices(self)
        _check_amounts(self)
        _check_report(self)
        if not self.has_header and any(isinstance(getattr(self, name), str) for name in COLUMNS):
            _refuse("has_header", "columns are named, which takes a header; without one they are numbers from 1.")

    @property
    def is_report(self) -> bool:
        """Whether a row may make several lines: it is a processor's."""
        return self.fee is not None or self.payout is not None

    @property
    def payout_in(self) -> str:
        """The field of a line that holds the id of its payout: the first reference without a column, else the text."""
        return next((name for name in REFERENCES if getattr(self, name) is None), "text")

    @classmethod
    def from_dict(cls, saved: Any) -> ColumnMap:
        """The map out of its JSON. Raises `ColumnMapRefused` with a pointer to what is wrong."""
        if not isinstance(saved, dict):
            _refuse("", 'it is an object, such as {"booking_date": "Date", "amount": 3, "fixed_currency": "EUR"}.')
        known = {field.name for field in fields(cls)}
        for name in saved:
            if name not in known:
                _refuse("", f"there is no {str(name)[:40]!r} in it.")
        values = dict(saved)
        values.setdefault("booking_date", None)
        words = values.get("money_out", ())
        values["money_out"] = tuple(words) if isinstance(words, (list, tuple)) else words
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """JSON that `from_dict` reads back, without what is as it is by default."""
        found: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                found[field.name] = list(value) if isinstance(value, tuple) else value
        return found


def _refuse(name: str, reason: str) -> None:
    pointer = f"/{name}" if name else ""
    raise ColumnMapRefused(pointer=pointer, reason=f"{name}: {reason}" if name else reason)


def _check_column(name: str, column: object, *, needed: bool) -> None:
    if column is None and not needed:
        return
    is_name = isinstance(column, str) and 0 < len(column.strip()) <= MAX_NAME
    is_place = isinstance(column, int) and not isinstance(column, bool) and 1 <= column <= MAX_PLACE
    if not is_name and not is_place:
        _refuse(name, f"a column is its name in the header or its number, from 1 to {MAX_PLACE}.")


def _check_choices(columns: ColumnMap) -> None:
    for name, value, choices in (
        ("delimiter", columns.delimiter, DELIMITERS),
        ("decimal_mark", columns.decimal_mark, (".", ",")),
        ("thousands_mark", columns.thousands_mark, THOUSANDS),
        ("has_header", columns.has_header, (True, False)),
        ("payout_lines", columns.payout_lines, (ROWS, TOTALS)),
    ):
        if type(value) is not type(choices[0]) or value not in choices:
            _refuse(name, f"it is one of {', '.join(repr(choice) for choice in choices)}.")
    if columns.thousands_mark == columns.decimal_mark:
        _refuse("thousands_mark", "it is the mark of the decimals as well.")
    for name, refuses, wanted in (
        ("encoding", _no_encoding, "it is an alphabet such as utf-8, utf-16, cp1252 or iso-8859-15."),
        ("skip_rows", _no_rows, f"it is a whole number from 0 to {MAX_ROWS}."),
        ("skip_last_rows", _no_rows, f"it is a whole number from 0 to {MAX_ROWS}."),
        ("date_format", _no_format, "it is made of YYYY or YY, MM or M, and DD or D, such as DD.MM.YYYY."),
        ("money_out", _no_words, f'it is a list of at most {MAX_WORDS} words, such as ["D", "Debit"].'),
        ("fixed_currency", _no_currency, "it is a currency such as EUR."),
    ):
        if refuses(getattr(columns, name)):
            _refuse(name, wanted)


def _no_encoding(value: object) -> bool:
    return not isinstance(value, str) or value.lower() not in ENCODINGS


def _no_rows(value: object) -> bool:
    return type(value) is not int or not 0 <= value <= MAX_ROWS


def _no_format(value: object) -> bool:
    return not isinstance(value, str) or len(value) > MAX_NAME or date_pattern(value) is None


def _no_words(value: object) -> bool:
    if not isinstance(value, tuple) or len(value) > MAX_WORDS:
        return True
    return not all(isinstance(word, str) and 0 < len(word.strip()) <= MAX_NAME for word in value)


def _no_currency(value: object) -> bool:
    if value == "":
        return False
    return not isinstance(value, str) or re.fullmatch("[A-Z]{3}", value) is None


def _check_amounts(columns: ColumnMap) -> None:
    has_two = columns.debit is not None or columns.credit is not None
    if has_two == (columns.amount is not None):
        _refuse("amount", "it is either one column or the two columns debit and credit.")
    if has_two and (columns.debit is None or columns.credit is None):
        _refuse("credit" if columns.credit is None else "debit", "debit and credit go together.")
    if (columns.sign is not None) != bool(columns.money_out):
        _refuse("sign", "the column of the sign and the words money_out go together.")
    if has_two and columns.sign is not None:
        _refuse("sign", "debit and credit tell the direction already.")
    if (columns.currency is None) == (not columns.fixed_currency):
        _refuse("currency", "it is either a column or the fixed_currency of the account.")


def _check_report(columns: ColumnMap) -> None:
    if columns.net is not None and columns.fee is None:
        _refuse("net", "it is compared with the amount less the fee, so it needs the column of the fee.")
    if columns.net is not None and columns.sign is not None:
        _refuse("net", "it has a sign of its own, and so has the amount then: leave the column of the sign out.")
    for name, is_default in (
        ("payout_date", columns.payout_date is None),
        ("payout_lines", columns.payout_lines == ROWS),
    ):
        if columns.payout is None and not is_default:
            _refuse(name, "it is about payouts, so it needs the column of the payout.")
    if columns.payout is None:
        return
    if columns.balance is not None:
        _refuse("balance", "payouts are lines that the file does not have, so no balance follows from the one before.")
    for name in REFERENCES:
        if getattr(columns, name) == columns.payout:
            _refuse(name, "the payout is a reference on all its lines already: name another column, or none.")
