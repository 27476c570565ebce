"""Worked cases of others: what was booked, and the right figures, read from `cases.toml`.

A step is a line of words: a date, what happens, and with what. A check is a line that asks, and below it, further in,
the figures that are right: a name and an amount with two spaces or more between.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("cases.toml")


class Step(NamedTuple):
    """One thing that happens on a day."""

    day: date
    verb: str
    words: Sequence[str]


class Check(NamedTuple):
    """A question, what is asked with it, and the right answer by name of a line."""

    about: str
    asked: dict[str, str]
    right: dict[str, str]


class Case(NamedTuple):
    """One example: where it comes from, the books it begins with, what happens in them, and what is right."""

    name: str
    source: str
    base: str
    accounts: Sequence[str]
    years: Sequence[str]
    dimensions: Sequence[str]
    steps: Sequence[Step]
    checks: Sequence[Check]


def read_cases(table: Path = TABLE) -> list[Case]:
    """All cases of the table; raises `ValueError` with the case's name for what cannot be read."""
    return [_case(one) for one in tomllib.loads(table.read_text())["case"]]


def _case(one: dict[str, str]) -> Case:
    try:
        return Case(
            one["name"], one["source"], one.get("base", "EUR"), _lines(one.get("accounts", "")),
            _lines(one.get("years", "")), one.get("dimensions", "").split(),
            [_step(line) for line in _lines(one.get("steps", ""))], list(_checks(one["right"])),
        )  # fmt: skip
    except (KeyError, ValueError) as error:
        message = f"{one.get('name')}: {error}"
        raise ValueError(message) from error


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _step(line: str) -> Step:
    day, verb, *words = line.split()
    return Step(date.fromisoformat(day), verb, words)


def _checks(text: str) -> Iterator[Check]:
    found: Check | None = None
    for line in text.splitlines():
        if not line.strip():
            continue
        if not line.startswith(" "):
            if found is not None:
                yield found
            about, *words = line.split()
            found = Check(about, dict(word.split("=", 1) for word in words), {})
            continue
        if found is None:
            message = f"nothing is asked above {line.strip()!r}"
            raise ValueError(message)
        name, amount = re.split(r" {2,}", line.strip(), maxsplit=1)
        found.right[name] = amount
    if found is not None:
        yield found
