r"""Patterns of texts: a part of regular expressions that takes no longer for any text. Pure.

A pattern is a row of characters, `.` for any of them, `\d` for a digit, or a class such as `[A-Z0-9_-]` or `[^/]`,
each with `?`, `*`, `+`, `{3}` or `{1,5}` behind it. There are no groups and no alternatives. Such a pattern is matched
against the whole text, by following all positions that can be reached at once: a search that goes back and tries
again, as that of Python's `re`, can take years for a pattern of a few characters. It means the same as a regular
expression of JSON Schema (ECMA-262) between `^` and `$`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, NoReturn

from apps.operations.errors import PatternRefused

MAX_PATTERN = 200
MAX_TIMES = 500
UNBOUNDED = -1
_ATOM = re.compile(
    r"(?P<set>\[(?P<not>\^?)(?P<members>(?:\\[-\]\\^.d/]|[^\\\[\]^])+)\]|\\d|\\[.*+?(){}\[\]|^$\\/-]|[^\\.*+?(){}\[\]|^$]|\.)"
    r"(?P<times>[?*+]|\{(?P<least>[0-9]{1,3})(?P<comma>,?)(?P<most>[0-9]{0,3})\})?"
)
_MEMBER = re.compile(r"(?P<first>\\?.)(?:-(?P<last>\\?.))?", re.DOTALL)


class Atom(NamedTuple):
    """Which characters are taken, and how often. `run` matches as many of them as there are: it never goes back."""

    run: re.Pattern[str]
    least: int
    most: int


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> tuple[Atom, ...]:
    """The atoms of a pattern. Raises `PatternRefused` with the column where it cannot be taken."""
    if len(pattern) > MAX_PATTERN:
        _refuse(pattern, MAX_PATTERN, f"a pattern has at most {MAX_PATTERN} characters.")
    atoms, place = [], 0
    while place < len(pattern):
        found = _ATOM.match(pattern, place)
        if found is None:
            reason = "only characters, '.', '\\d' and classes are taken, each with ?, *, + or {1,5} behind it."
            _refuse(pattern, place + 1, reason)
        atoms.append(_atom(pattern, found))
        place = found.end()
    return tuple(atoms)


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern takes the whole text; the time is that of their lengths multiplied."""
    reached = {0}
    for atom in compiled(pattern):
        reached = _after(atom, text, reached)
    return len(text) in reached


def _after(atom: Atom, text: str, starts: set[int]) -> set[int]:
    """The positions behind the atom, from any of `starts`: each position is looked at once."""
    found: set[int] = set()
    seen_to = end = -1
    for start in sorted(starts):
        if start >= end:  # otherwise it is within the run of an earlier one, and they end together
            run = atom.run.match(text, start)
            end = run.end() if run else start
        most = end - start if atom.most == UNBOUNDED else min(atom.most, end - start)
        # Those that an earlier start reached are in there already; with the same bounds no gap is left behind.
        found.update(range(max(start + atom.least, seen_to + 1), start + most + 1))
        seen_to = max(seen_to, start + most)
    return found


def _atom(pattern: str, found: re.Match[str]) -> Atom:
    least, most = _times(pattern, found)
    text = found["set"]
    if text == ".":
        return Atom(_run("^", [("\n", "\n"), ("\r", "\r"), ("\u2028", "\u2029")]), least, most)
    if found["members"] is None:
        return Atom(_run("", [_span(text)]), least, most)
    spans = []
    for member in _MEMBER.finditer(found["members"]):
        first, last = _span(member["first"]), _span(member["last"] or member["first"])
        if first[0] > last[1] or (member["last"] and "\\d" in (member["first"], member["last"])):
            _refuse(pattern, found.start() + 1, f"{member[0]} is no range of characters.")
        spans.append((first[0], last[1]))
    return Atom(_run(found["not"], spans), least, most)


def _run(turned: str, spans: list[tuple[str, str]]) -> re.Pattern[str]:
    """As many characters as lie in the spans, or in none of them with `^`."""
    members = "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in spans)
    return re.compile(f"[{turned}{members}]*")


def _times(pattern: str, found: re.Match[str]) -> tuple[int, int]:
    if found["times"] is None:
        return 1, 1
    if found["least"] is None:
        return {"?": (0, 1), "*": (0, UNBOUNDED), "+": (1, UNBOUNDED)}[found["times"]]
    least = int(found["least"])
    most = int(found["most"]) if found["most"] else UNBOUNDED if found["comma"] else least
    if (found["most"] and not found["comma"]) or max(least, most) > MAX_TIMES or UNBOUNDED < most < least:
        _refuse(pattern, found.start("times") + 1, f"{found['times']} is no number of times up to {MAX_TIMES}.")
    return least, most


def _span(text: str) -> tuple[str, str]:
    if text == r"\d":
        return ("0", "9")
    return (text[-1], text[-1])


def _refuse(pattern: str, column: int, reason: str) -> NoReturn:
    raise PatternRefused(column=column, pattern=pattern[:MAX_PATTERN], reason=reason)
