"""Rates are history: one direction per pair, one value per version, and nothing but numbers."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.attacks import TODAY, Attack, Books, refused_by

pytestmark = pytest.mark.every_server


def pair(attack: Attack, base: str = "EUR", quote: str = "USD", **changes: Any) -> None:
    row = {"id": uuid4(), "entity_id": attack.books.id, "base": base, "quote": quote}
    attack.insert("rates_pair", **row | changes)


def rate(attack: Attack, **changes: Any) -> None:
    """A rate that would fit, but for `changes`."""
    row = {
        "id": uuid4(), "entity_id": attack.books.id, "base": "EUR", "quote": "USD", "rate_date": TODAY, "kind": "spot",
        "version": 1, "value": "1.5", "source": "attacker", "event_sequence": 1, "recorded_at": "2026-03-02T12:00:00Z",
        "actor": "attacker",
    }  # fmt: skip
    attack.insert("rates_rate", **row | changes)


def policy(attack: Attack, **changes: Any) -> None:
    row = {
        "entity_id": attack.books.id, "max_age_days": 7, "max_jump_percent": "20", "rounding": "half_even",
        "revaluation_method": "cumulative", "revision": 1,
    }  # fmt: skip
    attack.insert("rates_fxpolicy", **row | changes)


def test_a_rate_that_fits_goes_in(attack: Attack) -> None:
    """So that what is refused below is refused for its one change."""
    pair(attack)
    rate(attack)
    policy(attack)


def test_a_pair_has_one_direction(attack: Attack) -> None:
    pair(attack)
    with refused_by("fx_pair_one_way"), attack.connection.transaction():
        pair(attack, "USD", "EUR")
    # The same direction twice meets whichever of the two is looked at first; with one gone, the other one.
    with pytest.raises(psycopg.errors.UniqueViolation), attack.connection.transaction():
        pair(attack)
    attack.run("DROP INDEX fx_pair_one_way")
    with refused_by("fx_pair_unique"):
        pair(attack)


@pytest.mark.parametrize("base, quote", [("eur", "USD"), ("EUR", ""), ("EUR", "US D"), ("1", "USD")])
def test_a_pair_is_of_currency_codes(attack: Attack, base: str, quote: str) -> None:
    with refused_by("fx_pair_code_form"):
        pair(attack, base, quote)


def test_a_pair_is_of_two(attack: Attack) -> None:
    with refused_by("fx_pair_of_two"):
        pair(attack, "EUR", "EUR")


def test_pairs_and_policies_belong_to_books_that_exist(attack: Attack) -> None:
    stranger = "00000000-0000-0000-0000-000000000001"
    pair(attack, entity_id=stranger)
    with refused_by("rates_pair_entity_id_509dc677_fk_books_entity_id"), attack.connection.transaction():
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")
    attack.connection.rollback()
    policy(attack, entity_id=stranger)
    with refused_by("rates_fxpolicy_entity_id_d0e1cf92_fk_books_entity_id"):
        attack.run("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_rate_belongs_to_the_direction_of_its_pair(attack: Attack) -> None:
    pair(attack)
    for changes in ({"base": "USD", "quote": "EUR"}, {"quote": "JPY"}, {"entity_id": Books().id}):
        with refused_by("fx_rate_pair_known"), attack.connection.transaction():
            rate(attack, **changes)


def test_a_version_is_used_once(attack: Attack) -> None:
    pair(attack)
    rate(attack)
    with refused_by("fx_rate_version_unique"):
        rate(attack, value="1.6", source="other")


@pytest.mark.parametrize("value", ["0", "-1.5", "NaN", "9999999999999999.9999999999999"])
def test_a_rate_is_a_number_above_zero(attack: Attack, value: str) -> None:
    pair(attack)
    with pytest.raises(psycopg.errors.NumericValueOutOfRange) if value[0] == "9" else refused_by("fx_rate_value_sane"):
        rate(attack, value=value)


@pytest.mark.parametrize("value", ["Infinity", "-Infinity"])
def test_a_rate_is_finite(attack: Attack, value: str) -> None:
    """The type itself says so: numeric(28,12) has no infinity."""
    pair(attack)
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        rate(attack, value=value)


def test_kinds_and_versions_are_those_we_know(attack: Attack) -> None:
    pair(attack)
    with refused_by("fx_rate_kind_known"), attack.connection.transaction():
        rate(attack, kind="forward"[:7])
    with refused_by("fx_rate_version_positive"), attack.connection.transaction():
        rate(attack, version=0)


@pytest.mark.parametrize(
    "change, constraint",
    [
        ({"max_age_days": -1}, "fx_policy_max_age_range"),
        ({"max_age_days": 3661}, "fx_policy_max_age_range"),
        ({"max_jump_percent": "0"}, "fx_policy_max_jump_range"),
        ({"max_jump_percent": "NaN"}, "fx_policy_max_jump_range"),
        ({"max_revaluation_percent": "0"}, "fx_policy_max_revaluation_range"),
        ({"rounding": "sometimes"}, "fx_policy_rounding_known"),
        ({"revaluation_method": "both"}, "fx_policy_method_known"),
    ],
    ids=str,
)
def test_a_policy_is_one_we_can_follow(attack: Attack, change: dict[str, Any], constraint: str) -> None:
    with refused_by(constraint):
        policy(attack, **change)


@pytest.mark.parametrize("table", ["rates_rate", "rates_pair", "rates_fxpolicy"])
def test_each_row_has_its_own_id(attack: Attack, table: str) -> None:
    pair(attack)
    rate(attack)
    policy(attack)
    names = {"rates_rate_pkey", "rates_pair_pkey", "rates_fxpolicy_pkey"}
    assert f"{table}_pkey" in names
    with refused_by(f"{table}_pkey"):
        attack.run(f"INSERT INTO {table} SELECT * FROM {table}")


def test_rates_and_pairs_are_guarded_by_triggers_of_their_own(attack: Attack) -> None:
    """What they refuse is attacked with the other tables of history."""
    rows = attack.run(
        "SELECT tgname FROM pg_trigger WHERE tgrelid IN ('rates_rate'::regclass, 'rates_pair'::regclass) AND NOT tgisinternal"
    )
    assert {name for (name,) in rows} == {"fx_rate_immutable", "fx_pair_immutable", "fx_pair_of_money"}


def test_what_is_not_money_has_no_rates(attack: Attack) -> None:
    unit = {"id": uuid4(), "entity_id": attack.books.id, "code": "CREDIT", "name": "x", "minor_units": 0}
    with attack.connection.transaction(force_rollback=True):
        pair(attack, "CREDIT", "EUR")
        with refused_by("fx_unit_without_rates"):
            attack.insert("accounts_currency", **unit, is_custom=True, is_money=False)
    attack.insert("accounts_currency", **unit, is_custom=True, is_money=False)
    for codes in (("CREDIT", "EUR"), ("EUR", "CREDIT")):
        with refused_by("fx_pair_of_money"), attack.connection.transaction():
            pair(attack, *codes)
    pair(attack)
