"""What apps above the journals add to the business day, to proof, reports and the demo; each fills these as it starts.

Imports point from `fx` to `journals`, so that the close of a day cannot call a revaluation by its name, nor a report
the rates it is translated at. A report asks the translator (`Translator`, set by `register_translator`) for rates, and
applies them itself: what is translated at which rate is a rule of accounting, how a rate is found one of `fx`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

import psycopg

from journals.verifying.faults import Fault
from ledgerflow.books.models import Entity

# What is wrong with a day that closes, one sentence each; nothing when all is well.
Check = Callable[[UUID, date], list[str]]
# A step of a close, given entity, day and actor. It may run again after a crash; what it gives is kept in its record.
Step = Callable[[UUID, date, str], dict[str, Any]]
# Adds to the demo books what is not there yet, given the entity and the actor.
Demo = Callable[[Entity, str], None]
# Compares rows with the events they follow from, on a connection in one read-only snapshot.
Verifier = Callable[[psycopg.Connection[Any], UUID], Iterable[Fault]]

checks: dict[str, Check] = {}
revaluations: list[Step] = []  # into the day that is closing, after its cut-off and before its snapshot
new_day: list[Step] = []  # given the new business date: what is due on it
verifiers: list[Verifier] = []
demos: list[Demo] = []


class RateWanted(NamedTuple):
    """From which currency to the report's, at which kind of rate.

    "closing": of the date `on`, or the newest before it that the entity's policy allows. "average": over the dates
    `since` to `on`, both included (IAS 21 paragraph 40).
    """

    currency: str
    kind: Literal["closing", "average"]
    on: date
    since: date | None = None


class RateUsed(NamedTuple):
    """One unit of the currency is `factor` units of the report's: exact, an inverse or a cross included.

    `shown` says for people which rates it was made of: "1 EUR = 1.1234 USD, closing 2026-03-31, ECB, version 1".
    """

    factor: Fraction
    shown: str


class Rates(NamedTuple):
    """What a translation works with: a rate for each that was wanted, and how amounts round (a name of `decimal`)."""

    used: dict[RateWanted, RateUsed]
    rounding: str = "ROUND_HALF_EVEN"


# Runs SQL on the connection of the report's own snapshot and gives all rows.
Fetch = Callable[[str, tuple[Any, ...]], list[tuple[Any, ...]]]


class Translator(Protocol):
    """Gives the rates into `target`, as recorded by `known_at`; never asked for the target's own currency.

    Raises `RateMissing` or `RateTooOld`. Everything is read through `fetch`, so that it is of one moment.
    """

    def __call__(
        self, entity_id: UUID, target: str, wanted: Sequence[RateWanted], *, known_at: datetime | None, fetch: Fetch
    ) -> Rates: ...


translators: list[Translator] = []


def register_translator(translator: Translator) -> None:
    """Called once, by the app that keeps the rates, when it starts."""
    translators[:] = [translator]
