"""The rules of an entity or of one bank account: versions of the whole, and the default where nobody has set any."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection
from psycopg.types.json import Jsonb

from ledgerflow.books.writing import Transaction
from ledgerflow.core.errors import NotOneOf
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import normalised
from recon.matching.errors import RuleCodeRefused, RulesRevised, TooManyRules
from recon.matching.events import MatchRulesSetFact, RuleFact
from recon.matching.passes.engine import PASSES
from recon.matching.passes.rules import DEFAULT_RULES, REFERENCE_THEN_CENT, in_order
from recon.matching.passes.shapes import MatchRule
from recon.matching.reading import bank_of
from recon.matching.writing import write_matching

PROFILES: dict[str, tuple[MatchRule, ...]] = {"default": DEFAULT_RULES, "reference_then_cent": REFERENCE_THEN_CENT}
MOST_RULES = 50
MOST_CODE = 40
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
# Those of the bank account before those of all.
NEWEST = """
    SELECT rules, version, bank_account_id FROM matching_matchrules
    WHERE entity_id = %s AND bank_account_id IS NOT DISTINCT FROM %s ORDER BY version DESC LIMIT 1
"""
INSERT = """
    INSERT INTO matching_matchrules (id, entity_id, bank_account_id, version, rules, event_sequence, recorded_at, actor)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
Fetch = Callable[[str, tuple[Any, ...]], Any]


class RuleSet(NamedTuple):
    """The rules as they run. `version` is 0 while nobody has set any; `bank_account` is None for those of all."""

    rules: tuple[MatchRule, ...]
    version: int
    bank_account: UUID | None


def rules_of(entity_id: UUID, bank_account_id: UUID | None) -> RuleSet:
    """The rules that are in force: the bank account's own, else those of the entity, else the default."""
    for owner in dict.fromkeys((bank_account_id, None)):
        row = _fetch(NEWEST, (entity_id, owner))
        if row is not None:
            return RuleSet(rules_from(row[0]), row[1], row[2])
    return RuleSet(DEFAULT_RULES, 0, None)


def set_rules(
    entity_id: UUID,
    bank_account_id: UUID | None,
    rules: Sequence[MatchRule],
    *,
    actor: str,
    expected_version: int | None = None,
) -> RuleSet:
    """Set the rules of a bank account, or with None of all that have none of their own, as a whole. One event.

    Raises `RuleOutOfRange`, `RuleTwice`, `RuleCodeRefused`, `TooManyRules`, `NotFound` for the bank account, and
    `RulesRevised` when another version than the expected one is in force.
    """
    checked = check_rules(rules)
    if bank_account_id is not None:
        bank_of(entity_id, bank_account_id)

    def work(tx: Transaction, _: None) -> RuleSet:
        row = tx.query(NEWEST, (entity_id, bank_account_id)).fetchone()
        version = row[1] if row else 0
        if expected_version is not None and version != expected_version:
            raise RulesRevised(version=version)
        id_, facts = uuid7(), [rule_fact(rule) for rule in checked]
        sequence = tx.record(MatchRulesSetFact(bank_account_id, version + 1, facts), str(id_), actor)
        stored = Jsonb(msgspec.to_builtins(facts))
        tx.query(
            INSERT, (id_, entity_id, bank_account_id, version + 1, stored, sequence, tx.recorded_at, actor)
        )  # fmt: skip
        return RuleSet(checked, version + 1, bank_account_id)

    return write_matching(entity_id, work, lambda _tx: None)


def set_profile(
    entity_id: UUID, bank_account_id: UUID | None, profile: str, *, actor: str, expected_version: int | None = None
) -> RuleSet:
    """Set the rules of a profile. Raises as `set_rules`, and `NotOneOf` for a profile that is none."""
    if profile not in PROFILES:
        raise NotOneOf(pointer="/profile", choices=", ".join(PROFILES), what="profile")
    return set_rules(entity_id, bank_account_id, PROFILES[profile], actor=actor, expected_version=expected_version)


def check_rules(rules: Sequence[MatchRule]) -> tuple[MatchRule, ...]:
    """The rules in their order. Raises what is wrong with one of them."""
    if not 1 <= len(rules) <= MOST_RULES:
        raise TooManyRules(pointer="/rules", most=MOST_RULES)
    for place, rule in enumerate(rules):
        if CODE.fullmatch(rule.code) is None:
            raise RuleCodeRefused(pointer=f"/rules/{place}/code", most=MOST_CODE, code=rule.code[:MOST_CODE])
        if rule.pass_ not in PASSES:
            raise NotOneOf(pointer=f"/rules/{place}/pass", choices=", ".join(PASSES), what="pass")
    return in_order(rules)


def rule_fact(rule: MatchRule) -> RuleFact:
    return RuleFact(
        rule.code, rule.priority, rule.pass_, normalised(rule.tolerance), normalised(rule.tolerance_percent),
        rule.window_days_before, rule.window_days_after, rule.threshold, rule.is_automatic,
    )  # fmt: skip


def rules_from(stored: Any) -> tuple[MatchRule, ...]:
    """Rules as they are stored, as the engine takes them."""
    return tuple(rule_from(fact) for fact in msgspec.convert(stored, list[RuleFact]))


def rule_from(fact: RuleFact) -> MatchRule:
    return MatchRule(
        fact.code, fact.priority, fact.pass_, Decimal(fact.tolerance), Decimal(fact.tolerance_percent),  # type: ignore[arg-type]
        fact.window_days_before, fact.window_days_after, fact.threshold, fact.is_automatic,
    )  # fmt: skip


def _fetch(sql: str, params: tuple[Any, ...]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    if row is not None and isinstance(row[0], str):  # Django hands jsonb over as text
        return (msgspec.json.decode(row[0]), *row[1:])
    return row
