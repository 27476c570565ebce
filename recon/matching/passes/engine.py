"""Matching bank items against ours: deterministic passes, then what is left over with the reason. Pure.

docs/matching.md says what each pass confirms, what it only suggests, and what is never done without a person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from decimal import localcontext

from ledgerflow.core.money import CONTEXT
from recon.matching.passes.amounts import match_unique_amounts
from recon.matching.passes.evidence import Evidence, collected
from recon.matching.passes.findings import explain
from recon.matching.passes.groups import match_groups
from recon.matching.passes.pairs import match_like_references, match_same_references
from recon.matching.passes.rules import AMOUNT, REFERENCE, check_items, in_order
from recon.matching.passes.shapes import MatchOutcome, MatchRule, Pass, ReconItem
from recon.matching.passes.subsets import suggest_sums
from recon.matching.passes.workspace import Workspace, free_places, in_stable_order, rejected_places

MOST_SUGGESTIONS = 5
BY_REFERENCE = frozenset[Pass](("reference", "loose_reference"))
BY_AMOUNT = frozenset[Pass](("amount",))

Together = tuple[tuple[str, ...], tuple[str, ...]]  # ids of the bank's items, and of ours

PASSES: dict[Pass, Callable[[Workspace, MatchRule, Evidence], None]] = {
    "reference": match_same_references,
    "loose_reference": match_like_references,
    "amount": match_unique_amounts,
    "group": match_groups,
    "subset": lambda workspace, rule, _: suggest_sums(workspace, rule),
}


def run(
    items_bank: Iterable[ReconItem],
    items_books: Iterable[ReconItem],
    rules: Iterable[MatchRule],
    *,
    taken: Collection[str] = (),
    rejected: Collection[Together] = (),
) -> MatchOutcome:
    """Match the two sides by the rules; each item that is not `taken` ends in one match or in one finding.

    Amounts are in major units, signed so that matching sides are equal. The order of the items makes no difference.
    `taken` are ids that have their match from before: they are out, but a line that repeats one is found. What was
    `rejected` by a person, ids of both sides, is neither confirmed nor suggested. Raises `RuleOutOfRange`, `RuleTwice`,
    `ItemTwice`, `ItemOnOtherSide` and `ItemAmountOutOfRange`.
    """
    ordered = in_order(rules)
    bank, books = list(items_bank), list(items_books)
    seen: set[str] = set()
    check_items(bank, "bank", seen)
    check_items(books, "books", seen)
    with localcontext(CONTEXT):
        return _matched(in_stable_order(bank), in_stable_order(books), ordered, frozenset(taken), rejected)


def _matched(
    bank: list[ReconItem],
    books: list[ReconItem],
    rules: tuple[MatchRule, ...],
    taken: frozenset[str],
    rejected: Collection[Together],
) -> MatchOutcome:
    workspace = Workspace(bank, books, free_places(bank, taken), free_places(books, taken))
    workspace.rejected = rejected_places(bank, books, rejected)
    widest = max((max(rule.window_days_before, rule.window_days_after) for rule in rules), default=0)
    evidence = collected(bank, books, (workspace.free_bank, workspace.free_books), widest)
    for rule in rules:
        PASSES[rule.pass_](workspace, rule, evidence)
    by_reference = _widest([rule for rule in rules if rule.pass_ in BY_REFERENCE], REFERENCE)
    by_amount = _widest([rule for rule in rules if rule.pass_ in BY_AMOUNT], AMOUNT)
    suggestions = workspace.suggestions(MOST_SUGGESTIONS)
    findings = explain(workspace, evidence, by_reference, by_amount, suggestions)
    matches = sorted(workspace.matches, key=lambda match: (match.bank, match.books))
    return MatchOutcome(tuple(matches), tuple(suggestions.values()), findings)


def _widest(rules: list[MatchRule], default: MatchRule) -> MatchRule:
    return max(rules, key=lambda rule: (rule.window_days_before + rule.window_days_after, rule.code), default=default)
