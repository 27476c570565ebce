"""Rules are set as a whole, and each change is a version."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ledgerflow.core.errors import Malformed, NotFound, NotOneOf, PreconditionFailed
from recon.matching.errors import (
    RuleCodeRefused,
    TooManyRules,
)
from recon.matching.models import MatchRules
from recon.matching.passes.errors import RuleOutOfRange, RuleTwice
from recon.matching.passes.rules import AMOUNT, DEFAULT_RULES, REFERENCE, REFERENCE_THEN_CENT
from recon.matching.passes.shapes import MatchRule
from recon.matching.rows import Bank
from recon.matching.rule_sets import rules_of, set_profile, set_rules
from tests.matches.banking import a_bank, faults, ran


@pytest.fixture
def bank() -> Bank:
    return a_bank()


# Rules


def test_rules_are_set_as_a_whole_and_are_versions(bank: Bank) -> None:
    assert rules_of(bank.entity_id, bank.id) == (DEFAULT_RULES, 0, None)
    set_rules(bank.entity_id, None, [REFERENCE, AMOUNT], actor="test")
    assert rules_of(bank.entity_id, bank.id) == ((REFERENCE, AMOUNT), 1, None)
    set_profile(bank.entity_id, bank.id, "reference_then_cent", actor="test")
    found = set_rules(bank.entity_id, bank.id, [AMOUNT], actor="test", expected_version=1)
    assert found == rules_of(bank.entity_id, bank.id) == ((AMOUNT,), 2, bank.id)
    assert rules_of(bank.entity_id, None).version == 1
    assert MatchRules.objects.filter(entity_id=bank.entity_id).count() == 3
    with pytest.raises(PreconditionFailed):
        set_rules(bank.entity_id, bank.id, [AMOUNT], actor="test", expected_version=1)
    assert faults(bank) == []


def test_profiles_are_the_rules_of_the_engine(bank: Bank) -> None:
    assert set_profile(bank.entity_id, None, "default", actor="test").rules == DEFAULT_RULES
    assert set_profile(bank.entity_id, None, "reference_then_cent", actor="test").rules == REFERENCE_THEN_CENT
    with pytest.raises(NotOneOf):
        set_profile(bank.entity_id, None, "anything", actor="test")


@pytest.mark.parametrize(
    "rules, kind",
    [
        ([], TooManyRules),
        ([REFERENCE] * 51, TooManyRules),
        ([REFERENCE, REFERENCE], RuleTwice),
        ([MatchRule("Big Rule", 1, "amount")], RuleCodeRefused),
        ([MatchRule("x" * 41, 1, "amount")], RuleCodeRefused),
        ([MatchRule("x", 1, "guess")], NotOneOf),  # type: ignore[arg-type]
        ([MatchRule("x", 1, "amount", threshold=101)], RuleOutOfRange),
        ([MatchRule("x", 1, "amount", tolerance=Decimal("NaN"))], RuleOutOfRange),
    ],
)
def test_rules_that_make_no_sense_are_refused(bank: Bank, rules: list[MatchRule], kind: type[Malformed]) -> None:
    with pytest.raises(kind):
        set_rules(bank.entity_id, bank.id, rules, actor="test")
    with pytest.raises(kind):
        ran(bank, rules=rules, dry_run=True)
    assert rules_of(bank.entity_id, bank.id).version == 0


def test_rules_of_a_bank_account_that_is_not_there(bank: Bank) -> None:
    with pytest.raises(NotFound):
        set_rules(bank.entity_id, a_bank().id, [REFERENCE], actor="test")
