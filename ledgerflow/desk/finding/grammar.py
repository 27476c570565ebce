"""What people type to find something, read into a query. Pure.

`amount:>=1000 acc:1200 ref:RE-2026* by:olga kind:reversal 2026-Q3 month-1 -tag "exact words" orsted`: parts with spaces
between. A part is a filter, days, words in quotation marks, a word to leave out, or a word. The text stands in the
address as it was typed; what narrows it is shown as chips, each of which is the text without it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ledgerflow.core.phrases import phrase
from ledgerflow.desk.errors import (
    FilterEmpty,
    FilterNotExcluded,
    FilterUnknown,
    KindUnknown,
    QuoteNotClosed,
    SearchTooLong,
)
from ledgerflow.desk.finding.amounts import Interval, intervals, readings
from ledgerflow.desk.finding.periods import EVER, Days, common, days_of, looks_like_days

LONGEST = 400
# What each filter takes, in the order in which the page explains them.
ACCEPTED = {
    "amount": phrase("amount: takes 1000, >=1000, <50 or 1000..2000, of either sign."),
    "acc": phrase("acc: takes the code of an account, such as acc:1200."),
    "ref": phrase("ref: takes a reference, or its beginning with a star, such as ref:RE-2026*."),
    "by": phrase("by: takes the name of who posted it, such as by:olga."),
    "kind": phrase("kind: takes a kind of journals, such as kind:reversal."),
    "cur": phrase("cur: takes the code of a currency, such as cur:EUR."),
}
FILTER, DAYS, PHRASE, EXCLUDED, WORD = "filter", "days", "phrase", "excluded", "word"
_PART = re.compile(
    r'\s*(?P<text>(?P<minus>-)?(?:(?P<name>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]*)))(?=\s|$)'
)
_NUMERIC = re.compile(r"[-+\u2212]?[0-9][0-9.,'\u2019]*", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class SearchPart(NamedTuple):
    """A part as it was typed, and what it was read as."""

    text: str
    sort: str
    name: str  # of a filter
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: all of it. An amount has to lie in one of the intervals of each filter of amounts."""

    parts: tuple[SearchPart, ...] = ()
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    amounts: tuple[tuple[Interval, ...], ...] = ()
    accounts: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    days: Days = EVER

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts)

    @property
    def chips(self) -> list[tuple[str, str]]:
        """Each part that narrows, and the text without it."""
        return [(part.text, self._without(place)) for place, part in enumerate(self.parts) if part.sort != WORD]

    @property
    def filters_text(self) -> str:
        """The text without its words: what stays when they become a filter."""
        return " ".join(part.text for part in self.parts if part.sort != WORD)

    def _without(self, place: int) -> str:
        return " ".join(part.text for other, part in enumerate(self.parts) if other != place)


class AmountsAmong(NamedTuple):
    """Amounts among words: what each can mean, the words that are left, and the currency beside an amount."""

    readings: tuple[tuple[Interval, ...], ...]
    texts: tuple[str, ...]
    words: tuple[str, ...]
    currencies: tuple[str, ...]


def parse(text: str, today: date, kinds: Collection[str]) -> Query:
    """Read a search. `today` is what `month-1` counts from, `kinds` are the kinds of journals that there are.

    Raises the refusals of `ledgerflow.desk.errors`.
    """
    if len(text) > LONGEST:
        raise SearchTooLong(most=LONGEST)
    parts = tuple(_parts(text))
    named = {name: tuple(part.value for part in parts if part.name == name) for name in ACCEPTED}
    return Query(
        parts=parts,
        words=_values(parts, WORD),
        phrases=_values(parts, PHRASE),
        excluded=_values(parts, EXCLUDED),
        amounts=tuple(intervals(value) for value in named["amount"]),
        accounts=named["acc"],
        references=named["ref"],
        people=named["by"],
        kinds=tuple(_kind(value, kinds) for value in named["kind"]),
        currencies=tuple(value.upper() for value in named["cur"]),
        days=common([days_of(value, today) for value in _values(parts, DAYS)]),
    )


def amounts_among(words: Iterable[str]) -> AmountsAmong:
    """Which words are amounts: a run of numbers is one amount (`25 000`) where it can be, else each is one alone."""
    texts: list[str] = []
    left: list[str] = []
    for run in _runs(list(words)):
        whole = " ".join(run)
        texts += [whole] if readings(whole) else [word for word in run if readings(word)]
        left += [word for word in run if not readings(word) and not readings(whole)]
    currencies = tuple(word for word in left if texts and _CURRENCY.fullmatch(word))
    found = tuple(tuple(Interval(amount, amount) for amount in readings(text)) for text in texts)
    return AmountsAmong(found, tuple(texts), tuple(word for word in left if word not in currencies), currencies)


def _parts(text: str) -> Iterator[SearchPart]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _PART.match(text, place)
        if found is None or found.end() == place:  # nothing is read before a space and a quote that is not closed
            raise QuoteNotClosed
        place = found.end()
        yield _part(found)


def _part(found: re.Match[str]) -> SearchPart:
    text, name, is_quoted = found["text"], found["name"], found["quoted"] is not None
    value = found["quoted"] if is_quoted else found["plain"]
    if name is not None:
        return _filter(text, name.lower(), value, is_excluded=found["minus"] is not None)
    if found["minus"] and value and not readings(value):
        return SearchPart(text, EXCLUDED, "", value)
    if is_quoted:
        return SearchPart(text, PHRASE, "", value)
    return SearchPart(text, DAYS if looks_like_days(text) else WORD, "", text)


def _filter(text: str, name: str, value: str, *, is_excluded: bool) -> SearchPart:
    if name not in ACCEPTED:
        raise FilterUnknown(name=name, known=", ".join(f"{known}:" for known in ACCEPTED), text=text.lstrip("-"))
    if is_excluded:
        raise FilterNotExcluded(name=name, quoted=f'"{name} {value}"')
    if not value.strip():
        raise FilterEmpty(name=name, accepted=ACCEPTED[name])
    return SearchPart(text, FILTER, name, value.strip())


def _kind(value: str, kinds: Collection[str]) -> str:
    kind = value.lower().replace("-", "_").replace(" ", "_")
    if kind not in kinds:
        raise KindUnknown(text=value, known=", ".join(sorted(kinds)))
    return kind


def _values(parts: Iterable[SearchPart], sort: str) -> tuple[str, ...]:
    return tuple(part.value for part in parts if part.sort == sort)


def _runs(words: list[str]) -> Iterator[list[str]]:
    """Numbers side by side together, each other word alone."""
    run: list[str] = []
    for word in words:
        if _NUMERIC.fullmatch(word):
            run.append(word)
            continue
        if run:
            yield run
        run = []
        yield [word]
    if run:
        yield run
