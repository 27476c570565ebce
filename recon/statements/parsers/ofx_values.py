"""Days and amounts of OFX. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from recon.statements.errors import StatementBroken
from recon.statements.parsers.values import amount_of, day_of, signed

# A day, perhaps a time, perhaps the zone it is told in. The day is taken as the bank wrote it, in that zone.
_MOMENT = re.compile(r"([0-9]{8})(?:[0-9]{4}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?\s*(?:\[[^\]]{0,40}\]?)?", re.ASCII)
_MONEY = re.compile(r"([+-]?)([0-9.,]+)", re.ASCII)
GROUP = 3


def day_of_ofx(text: str, line: int) -> date:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not a date such as 20260331120000[-5:EST].")
    return day_of(match[1], line)


def money_of_ofx(text: str, line: int) -> Decimal:
    """A signed amount with a decimal point, or with the decimal comma that some banks write."""
    match = _MONEY.fullmatch(text)
    if match is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not an amount such as -12.30.")
    sign, digits = match.groups()
    return signed(amount_of(_without_groups(digits), line), is_in=sign != "-")


def _without_groups(digits: str) -> str:
    """With both marks, the last one is that of the decimals. One mark alone is that of the decimals too."""
    mark = max(".,", key=digits.rfind)
    whole, _, decimals = digits.rpartition(mark) if mark in digits else (digits, "", "")
    other = "," if mark == "." else "."
    first, *groups = whole.split(other)
    if any(len(group) != GROUP for group in groups):
        return digits  # is refused by who reads it
    return f"{first}{''.join(groups)}.{decimals}"
