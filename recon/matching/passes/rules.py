"""The rules that everybody starts with, and what a rule or an item must be before anything runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ledgerflow.core.money import MAX_MINOR_UNITS, MAX_WHOLE_DIGITS
from recon.matching.passes.errors import ItemAmountOutOfRange, ItemOnOtherSide, ItemTwice, RuleOutOfRange, RuleTwice
from recon.matching.passes.shapes import MatchRule, ReconItem, Side

LONGEST_WINDOW_DAYS = 400
MOST_PERCENT = 100
TOP_SCORE = 100
LARGEST = Decimal(10) ** MAX_WHOLE_DIGITS

REFERENCE = MatchRule("reference", 10, "reference")
LOOSE_REFERENCE = MatchRule("loose_reference", 20, "loose_reference")
REFERENCE_WITHIN_A_CENT = MatchRule("reference_within_a_cent", 30, "loose_reference", Decimal("0.01"), threshold=90)
AMOUNT = MatchRule("amount", 40, "amount", window_days_before=3, window_days_after=7)
GROUP = MatchRule("group", 50, "group")
SUBSET = MatchRule("subset", 60, "subset", window_days_before=3, window_days_after=7, is_automatic=False)

DEFAULT_RULES = (REFERENCE, LOOSE_REFERENCE, AMOUNT, GROUP, SUBSET)
# Reference, then amount within a cent: the cent is the residual of the match, and is never swallowed.
REFERENCE_THEN_CENT = (REFERENCE, LOOSE_REFERENCE, REFERENCE_WITHIN_A_CENT, AMOUNT, GROUP, SUBSET)


def in_order(rules: Iterable[MatchRule]) -> tuple[MatchRule, ...]:
    """The rules as they run. Raises `RuleOutOfRange` and `RuleTwice`."""
    ordered = tuple(sorted(rules, key=lambda rule: (rule.priority, rule.code)))
    for rule in ordered:
        if not _is_sound(rule):
            raise RuleOutOfRange(code=rule.code, days=LONGEST_WINDOW_DAYS)
    if len({rule.code for rule in ordered}) < len(ordered):
        raise RuleTwice(codes=", ".join(rule.code for rule in ordered))
    return ordered


def check_items(items: Iterable[ReconItem], side: Side, seen: set[str]) -> None:
    """Raises for an item on the other side, an amount that no account can hold, and an id that was there before."""
    for item in items:
        if item.side != side:
            raise ItemOnOtherSide(id=item.id, side=side)
        if not _is_amount(item.amount):
            raise ItemAmountOutOfRange(id=item.id, whole_digits=MAX_WHOLE_DIGITS, decimals=MAX_MINOR_UNITS)
        if item.id in seen:
            raise ItemTwice(id=item.id)
        seen.add(item.id)


def _is_amount(amount: Decimal) -> bool:
    if not amount.is_finite():
        return False
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MAX_MINOR_UNITS and amount.copy_abs() < LARGEST


def _is_sound(rule: MatchRule) -> bool:
    days = (rule.window_days_before, rule.window_days_after)
    return (
        all(0 <= count <= LONGEST_WINDOW_DAYS for count in days)
        and 0 <= rule.threshold <= TOP_SCORE
        and _is_amount(rule.tolerance)
        and _is_amount(rule.tolerance_percent)
        and rule.tolerance >= 0
        and 0 <= rule.tolerance_percent <= MOST_PERCENT
    )
