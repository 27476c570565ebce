"""A month at a bank that mangles references, against the truth: nothing wrong is confirmed, nearly all that is right is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from recon.matching.passes.engine import run
from recon.matching.passes.rules import DEFAULT_RULES, REFERENCE_THEN_CENT
from recon.matching.passes.shapes import MatchOutcome
from tests.matching.mangling import CENT, Truth, any_amount, bank_lines, our_items, the_same_fee

pytestmark = pytest.mark.pure

SEEDS = (1, 2, 3)


def confirmed(outcome: MatchOutcome) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {match.bank: match.books for match in outcome.matches}


def kinds(outcome: MatchOutcome) -> dict[str, str]:
    return {item: finding.kind for finding in outcome.exceptions for item in finding.items}


def assert_all_right(found: dict[tuple[str, ...], tuple[str, ...]], truth: Truth) -> None:
    right: dict[tuple[str, ...], tuple[str, ...]] = {(line,): ours for line, ours in truth.merged.items()}
    right |= {(line,): (ours,) for line, ours in (truth.clean | truth.off_by_a_cent).items()}
    assert {line: ours for line, ours in found.items() if right.get(line) != ours} == {}


@pytest.mark.parametrize("seed, is_fee", [(1, False), (2, False), (3, False), (1, True)])
def test_by_default_what_is_confirmed_is_right_and_each_fault_is_named(seed: int, is_fee: bool) -> None:
    ours = our_items(3000, seed, the_same_fee if is_fee else any_amount)
    lines, truth = bank_lines(ours, seed, cuts_ends=not is_fee)
    outcome = run(lines, ours, DEFAULT_RULES)
    found, kind = confirmed(outcome), kinds(outcome)
    assert_all_right(found, truth)
    clean = sum(found.get((line,)) == (one,) for line, one in truth.clean.items())
    assert clean >= Decimal("0.95") * len(truth.clean)
    assert {line: kind.get(line) for line in truth.off_by_a_cent if kind.get(line) != "amount"} == {}
    assert {one: kind.get(one) for one in truth.missing if kind.get(one) != "missing_in_bank"} == {}
    assert [pair for pair in truth.doubled.values() if "duplicate" not in map(kind.get, pair)] == []
    assert {line: found.get((line,)) for line, both in truth.merged.items() if found.get((line,)) != both} == {}


def test_of_equal_fees_a_cut_reference_that_fits_several_is_left_to_a_person() -> None:
    ours = our_items(3000, 1, the_same_fee)
    lines, truth = bank_lines(ours, 1)
    found = confirmed(run(lines, ours, DEFAULT_RULES))
    assert_all_right(found, truth)
    cut = [line.id for line in lines if line.text.startswith("PAYMENT INV") and line.id in truth.clean]
    assert len(cut) > 100
    assert [line for line in cut if (line,) in found] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_within_a_cent_the_cent_is_a_residual(seed: int) -> None:
    ours = our_items(3000, seed, any_amount)
    lines, truth = bank_lines(ours, seed)
    outcome = run(lines, ours, REFERENCE_THEN_CENT)
    assert_all_right(confirmed(outcome), truth)
    residuals = {match.bank[0]: match.residual for match in outcome.matches if match.residual}
    assert residuals == dict.fromkeys(truth.off_by_a_cent, CENT)
