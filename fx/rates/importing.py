"""Bringing a file of rates into the books: some hundred days per transaction, again as often as one likes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from uuid import UUID

from fx.rates.files import Found, RateFile, RefusedRate
from fx.rates.recording import record_rates
from ledgerflow.core.errors import Malformed
from ledgerflow.core.money import plain
from ledgerflow.files.problems import Stopped
from ledgerflow.files.watching import Watch

RATES_A_TRANSACTION = 5_000  # 160 days of the ECB: a tenth of a second or two under the lock of the books


@dataclass
class Imported:
    """How many rates are new, how many were there already, and what was refused, by line."""

    recorded: int = 0
    unchanged: int = 0
    refused: list[RefusedRate] = field(default_factory=list)


def import_rates(
    entity_id: UUID,
    file: RateFile,
    *,
    source: str,
    actor: str,
    confirm_jump: bool = False,
    watch: Watch = Watch(),  # noqa: B008 - a tuple of functions, never changed
) -> Imported:
    """Record all rates of a file, in the order of their dates; `source` is that of rows that name none.

    Whole days are committed together, in pieces; where it was stopped or killed, the same import again finds what was
    recorded unchanged and goes on. A correction made by hand stays: only what the source itself says anew is recorded.
    Raises `Stopped` between two pieces when `watch` asks to.
    """
    rates, twice = _once(file.rates, source)
    done = Imported(refused=[*file.refused, *twice])
    behind = len(twice)
    for piece in _pieces(sorted(rates, key=lambda found: found.quote.rate_date)):
        if watch.should_stop():
            message = "Stopped. What was recorded stays; the same command goes on from there."
            raise Stopped(message)
        by_source: defaultdict[str, list[Found]] = defaultdict(list)
        for found in piece:
            by_source[found.source or source].append(found)
        for told_by, rates in by_source.items():
            _record(entity_id, told_by, rates, done, actor=actor, confirm_jump=confirm_jump)
        behind += len(piece)
        watch.advanced(behind, len(piece))
    done.refused.sort()
    return done


def _once(rates: Sequence[Found], source: str) -> tuple[list[Found], list[RefusedRate]]:
    """A file that says two things about one rate would make new versions each time it is read: the first one counts."""
    first: dict[tuple[object, ...], Found] = {}
    kept, refused = [], []
    for found in rates:
        said = first.setdefault((found.source or source, *found.quote[:4]), found)
        if said.quote.value == found.quote.value:
            kept.append(found)
        else:
            message = f"Line {said.line} says {plain(said.quote.value)} already."
            refused.append(RefusedRate(found.line, _text(found), Malformed.code, message))
    return kept, refused


def _record(
    entity_id: UUID, source: str, rates: Sequence[Found], done: Imported, *, actor: str, confirm_jump: bool
) -> None:
    outcomes = record_rates(
        entity_id,
        [found.quote for found in rates],
        source=source,
        actor=actor,
        confirm_jump=confirm_jump,
        keep_corrections=True,
    )
    for found, outcome in zip(rates, outcomes, strict=True):
        if outcome.refusal is None:
            done.recorded += outcome.status == "recorded"
            done.unchanged += outcome.status == "unchanged"
        else:
            done.refused.append(RefusedRate(found.line, _text(found), outcome.refusal.code, outcome.refusal.message))


def _pieces(rates: Sequence[Found]) -> Iterator[list[Found]]:
    piece: list[Found] = []
    for _, day in groupby(rates, key=lambda found: found.quote.rate_date):
        piece += day
        if len(piece) >= RATES_A_TRANSACTION:
            yield piece
            piece = []
    if piece:
        yield piece


def _text(found: Found) -> str:
    quote = found.quote
    return f"{quote.base},{quote.quote},{quote.rate_date},{quote.kind},{plain(quote.value)}"
