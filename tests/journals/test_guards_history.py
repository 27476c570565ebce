"""Nothing posted is ever changed or deleted, and what history refers to stays what it was."""

from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest

from tests.attacks import TODAY, YESTERDAY, Attack, Books, refused_by

pytestmark = pytest.mark.every_server

HISTORY = {
    "journals_journalkind": "name",
    "journals_journal": "description",
    "journals_posting": "amount",
    "books_event": "data",
    "books_idempotencykey": "fingerprint",
    "ledger_roles_membershipstep": "reason",
    "approvals_proposal": "reason",
    "approvals_proposaldecision": "note",
    "days_daycutoff": "reason",
    "holds_holdentry": "action",
    "lots_lotentry": "action",
    "days_dayclose": "actor",
    "days_dayclosestep": "outcome",
    "days_daysnapshot": "closing",
    "periods_period": "ends_on",
    "periods_periodstatus": "status",
    "schedules_scheduledreversal": "due_on",
    "schedules_recurringrun": "outcome",
    "rates_pair": "base",
    "rates_rate": "value",
    "deals_fxquote": "buy_amount",
    "deals_settlement": "chain",
    "deals_settlementreversal": "effective_date",
    "revaluation_revaluation": "day",
    "revaluation_revaluationline": "posted_gain",
    "revaluation_pinnedrate": "chain",
    "functional_basemeasure": "total",
    "functional_measuredrate": "chain",
    "functional_basesnapshot": "base_total",
    "functional_ownrate": "rate",
    "functional_carriedline": "value",
    "matching_matchrejection": "reason",
    "matching_matchrules": "rules",
    "recon_reports_reconrun": "actor",
    "checkpoints_checkpoint": "note",
    "checkpoints_tile": "hashes",
    "proof_proofrun": "outcome",
    "credits_turn": "period",
    "credits_notice": "amount",
    "attachments_attachment": "name",
}


@pytest.mark.parametrize("table, column", HISTORY.items())
def test_history_is_never_updated(attack: Attack, table: str, column: str) -> None:
    """Not even to the value it has, not even where no row is meant."""
    with refused_by("history_is_immutable"):
        attack.run(f"UPDATE {table} SET {column} = {column} WHERE false")


@pytest.mark.parametrize("table", HISTORY)
def test_history_is_never_deleted(attack: Attack, table: str) -> None:
    with refused_by("history_is_immutable"):
        attack.run(f"DELETE FROM {table} WHERE false")


@pytest.mark.parametrize("table", [*HISTORY, "books_entity", "accounts_account"])
def test_history_is_never_truncated(attack: Attack, table: str) -> None:
    """Nor from above: TRUNCATE of an entity or account would take it along by CASCADE."""
    with refused_by("history_is_immutable"):
        attack.run(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", HISTORY)
def test_history_is_never_merged_over(attack: Attack, table: str) -> None:
    with refused_by("history_is_immutable"):
        attack.run(f"MERGE INTO {table} USING (SELECT 1) AS one ON false WHEN MATCHED THEN DELETE")


def test_each_history_table_has_its_own_trigger(attack: Attack) -> None:
    """By name: the trigger that answered above is the one meant."""
    rows = attack.run(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgfoid = 'books_refuse_change'::regproc"
    )
    assert dict(rows.fetchall()) == {
        "checkpoints_checkpoint": "checkpoint_immutable",
        "checkpoints_tile": "checkpoint_tile_immutable",
        "journals_journal": "journal_immutable",
        "journals_journalkind": "journal_kind_immutable",
        "journals_posting": "posting_immutable",
        "books_event": "event_immutable",
        "books_idempotencykey": "idempotency_key_immutable",
        "ledger_roles_membershipstep": "membership_step_immutable",
        "approvals_proposal": "proposal_immutable",
        "approvals_proposaldecision": "proposal_decision_immutable",
        "days_daycutoff": "day_cut_off_immutable",
        "holds_holdentry": "hold_entry_immutable",
        "days_dayclose": "day_close_immutable",
        "days_dayclosestep": "day_close_step_immutable",
        "days_daysnapshot": "day_snapshot_immutable",
        "periods_period": "period_immutable",
        "periods_periodstatus": "period_status_immutable",
        "schedules_scheduledreversal": "scheduled_reversal_immutable",
        "taxes_taxrate": "tax_rate_immutable",
        "series_numberseries": "number_series_immutable",
        "series_seriesnumber": "series_number_immutable",
        "schedules_recurringrun": "recurring_run_immutable",
        "rates_pair": "fx_pair_immutable",
        "rates_rate": "fx_rate_immutable",
        "deals_fxquote": "fx_quote_immutable",
        "deals_settlement": "fx_settlement_immutable",
        "deals_settlementreversal": "fx_settlement_reversal_immutable",
        "revaluation_revaluation": "fx_revaluation_immutable",
        "revaluation_revaluationline": "fx_revaluation_line_immutable",
        "revaluation_pinnedrate": "fx_pinned_rate_immutable",
        "functional_basemeasure": "functional_measure_immutable",
        "functional_measuredrate": "functional_pinned_rate_immutable",
        "functional_basesnapshot": "functional_base_snapshot_immutable",
        "functional_ownrate": "functional_own_rate_immutable",
        "functional_carriedline": "functional_carried_line_immutable",
        "bases_basechange": "base_change_immutable",
        "open_items_itemaccount": "item_account_immutable",
        "open_items_duedate": "due_date_immutable",
        "open_items_allocation": "allocation_immutable",
        "open_items_allocationundo": "allocation_undo_immutable",
        "matching_matchrejection": "match_rejection_immutable",
        "matching_matchrules": "match_rules_immutable",
        "recon_reports_reconrun": "recon_run_immutable",
        "budgets_budgetline": "budget_line_immutable",
        "operations_templateversion": "template_version_immutable",
        "operations_templatestep": "template_step_immutable",
        "lots_lotentry": "lot_entry_immutable",
        "proof_proofrun": "proof_run_immutable",
        "credits_turn": "credit_turn_immutable",
        "credits_applicationversion": "application_version_immutable",
        "credits_applicationstep": "application_step_immutable",
        "credits_notice": "credit_notice_immutable",
        "attachments_attachment": "attachment_immutable",
    }


def test_an_event_goes_on_without_a_gap(attack: Attack, books: Books) -> None:
    for sequence in (books.last_sequence + 2, books.last_sequence + 100):
        with refused_by("event_gap_free"), attack.connection.transaction():
            attack.event(sequence=sequence)


def test_an_event_cannot_be_put_before_the_first(attack: Attack) -> None:
    with refused_by("event_sequence_positive"):
        attack.event(sequence=0)


def test_a_sequence_is_used_once(attack: Attack) -> None:
    with refused_by("books_event_pkey"):
        attack.event(sequence=1)


def test_many_events_at_once_have_no_gap_among_them(attack: Attack, books: Books) -> None:
    with refused_by("event_gap_free"):
        attack.run(
            """INSERT INTO books_event (entity_id, sequence, id, type, subject, data, actor, recorded_at, hash)
               SELECT %s, n, gen_random_uuid(), 'x', '', '{}', '', '2100-01-01', sha256('') FROM unnest(%s::bigint[]) AS n""",
            books.id,
            [books.last_sequence + 1, books.last_sequence + 3],
        )


def test_the_moments_of_events_rise(attack: Attack, books: Books) -> None:
    last = attack.value("SELECT recorded_at FROM books_event WHERE entity_id = %s ORDER BY sequence DESC", books.id)
    for moment in (last, last - timedelta(microseconds=1)):
        with refused_by("event_moments_rise"), attack.connection.transaction():
            attack.event(recorded_at=moment)
    attack.event(recorded_at=last + timedelta(microseconds=1))


def test_an_event_of_an_entity_that_does_not_exist(attack: Attack) -> None:
    with refused_by("entity_exists"):
        attack.event(entity_id=uuid4(), sequence=1)


def test_a_key_is_used_once(attack: Attack, books: Books) -> None:
    with refused_by("books_idempotencykey_pkey"):
        attack.key("first", event_sequence=1)


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "a\n", "\n", "a\x7f", '"q-1"'])
def test_a_key_is_visible_ascii_whoever_writes_it(attack: Attack, books: Books, key: str) -> None:
    with refused_by("idempotency_key_visible_ascii"):
        attack.insert(
            "books_idempotencykey", entity_id=books.id, issuer="client", key=key, fingerprint=b"", event_sequence=1
        )


@pytest.mark.parametrize("issuer", ["", "Client", "a b", "client ", "_", "a1", "client\n", "ü"])
def test_an_issuer_has_the_form_of_a_rooms_name(attack: Attack, books: Books, issuer: str) -> None:
    with refused_by("idempotency_key_issuer"):
        attack.insert(
            "books_idempotencykey", entity_id=books.id, issuer=issuer, key="k", fingerprint=b"", event_sequence=1
        )


@pytest.mark.parametrize(
    "column, value",
    [("id", uuid4()), ("code", "other"), ("base_currency", "USD"), ("first_business_date", date(2020, 1, 1))],
)
def test_books_have_one_beginning(attack: Attack, books: Books, column: str, value: object) -> None:
    with refused_by("entity_identity_is_fixed"):
        attack.run(f"UPDATE books_entity SET {column} = %s WHERE id = %s", value, books.id)


def test_an_entity_with_a_history_stays(attack: Attack, books: Books) -> None:
    with refused_by("entity_has_history"):
        attack.run("DELETE FROM books_entity WHERE id = %s", books.id)


def test_an_entity_without_one_may_go(attack: Attack) -> None:
    entity = uuid4()
    attack.insert(
        "books_entity", id=entity, code="empty", name="Empty", base_currency="EUR", time_zone="UTC",
        first_business_date=TODAY, business_date=TODAY, dimensions="[]", created_at="2026-03-02T12:00:00Z",
    )  # fmt: skip
    assert attack.run("DELETE FROM books_entity WHERE id = %s", entity).rowcount == 1


def test_the_business_date_only_moves_forward(attack: Attack, books: Books) -> None:
    attack.run("UPDATE books_entity SET business_date = business_date + 2 WHERE id = %s", books.id)
    with refused_by("entity_date_moves_forward"):
        attack.run("UPDATE books_entity SET business_date = business_date - 1 WHERE id = %s", books.id)


def test_the_business_date_is_not_before_the_first(attack: Attack) -> None:
    with refused_by("entity_business_date_not_before_first"):
        attack.insert(
            "books_entity", id=uuid4(), code="early", name="Early", base_currency="EUR", time_zone="UTC",
            first_business_date=TODAY, business_date=YESTERDAY, dimensions="[]", created_at="2026-03-02T12:00:00Z",
        )  # fmt: skip


@pytest.mark.parametrize(
    "column, value",
    [
        ("id", uuid4()),
        ("entity_id", "0190a000-0000-7000-8000-000000000000"),
        ("code", "other"),
        ("type", "expense"),
        ("currency", "USD"),
        ("normal_side", "credit"),
        ("opened_at", "2020-01-01T00:00:00Z"),
    ],
)
def test_what_an_account_is_never_changes(attack: Attack, books: Books, column: str, value: object) -> None:
    with refused_by("account_identity_is_fixed"):
        attack.run(f"UPDATE accounts_account SET {column} = %s WHERE id = %s", value, books.cash)


@pytest.mark.parametrize(
    "column, value",
    [("entity_id", "0190a000-0000-7000-8000-000000000000"), ("code", "EUX"), ("minor_units", 3), ("is_money", False)],
)
def test_the_scale_of_a_currency_stays(attack: Attack, books: Books, column: str, value: object) -> None:
    with refused_by("currency_identity_is_fixed"):
        attack.run(f"UPDATE accounts_currency SET {column} = %s WHERE entity_id = %s AND code = 'EUR'", value, books.id)


def test_the_posting_currency_follows_from_the_account(attack: Attack, books: Books) -> None:
    with pytest.raises(psycopg.errors.GeneratedAlways):
        attack.run("UPDATE accounts_account SET posting_currency = 'USD' WHERE id = %s", books.cash)
