"""What numbers of a series look like. Pure.

`{number}` is the number, `{number:05}` with zeros to five digits, `{year}` the year in which the fiscal year ends.
"""

from __future__ import annotations

import re

MAX_PATTERN = 40
YEARLY, NEVER = "year", "never"
RESTARTS = (YEARLY, NEVER)
_PART = re.compile(r"\{(year|number(?::0([1-9]))?)\}", re.ASCII)
_WORDS = re.compile(r"[A-Za-z0-9 ._/-]*", re.ASCII)


def fault_of(pattern: str, restarts: str) -> str:
    """What is wrong with a pattern, "" for nothing."""
    names = [found.group(1).partition(":")[0] for found in _PART.finditer(pattern)]
    if not 1 <= len(pattern) <= MAX_PATTERN or _WORDS.fullmatch(_PART.sub("", pattern)) is None:
        return f"at most {MAX_PATTERN} letters, digits, blanks and . _ / - around {{year}} and {{number:05}}"
    if names.count("number") != 1 or names.count("year") > 1:
        return "with {number} once, and {year} at most once"
    if ("year" in names) != (restarts == YEARLY):
        return "with {year} where it restarts each year, and without where it never does"
    return ""


def written(pattern: str, year: int, number: int) -> str:
    """The number as people read it: INV-2026-00042."""

    def part(found: re.Match[str]) -> str:
        return str(year) if found.group(1) == "year" else str(number).zfill(int(found.group(2) or 1))

    return _PART.sub(part, pattern)
