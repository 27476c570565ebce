"""Amounts as files of many countries write them: marks of decimals and of thousands, parentheses, minus. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from ledgerflow.files.errors import CellRefused
from ledgerflow.files.problems import FileProblem, OptionProblem

POINT, COMMA = ".", ","
NAMES = {POINT: "a decimal point", COMMA: "a decimal comma"}
OTHER = {POINT: COMMA, COMMA: POINT}
THOUSANDS = ("", ".", ",", " ", "'", "’")  # noqa: RUF001 - Swiss banks write this apostrophe
_FAST = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_BLANKS = re.compile(r"[\s\u00a0\u202f]+")
_SIGNED = re.compile(r"(?P<before>[-+−(]?)(?P<digits>[^-+−()]+)(?P<after>[-+−)]?)")  # noqa: RUF001 - the true minus
_SIGNS = frozenset({"", "+", "-", "−", "()"})  # noqa: RUF001 - the true minus
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_GROUPED = re.compile(r"[0-9]{1,3}(?:([., '’])[0-9]{3})(?:\1[0-9]{3})*", re.ASCII)  # noqa: RUF001
_NEUTRAL = re.compile(r"[ '’]")  # noqa: RUF001 - groups that tell nothing of the decimals


class Numbers(NamedTuple):
    """How a file writes numbers; `thousands` None takes any mark between groups of three but that of the decimals."""

    decimal_mark: str = POINT
    thousands: str | None = None
    why: str = ""

    def plain(self, text: str, pointer: str = "") -> str:
        """`-1234.56` for what a file writes as (1.234,56) or 1'234.56-; "" for "". Raises `CellRefused`."""
        if not text or (self.decimal_mark == POINT and _FAST.fullmatch(text)):
            return text
        taken = taken_apart(text)
        whole, mark, decimals = taken[1].partition(self.decimal_mark) if taken else ("", "", "")
        whole = without_groups(whole, self.thousands, self.decimal_mark)
        if taken is None or not _DIGITS.fullmatch(whole) or (mark and not _DIGITS.fullmatch(decimals)):
            example = "1,234.56" if self.decimal_mark == POINT else "1.234,56"
            wanted = f"an amount with {NAMES[self.decimal_mark]}, such as {example}"
            raise CellRefused(pointer=pointer, text=text[:50], wanted=wanted)
        return f"{'-' if taken[0] else ''}{whole}{'.' if mark else ''}{decimals}"


PLAIN = Numbers()


def taken_apart(text: str) -> tuple[bool, str] | None:
    """Whether an amount is below zero, and its digits with their marks: of -1, 1-, (1) and +1. None for no amount."""
    match = _SIGNED.fullmatch(_BLANKS.sub(" ", text).strip())
    signs = match["before"] + match["after"] if match else ""
    if match is None or signs not in _SIGNS:
        return None
    return signs not in {"", "+"}, match["digits"].strip()


def without_groups(whole: str, thousands: str | None, decimal_mark: str = "") -> str:
    """Digits without the marks between their groups; what is not grouped as it should be stays as it is."""
    if thousands is None:
        match = _GROUPED.fullmatch(whole)
        return whole.replace(match[1], "") if match and match[1] != decimal_mark else whole
    if thousands and _grouped_by(thousands).fullmatch(whole):
        return whole.replace(thousands, "")
    return whole


@cache
def _grouped_by(mark: str) -> re.Pattern[str]:
    """Groups of three, and before the last one of two, as in India."""
    mark = re.escape(mark)
    return re.compile(rf"[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}", re.ASCII)


def said_numbers(decimal_mark: str, thousands: str) -> Numbers | None:
    """What a person says of them, or None where he says nothing. Raises `OptionProblem`."""
    if decimal_mark not in {"", POINT, COMMA}:
        message = f"The decimal mark is '.' or ',', not {decimal_mark!r}."
        raise OptionProblem(message)
    if thousands not in THOUSANDS:
        message = f"The mark of thousands is one of {', '.join(map(repr, THOUSANDS[1:]))}, not {thousands!r}."
        raise OptionProblem(message)
    if thousands and thousands == decimal_mark:
        message = f"{thousands!r} cannot stand before the decimals and between thousands."
        raise OptionProblem(message)
    if not decimal_mark and thousands in OTHER:
        decimal_mark = OTHER[thousands]
    return Numbers(decimal_mark, thousands or None, "as you say") if decimal_mark else None


def found_numbers(amounts: Iterable[tuple[int, str]], thousands: str = "") -> Numbers:
    """What all amounts of a file together say, each with its line.

    Raises `FileProblem` where one of them can be read in two ways and no other tells which, and where they differ.
    """
    seen: dict[str, tuple[int, str]] = {}
    for line, text in amounts:
        if POINT in text or COMMA in text:
            mark = evidence(text)
            if mark and mark not in seen:
                seen[mark] = (line, text[:50])
    if POINT in seen and COMMA in seen:
        shown = " and ".join(f"{seen[mark][1]!r} on line {seen[mark][0]} has {NAMES[mark]}" for mark in (POINT, COMMA))
        message = f"The amounts of this file differ: {shown}. Say which is meant with --decimal-mark."
        raise FileProblem(message)
    for mark in (POINT, COMMA):
        if mark in seen:
            line, text = seen[mark]
            return Numbers(mark, thousands or None, f"{text!r} on line {line} tells it")
    if "?" in seen:
        line, text = seen["?"]
        both = ", and ".join(f"{Numbers(mark).plain(text)} with {NAMES[mark]}" for mark in (POINT, COMMA))
        message = f"{text!r} on line {line} is {both}, and no amount of this file tells which: say --decimal-mark."
        raise FileProblem(message)
    return Numbers(POINT, thousands or None, "no amount has a mark that could be one of decimals")


def evidence(text: str) -> str:
    """The decimal mark that an amount proves, "?" where it may be of thousands as well, "" where it says nothing."""
    taken = taken_apart(text)
    digits = taken[1] if taken else ""
    bare = _NEUTRAL.sub("", digits)
    marks = [character for character in bare if character in OTHER]
    if not marks or not _DIGITS.fullmatch(bare.replace(POINT, "").replace(COMMA, "")):
        return ""
    last = marks[-1]
    whole, _, decimals = bare.rpartition(last)
    if len(marks) == 1:
        could_be_groups = bare == digits and len(decimals) == 3 and len(whole) <= 3 and whole[:1] not in {"", "0"}  # noqa: PLR2004 - groups
        return "?" if could_be_groups else last
    if last in marks[:-1]:
        return OTHER[last] if set(marks) == {last} and _GROUPED.fullmatch(bare) else ""
    return last if without_groups(whole, OTHER[last]) != whole else ""
