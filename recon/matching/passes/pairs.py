"""The passes by reference: one bank item and one of ours of which one names the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from recon.matching.passes.candidates import BY_REFERENCE, HOW, Candidate, is_within_tolerance, parts_of, signed_gap
from recon.matching.passes.choosing import choose
from recon.matching.passes.evidence import EXACT, Evidence
from recon.matching.passes.shapes import MatchRule
from recon.matching.passes.workspace import Workspace


def match_same_references(workspace: Workspace, rule: MatchRule, evidence: Evidence) -> None:
    """The same reference and amount. A pair tied less surely by its reference is a rival all the same."""
    exactly = replace(rule, tolerance=Decimal(0), tolerance_percent=Decimal(0))
    candidates = _candidates(workspace, exactly, evidence)
    choose(workspace, rule, candidates, lambda one: one.parts.reference == EXACT)


def match_like_references(workspace: Workspace, rule: MatchRule, evidence: Evidence) -> None:
    """A reference that is the same once it is normalised, or named in a text, and an amount within the tolerance."""
    choose(workspace, rule, _candidates(workspace, rule, evidence))


def _candidates(workspace: Workspace, rule: MatchRule, evidence: Evidence) -> Iterator[Candidate]:
    for place in workspace.free_bank:
        bank = workspace.bank[place]
        for other, level in evidence.of_bank.get(place, {}).items():
            books = workspace.books[other]
            if other not in workspace.free_books or bank.currency != books.currency:
                continue
            if not is_within_tolerance(rule, bank.amount, books.amount):
                continue
            gap = signed_gap(rule, bank, books)
            if gap is not None:
                is_equal = bank.amount == books.amount
                parts = parts_of(rule, bank, books, level, gap, BY_REFERENCE, is_equal=is_equal)
                yield Candidate((place,), (other,), parts, gap, HOW[level])
