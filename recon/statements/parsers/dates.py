"""Dates as a CSV writes them, by a format such as DD.MM.YYYY. Pure."""

from __future__ import annotations

import re
from datetime import date

from ledgerflow.core.dates import is_bookable
from ledgerflow.files.dates import day_of_match
from recon.statements.errors import StatementBroken


def day_by(pattern: re.Pattern[str], text: str, line: int, date_format: str) -> date:
    """Raises `StatementBroken` for another way to write a date, and for a day that there is not."""
    match = pattern.fullmatch(text)
    if match is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not a date written {date_format}.")
    found = day_of_match(match)
    if found is None or not is_bookable(found):
        raise StatementBroken(line=line, reason=f"There is no day {text[:40]!r}.")
    return found
