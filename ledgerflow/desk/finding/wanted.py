"""What journals are wanted, as they are compared: words folded, references folded, amounts without their sign. Pure.

The same conditions are asked of the read model as SQL (`probes`) and of the newest journals here (`matches`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from journals.views.words import (
    MOST_SEARCHED,
    account_lexeme,
    actor_lexeme,
    folded,
    kind_lexeme,
    quoted,
    words_of,
)
from ledgerflow.desk.finding.amounts import Interval
from ledgerflow.desk.finding.grammar import Query
from ledgerflow.desk.finding.periods import EVER, Days

LAST = "\U0010ffff"  # after every text that begins as another


class WantedReference(NamedTuple):
    """A folded reference, or the beginning of one."""

    text: str
    is_beginning: bool

    def has(self, reference: str) -> bool:
        return reference.startswith(self.text) if self.is_beginning else reference == self.text


class Poster(NamedTuple):
    """Who posted: one of these actors, or one whose name as it is recorded begins like this."""

    actors: tuple[str, ...]
    beginning: str

    def has(self, actor: str) -> bool:
        return actor in self.actors or actor.startswith(self.beginning)


class ComparedJournal(NamedTuple):
    """A journal with what is looked at; `texts` are searched for words, `figures` have no sign."""

    actor: str
    kind: str
    effective_date: date
    reference: str
    accounts: tuple[str, ...]
    currencies: tuple[str, ...]
    figures: tuple[Decimal, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WantedJournals:
    """All of this must be true of a journal. The last of `words` is looked for by its beginning."""

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    amounts: tuple[tuple[Interval, ...], ...] = ()
    accounts: tuple[str, ...] = ()
    references: tuple[WantedReference, ...] = ()
    people: tuple[Poster, ...] = ()
    kinds: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    days: Days = EVER

    @property
    def is_nothing(self) -> bool:
        return self == WantedJournals()

    @property
    def has_order_of_words(self) -> bool:
        """Whether an index of words alone cannot answer: some words have to stand side by side."""
        return any(len(words) > 1 for words in (*self.phrases, *self.excluded))

    def with_words(self, words: Iterable[str]) -> WantedJournals:
        found = tuple(word for text in words for word in words_of(text))
        return replace(self, words=found[:MOST_SEARCHED])

    def tsquery(self) -> str:
        """What the index of words is asked, "" for nothing."""
        terms = [quoted(word) for word in self.words]
        if terms:
            terms[-1] += ":*"
        terms += [quoted(word) for phrase in self.phrases for word in phrase]
        terms += ["!" + quoted(words[0]) for words in self.excluded if len(words) == 1]
        terms += [quoted(account_lexeme(code)) for code in self.accounts]
        terms += [quoted(kind_lexeme(kind)) for kind in self.kinds]
        terms += [_by(person) for person in self.people]
        return " & ".join(terms)

    def matches(self, one: ComparedJournal) -> bool:
        """Whether it is wanted."""
        words = [word for text in one.texts for word in [*words_of(text), ""]]  # "" parts texts
        return self._has_facts(one) and self._has_words(words)

    def has_phrases(self, words: Sequence[str]) -> bool:
        """Whether words stand side by side as they must, and none that must not."""
        return all(_stand_in(phrase, words) for phrase in self.phrases) and not any(
            _stand_in(phrase, words) for phrase in self.excluded
        )

    def _has_words(self, words: Sequence[str]) -> bool:
        known = set(words)
        begins = not self.words or any(word.startswith(self.words[-1]) for word in known)
        return begins and known.issuperset(self.words[:-1]) and self.has_phrases(words)

    def _has_facts(self, one: ComparedJournal) -> bool:
        reference = folded(one.reference.strip())
        return (
            self.days.has(one.effective_date)
            and all(code in one.accounts for code in self.accounts)
            and all(kind == one.kind for kind in self.kinds)
            and all(currency in one.currencies for currency in self.currencies)
            and all(person.has(one.actor) for person in self.people)
            and all(wanted.has(reference) for wanted in self.references)
            and all(any(interval.has(figure) for interval in among for figure in one.figures) for among in self.amounts)
        )


def wanted_by(query: Query, people: Sequence[Poster] = ()) -> WantedJournals:
    """What the filters of a query want; its free words are added by who knows what they are."""
    return WantedJournals(
        phrases=_word_lists(query.phrases),
        excluded=_word_lists(query.excluded),
        amounts=query.amounts,
        accounts=query.accounts,
        references=tuple(reference_of(text) for text in query.references),
        people=tuple(people),
        kinds=query.kinds,
        currencies=query.currencies,
        days=query.days,
    )


def reference_of(text: str) -> WantedReference:
    """A reference as `ref:` takes it, with a star after the beginning of one."""
    return WantedReference(folded(text.rstrip("*").strip()), text.endswith("*"))


def _word_lists(texts: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(words for text in texts if (words := tuple(words_of(text))))


def _stand_in(phrase: tuple[str, ...], words: Sequence[str]) -> bool:
    size = len(phrase)
    return any(tuple(words[place : place + size]) == phrase for place in range(len(words) - size + 1))


def _by(person: Poster) -> str:
    terms = [quoted(actor_lexeme(actor)) for actor in person.actors]
    return "(" + " | ".join([*terms, quoted(actor_lexeme(person.beginning)) + ":*"]) + ")"
