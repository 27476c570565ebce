"""Dates as a CSV writes them, by a format such as DD.MM.YYYY. Pure."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from recon.statements.errors import StatementBroken
from recon.statements.parsers.values import made, year_of

_PARTS = {
    "YYYY": ("year", r"(?P<year>[0-9]{4})"),
    "YY": ("year", r"(?P<year>[0-9]{2})"),
    "MM": ("month", r"(?P<month>[0-9]{2})"),
    "M": ("month", r"(?P<month>[0-9]{1,2})"),
    "DD": ("day", r"(?P<day>[0-9]{2})"),
    "D": ("day", r"(?P<day>[0-9]{1,2})"),
}
_SPLIT = re.compile(r"(YYYY|YY|MM|M|DD|D)")
# Between the parts, and nothing else: a letter would be one of a format that is not known here, such as HH.
_BETWEEN = re.compile(r"[ ./,-]{0,3}", re.ASCII)
_TIME = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}[0-9:.,]*(?:\s?[AaPp][Mm])?(?:Z|\s?[+-][0-9:]{2,6})?)?"


@cache
def date_pattern(date_format: str) -> re.Pattern[str] | None:
    """The pattern of a format, or None where it is none. A time behind the date is passed over."""
    pieces = _SPLIT.split(date_format)
    names, pattern = [], ""
    for place, piece in enumerate(pieces):
        if place % 2:
            name, part = _PARTS[piece]
            names.append(name)
            pattern += part
        elif _BETWEEN.fullmatch(piece) is None:
            return None
        else:
            pattern += re.escape(piece)
    return re.compile(pattern + _TIME, re.ASCII) if sorted(names) == ["day", "month", "year"] else None


def day_by(pattern: re.Pattern[str], text: str, line: int, date_format: str) -> date:
    """Raises `StatementBroken` for another way to write a date, and for a day that there is not."""
    match = pattern.fullmatch(text)
    if match is None:
        raise StatementBroken(line=line, reason=f"{text[:40]!r} is not a date written {date_format}.")
    year = match["year"]
    return made(
        int(year) if len(year) > 2 else year_of(int(year)),  # noqa: PLR2004 - two digits
        int(match["month"]),
        int(match["day"]),
        text,
        line,
    )
