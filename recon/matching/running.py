"""A run: match what is in no match by the rules, write what is certain, keep what a person has to decide on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import psycopg

from ledgerflow.books.advisory_locks import one_at_a_time
from ledgerflow.books.writing import Transaction
from recon.matching.loading import REJECTED, Material, load_material, together_from
from recon.matching.passes.engine import run
from recon.matching.passes.shapes import FoundMatch, MatchOutcome, MatchRule, Suggestion
from recon.matching.reading import bank_of
from recon.matching.rows import (
    DELETE_SUGGESTIONS,
    MOST_EXPLAINED,
    Bank,
    Found,
    Wanted,
    free_from,
    load_free,
    write_suggestions,
)
from recon.matching.rule_sets import check_rules, rules_of
from recon.matching.writing import confirm_in, write_matching
from recon.statements.mirrors.bringing import bring_in

MATCHES_AT_ONCE = 500  # in one transaction, which others wait for
SUGGESTIONS_AT_ONCE = 5000
Loaded = tuple[Found, psycopg.Cursor[object]]


class Ran(NamedTuple):
    """What a run found, with the ids of lines and the versions of postings as texts; `confirmed` were written.

    `version` is that of the rules, None where they were given for this run alone, 0 for the default.
    """

    outcome: MatchOutcome
    confirmed: int
    version: int | None


def run_matching(
    entity_id: UUID,
    bank_account_id: UUID,
    *,
    actor: str,
    rules: Sequence[MatchRule] | None = None,
    dry_run: bool = False,
) -> Ran:
    """Match a bank account by its rules, or by `rules`; with `dry_run` only say what would be confirmed and suggested.

    Confirmed matches are written some hundred at a time, each whole or not at all, so that a run that was killed is
    gone on with by the next one. What somebody else has matched meanwhile is left out. Suggestions replace those of
    the run before. Of a mirror, the postings of the other account that are new come in first, but not with `dry_run`.
    Raises `NotFound`, what is wrong with the rules given, and `TryAgain` while another run is at it.
    """
    bank = bank_of(entity_id, bank_account_id)
    known = rules_of(entity_id, bank_account_id)
    used, version = (known.rules, known.version) if rules is None else (check_rules(rules), None)
    if dry_run:
        return Ran(_outcome(load_material(bank, used), used), 0, version)
    with one_at_a_time(f"matching:{bank_account_id}"):
        bring_in(entity_id, bank_account_id, actor=actor)
        material = load_material(bank, used)
        through = material.rejected_through
        outcome = _outcome(material, used)
        del material  # before the writing takes memory of its own
        stored = version or None
        confirmed = 0
        for start in range(0, len(outcome.matches), MATCHES_AT_ONCE):
            batch = outcome.matches[start : start + MATCHES_AT_ONCE]
            confirmed += _confirm(bank, batch, stored, through, actor)
        _keep(bank, outcome.suggestions, stored)
        return Ran(outcome, confirmed, version)


def _outcome(material: Material, rules: tuple[MatchRule, ...]) -> MatchOutcome:
    return run(material.bank, material.books, rules, taken=material.taken, rejected=material.rejected)


def _confirm(bank: Bank, batch: Sequence[FoundMatch], version: int | None, through: int, actor: str) -> int:
    """Write those of a batch whose items are free, and which nobody has rejected since; gives their number."""

    def load(tx: Transaction) -> Loaded:
        lines = [id_ for one in batch for id_ in one.bank]
        postings = [int(id_) for one in batch for id_ in one.books]
        return load_free(tx, bank, lines, postings), tx.query(REJECTED, (bank.id, through))

    def work(tx: Transaction, loaded: Loaded) -> int:
        free = free_from(bank, loaded[0])
        rejected = together_from(loaded[1].fetchall())
        wanted = [
            Wanted(
                tuple(free.items[id_] for id_ in (*one.bank, *one.books)),
                one.rule, one.explanation[:MOST_EXPLAINED], version, one.score, one.parts,
            )
            for one in batch
            if free.items.keys() >= {*one.bank, *one.books} and (one.bank, one.books) not in rejected
        ]  # fmt: skip
        confirm_in(tx, bank, wanted, free.number, actor)
        return len(wanted)

    return write_matching(bank.entity_id, work, load)


def _keep(bank: Bank, suggestions: Sequence[Suggestion], version: int | None) -> None:
    """Put these in the place of the suggestions that were there, the best first."""
    ordered = sorted(suggestions, key=lambda one: -one.score)

    def work(tx: Transaction, first: int) -> None:
        if not first:
            tx.query(DELETE_SUGGESTIONS, (bank.id,))
        write_suggestions(tx, bank, ordered[first : first + SUGGESTIONS_AT_ONCE], first, version)

    for first in range(0, max(len(ordered), 1), SUGGESTIONS_AT_ONCE):
        write_matching(bank.entity_id, work, lambda _tx, first=first: first)  # type: ignore[misc]
