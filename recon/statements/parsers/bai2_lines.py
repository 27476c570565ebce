"""A record of BAI2, and the line that a record 16 is. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ledgerflow.core.money import CONTEXT, ZERO
from recon.statements.errors import StatementBroken
from recon.statements.parsers.shapes import ParsedLine
from recon.statements.parsers.texts import MAX_RAW, MAX_TEXT, clean, reference
from recon.statements.parsers.values import day_of, signed

# Codes of kinds of lines: the standard's credits and debits, and those that a bank may give a meaning of its own.
CREDITS = (range(100, 400), range(920, 960))
DEBITS = (range(400, 700), range(960, 1000))
NOT_MONEY = 890

_AMOUNT = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_KIND = re.compile(r"[0-9]{3}", re.ASCII)
_DAYS = re.compile(r"[0-9]{1,2}", re.ASCII)


class Bai2Record(NamedTuple):
    """A record and its continuations, without their codes. `line` is where it begins."""

    kind: str
    line: int
    parts: list[str]

    def cells(self) -> list[str]:
        """The fields. A slash ends what is written on a line, and the continuation goes on with the next field."""
        return [cell.strip() for part in self.parts for cell in part.rstrip().removesuffix("/").split(",")]


def smallest_units(text: str, line: int) -> Decimal:
    """A whole number of cents, with or without a sign."""
    if _AMOUNT.fullmatch(text) is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not an amount in the smallest units, such as 1230.")
    return Decimal(text) + ZERO


def skip_funds(cells: list[str], place: int, line: int) -> int:
    """The place after the type of funds at `place` and what belongs to it."""
    kind = cells[place] if place < len(cells) else ""
    if kind == "S":
        return place + 4
    if kind == "V":
        return place + 3
    if kind == "D":
        days = cells[place + 1] if place + 1 < len(cells) else ""
        if _DAYS.fullmatch(days) is None:
            raise StatementBroken(line=line, reason=f"{days[:40]!r} is not a number of days of funds of type D.")
        return place + 2 + 2 * int(days)
    if kind not in {"", "0", "1", "2", "Z"}:
        raise StatementBroken(line=line, reason=f"{kind[:40]!r} is no type of funds: 0, 1, 2, S, V, D or Z.")
    return place + 1


def line_of(number: int, record: Bai2Record, day: date, currency: str, units: int) -> tuple[ParsedLine | None, Decimal]:
    """The line of a record 16, None where it moves no money, and its amount as the control total counts it."""
    cells = record.cells()
    kind = cells[0]
    if _KIND.fullmatch(kind) is None:
        raise StatementBroken(line=record.line, reason=f"{kind[:40]!r} is no type of a line, which has three digits.")
    told = cells[1] if len(cells) > 1 else ""
    amount = smallest_units(told, record.line) if told else ZERO
    if int(kind) == NOT_MONEY:
        return None, amount
    if not told or amount < 0:
        raise StatementBroken(line=record.line, reason="A line has an amount without a sign: its type tells which way.")
    after = skip_funds(cells, 2, record.line)
    is_dated = cells[2:3] == ["V"] and len(cells) > 3 and cells[3]  # noqa: PLR2004 - the place of the date
    texts = _text(record, after + 2)
    line = ParsedLine(
        number=number,
        booking_date=day,
        value_date=day_of(cells[3], record.line) if is_dated else None,
        amount=CONTEXT.scaleb(signed(amount, is_in=_is_in(int(kind), record.line)), -units),
        currency=currency,
        bank_reference=reference(cells[after]) if after < len(cells) else "",
        end_to_end="",
        customer_reference=reference(cells[after + 1]) if after + 1 < len(cells) else "",
        counterparty="",
        iban="",
        text=clean(texts, MAX_TEXT),
        raw=clean(f"16,{' '.join(record.parts)}", MAX_RAW),
    )
    return line, amount


def _is_in(kind: int, line: int) -> bool:
    if any(kind in kinds for kinds in CREDITS):
        return True
    if any(kind in kinds for kinds in DEBITS):
        return False
    raise StatementBroken(line=line, reason=f"The type {kind:03d} is neither that of a credit nor that of a debit.")


def _text(record: Bai2Record, place: int) -> str:
    """The last field, which may hold commas and slashes, and goes on as it is on the lines that continue it."""
    texts = []
    for part in record.parts:
        cells = part.rstrip().split(",")
        if place <= 0:
            texts.append(part)
        elif place < len(cells):
            texts.append(",".join(cells[place:]))
        place -= len(cells)
    return " ".join(text.rstrip().removesuffix("/") for text in texts)
