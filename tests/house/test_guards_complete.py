"""No constraint or trigger of the books without a test that names it."""

from pathlib import Path
from typing import Any

import pytest

from ledgerflow.core.bounds import SUFFIX
from tests.attacks import Attack

pytestmark = pytest.mark.every_server

# Tables that hold no money: they are tested with the features they serve.
NOT_BOOKS = r"^(access|auth|desk|django|portability)"
CONSTRAINTS = """
    SELECT conname FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace AND contype IN ('c', 'u', 'p', 'f', 'x')
      AND conrelid <> 0 AND conrelid::regclass::text !~ %s
"""
UNIQUE_INDEXES = """
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND c.relnamespace = current_schema()::regnamespace AND i.indrelid::regclass::text !~ %s
"""
TRIGGERS = """
    SELECT tgname FROM pg_trigger
    WHERE NOT tgisinternal AND tgrelid::regclass::text !~ %s
"""
# What the functions of these triggers raise is asserted by name.
RAISED_BY = {
    "journal_guard": {"journal_has_event", "journal_has_key", "journal_kind_known", "journals_posting_bounds", "journals_journal_bounds", "journal_has_lines", "journal_balances",
                      "journal_lines_agree", "journal_gap_free",
                      "journal_day_open", "journal_day_not_closing", "journal_not_in_future", "journal_period_open"},
    "fx_revaluation_journal_guard": {"fx_revaluation_of_run"},
    "base_change_guard": {"base_change_in_order", "base_change_day_open", "base_change_day_unused"},
    "functional_measure_guard": {"functional_measure_of_its_close"},
    "functional_base_snapshot_guard": {"functional_row_of_measuring"},
    "functional_pinned_rate_guard": {"functional_row_of_measuring"},
    "functional_own_rate_guard": {"functional_own_rate_in_time"},
    "functional_carried_line_guard": {"functional_carried_line_of_rate"},
    "series_number_guard": {"series_number_gapless"},
    "fx_settlement_journal_guard": {"fx_settlement_of_journal"},
    "fx_settlement_guard": {"fx_settlement_of_journals", "fx_settlement_as_quoted"},
    "fx_settlement_reversal_guard": {"fx_settlement_reversed_as_a_pair"},
    "bank_account_guard": {"bank_account_is_kept", "bank_account_identity_is_fixed", "bank_account_mirror_is_fixed"},
    "statement_of_mirror": {"statement_fits_bank_account"},
    "statement_guard": {"statement_is_kept", "statement_identity_is_fixed", "statement_undone_for_good",
                        "statement_proven_once"},
    "statement_lines_guard": {"statement_has_its_lines", "statement_undone_with_lines"},
    "statement_line_guard": {"statement_line_is_kept", "statement_line_is_fixed", "statement_line_undone_for_good"},
    "statement_line_of_import": {"statement_line_with_statement"},
    "statement_line_undone_by_import": {"statement_line_with_statement"},
    "statement_line_part_guard": {"statement_line_parts_add_up", "statement_line_part_of_line"},
    "statement_line_parts_guard": {"statement_line_parts_add_up"},
    "item_account_guard": {"item_account_goes_on", "item_account_is_asset_or_liability"},
    "due_date_guard": {"due_date_of_item"},
    "allocation_guard": {"allocation_of_items", "allocation_within_amounts"},
    "allocation_undo_guard": {"allocation_undone_after_it"},
    "match_item_guard": {"match_item_with_its_match", "match_item_says_its_line", "match_item_says_its_posting"},
    "match_adds_up_guard": {"match_begins_confirmed", "match_adds_up", "match_items_end_with_it"},
    "match_change_guard": {"match_is_kept", "match_is_only_taken_back"},
    "match_item_change_guard": {"match_item_is_kept", "match_item_only_ends"},
    "matched_line_guard": {"matched_line_is_locked"},
    "fx_valuation_pair_guard": {"fx_valuation_pair_in_use"},
    # They move the entity's row and refuse nothing: tests/house/test_guards_snapshots.py, a test for each.
    "day_calendar_guard": set(),
    "period_calendar_guard": set(),
    "status_calendar_guard": set(),
    "posting_guard": {"posting_into_existing_journal"},
    "event_order": {"event_gap_free", "event_moments_rise", "books_event_bounds"},
    "idempotency_key_guard": {"idempotency_key_of_its_event", "books_idempotencykey_bounds"},
    "entity_guard": {"entity_identity_is_fixed", "entity_has_history", "entity_date_moves_forward"},
    "account_guard": {"account_identity_is_fixed"},
    "currency_guard": {"currency_identity_is_fixed"},
    "balance_guard": {"balance_sign_of_account", "balance_one_per_account"},
    "day_total_guard": {"day_total_one_per_day", "journals_daytotal_bounds"},
    "proposal_decision_guard": {"proposal_four_eyes", "proposal_withdrawn_by_its_maker", "proposal_decided_in_time"},
    "account_parent_guard": {"account_parents_in_no_circle"},
    "dimension_value_guard": {"dimension_value_identity_is_fixed"},
    "dimension_value_parent_guard": {"dimension_value_parents_in_no_circle"},
    "balance_limits_guard": {"balance_limits_of_event"},
    "balance_override_guard": {"balance_overridden_by_journal"},
    "balance_held_guard": {"balance_held_by_holds"},
    "hold_steps_guard": {"hold_made_by_steps"},
    "day_record_guard": {"day_has_event", "day_cut_off_has_run", "day_close_has_snapshot", "day_reopening_has_proposal"},
    "day_run_guard": {"day_run_has_cut_off"},
    "day_snapshot_guard": {"day_snapshot_of_its_close"},
    "period_event_guard": {"period_has_event"},
    "period_overlap_guard": {"period_overlaps_none"},
    "period_follows_guard": {"period_follows", "period_after_first_journal", "period_special_of_year"},
    "period_status_guard": {"period_status_has_event", "period_reopening_has_proposal"},
    "account_lots_guard": {"account_lots_are_fixed"},
    "lot_guard": {"lot_is_kept", "lot_identity_is_fixed", "lot_entries_only_grow"},
    "lot_moves_guard": {"lot_made_by_entries", "lot_of_account_that_keeps_them"},
    "lot_entry_guard": {"lot_entry_counted"},
    "lot_entry_immutable": {"history_is_immutable"},
    "lot_pins_guard": {"lot_pinned_by_holds"},
    "pin_lot_guard": {"lot_pinned_by_holds"},
    "pin_guard": {"pin_only_shrinks"},
    "currency_money_guard": {"currency_identity_is_fixed"},
    "hold_guard": {"hold_is_kept", "hold_identity_is_fixed", "hold_only_shrinks"},
    "day_cut_off_order": {"day_cut_off_in_order", "day_cut_off_before_business_date", "day_of_closed_period",
                        "opening_equity_is_zero"},
    "period_status_order": {"period_status_in_order", "period_days_closed", "period_reopened_by_two"},
}  # fmt: skip


def named(query: str, attack: Attack) -> set[str]:
    return {row[0] for row in attack.run(query, NOT_BOOKS).fetchall()}


@pytest.fixture(scope="module")
def sources() -> str:
    """The text of the other tests of guards, of all rooms."""
    here = Path(__file__)
    files = here.parents[1].rglob("test_guards*.py")
    return "".join(path.read_text() for path in files if path != here)


def test_every_constraint_is_named_by_a_test(attack: Attack, sources: str) -> None:
    # Those that `bounded` makes are met column by column in tests/house/test_guards_bounds.py.
    found = {name for name in named(CONSTRAINTS, attack) if not name.endswith(SUFFIX)} | named(UNIQUE_INDEXES, attack)
    assert len(found) > 50
    assert {name for name in found if f'"{name}"' not in sources} == set()


def test_every_trigger_is_named_by_a_test(attack: Attack, sources: str) -> None:
    found = named(TRIGGERS, attack)
    assert len(found) >= 14
    assert {name for name in found if f'"{name}"' not in sources and name not in RAISED_BY} == set()
    assert {one for name in found for one in RAISED_BY.get(name, set()) if f'"{one}"' not in sources} == set()


def test_every_condition_a_function_raises_is_named_by_a_test(attack: Attack, sources: str) -> None:
    rows: Any = attack.run(
        "SELECT regexp_matches(prosrc, 'CONSTRAINT = ''(\\w+)''', 'g') FROM pg_proc"
        " WHERE pronamespace = current_schema()::regnamespace"
    )
    conditions = {name for ((name,),) in rows}
    assert "journal_balances" in conditions
    assert {name for name in conditions if f'"{name}"' not in sources} == set()
