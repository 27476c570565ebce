"""Dates as a file writes them, by a format such as DD.MM.YYYY. Pure."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

ISO = "YYYY-MM-DD"
SWIFT_CENTURY = 80  # the rule of SWIFT for years of two digits: 80 to 99 are of the last century

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
_COMMON = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})", re.ASCII)


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


def year_of(two_digits: int) -> int:
    return two_digits + (1900 if two_digits >= SWIFT_CENTURY else 2000)


def day_of_match(match: re.Match[str]) -> date | None:
    """The day that a pattern found, or None where there is no such day."""
    year = match["year"]
    return _day(int(year) if len(year) > 2 else year_of(int(year)), int(match["month"]), int(match["day"]))  # noqa: PLR2004 - two digits


def possible_readings(text: str) -> dict[str, date] | None:
    """The day by each format that people write such a text in; None for what is no date at all in any of them."""
    match = _COMMON.fullmatch(text)
    if match is None:
        return None
    first, mark, second, years = int(match[1]), match[2], int(match[3]), match[4]
    year = int(years) if len(years) > 2 else year_of(int(years))  # noqa: PLR2004 - two digits
    wide = len(match[1]) == len(match[3]) == 2  # noqa: PLR2004 - two digits
    day, month = ("DD", "MM") if wide else ("D", "M")
    written = "Y" * len(years)
    found = {
        f"{day}{mark}{month}{mark}{written}": _day(year, second, first),
        f"{month}{mark}{day}{mark}{written}": _day(year, first, second),
    }
    return {date_format: one for date_format, one in found.items() if one is not None}


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
