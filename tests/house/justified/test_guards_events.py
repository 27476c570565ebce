"""Accounts, balances, holds, keys, proposals and policies change by an event of the same transaction, or not at all.

Each attack is by the application's role with its grants.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from accounts.changing import change_account, close_account
from accounts.models import Account, Balance
from accounts.opening import open_account
from accounts.specs import AccountSpec
from journals.days.closing.running import close_day
from journals.days.policies import set_day_policy
from journals.days.reopening import propose_reopening
from ledgerflow.access.keys import create_key
from reports.statements.postings import general_ledger
from tests.approving import a_person
from tests.attacks import TODAY, YESTERDAY, Attack, Books, connect, refused_by
from tests.builders import a_transfer, an_account, posted, unguarded
from tests.holding import held

pytestmark = pytest.mark.every_server

SignIn = Callable[..., psycopg.Connection[Any]]
COMMIT = "SET CONSTRAINTS ALL IMMEDIATE"


# Entity, accounts, balances


@pytest.mark.parametrize("days", [1, 100_000])
def test_the_business_date_moves_by_an_event(attack: Attack, days: int) -> None:
    attack.run("UPDATE books_entity SET business_date = business_date + %s WHERE id = %s", days, attack.books.id)
    with refused_by("entity_date_has_event"):
        attack.run(COMMIT)


@pytest.mark.parametrize(
    "change", ["closed_at = NULL", "closed_at = now()", "outflow_frozen = true", "owner_id = 'me'", "revision = 1"]
)
def test_an_account_changes_by_an_event(attack: Attack, own: Books, change: str) -> None:
    an_account(own.entity, "gone")
    close_account(own.id, "gone", actor="t")
    attack.run(f"UPDATE accounts_account SET {change} WHERE entity_id = %s AND code = 'gone'", own.id)
    with refused_by("account_has_event"):
        attack.run(COMMIT)


def test_accounts_go_round_in_no_circle(attack: Attack, own: Books) -> None:
    """At once, because whoever reads them meanwhile would never end."""
    an_account(own.entity, "top", is_header=True)
    an_account(own.entity, "middle", is_header=True, parent="top")
    an_account(own.entity, "bottom", is_header=True, parent="middle")
    below = attack.value("SELECT id FROM accounts_account WHERE entity_id = %s AND code = 'bottom'", own.id)
    with refused_by("account_parents_in_no_circle"):
        attack.run("UPDATE accounts_account SET parent_id = %s WHERE entity_id = %s AND code = 'top'", below, own.id)


def test_two_changes_make_no_circle_together(sign_in: SignIn, own: Books) -> None:
    for code in ("one", "two"):
        an_account(own.entity, code, is_header=True)
    one, two = (Account.objects.get(entity=own.entity, code=code).id for code in ("one", "two"))
    first, second = sign_in(), sign_in(options="-c lock_timeout=50ms")
    first.execute("UPDATE accounts_account SET parent_id = %s WHERE id = %s", (two, one))
    with pytest.raises(psycopg.errors.LockNotAvailable):
        second.execute("UPDATE accounts_account SET parent_id = %s WHERE id = %s", (one, two))


def test_a_circle_that_a_superuser_made_hangs_no_ledger(own: Books) -> None:
    an_account(own.entity, "x", is_header=True)
    an_account(own.entity, "y", is_header=True, parent="x")
    an_account(own.entity, "leaf", parent="y")
    with unguarded():
        Account.objects.filter(entity=own.entity, code="x").update(
            parent=Account.objects.get(entity=own.entity, code="y")
        )
    with general_ledger(own.id, accounts=["cash"]) as ledger:
        assert ledger is not None


@pytest.mark.parametrize(
    "change, constraint",
    [
        ("overridden = true", "balance_overridden_by_journal"),
        ("held = 50", "balance_held_by_holds"),
        ("min_balance = -1000", "balance_limits_of_event"),
        ("max_balance = 1000", "balance_limits_of_event"),
    ],
)
def test_a_balance_is_not_set_by_hand(attack: Attack, own: Books, change: str, constraint: str) -> None:
    attack.run(f"UPDATE accounts_balance SET {change} WHERE account_id = %s", own.cash)
    with refused_by(constraint):
        attack.run(COMMIT)


def test_a_permitted_journal_marks_a_balance(own: Books) -> None:
    """What the guard above lets pass."""
    an_account(own.entity, "wallet", "liability", min_balance="0")
    posted(own.entity, a_transfer("wallet", "cash", "5.00", override_limits="agreed"))
    assert Balance.objects.get(account__entity=own.entity, account__code="wallet").overridden


# Holds


def test_a_hold_is_made_by_its_steps(attack: Attack, own: Books) -> None:
    attack.insert(
        "holds_hold", id=uuid4(), entity_id=own.id, account_id=own.cash, currency="EUR", amount=5, captured=0, remaining=5,
        status="active", entries=1, description="", external_reference="", actor="x", placed_at="2026-03-02T12:00:00Z",
        event_sequence=0,
    )  # fmt: skip
    with refused_by("hold_made_by_steps"):
        attack.run(COMMIT)


def test_a_hold_does_not_shrink_by_itself(attack: Attack, own: Books) -> None:
    an_account(own.entity, "wallet", "liability", min_balance="0")
    posted(own.entity, a_transfer("cash", "wallet", "100.00"))
    hold = held(own.entity, "60.00")
    attack.run("UPDATE holds_hold SET remaining = 1, captured = 59, entries = 2 WHERE id = %s", hold)
    with refused_by("hold_made_by_steps"):
        attack.run(COMMIT)


def test_a_step_of_a_hold_has_its_event(attack: Attack, own: Books) -> None:
    an_account(own.entity, "wallet", "liability", min_balance="0")
    posted(own.entity, a_transfer("cash", "wallet", "100.00"))
    hold = held(own.entity, "60.00")
    wallet = Account.objects.get(entity=own.entity, code="wallet").id
    attack.insert(
        "holds_holdentry", hold_id=hold, number=2, entity_id=own.id, account_id=wallet, action="released", amount=1,
        held_after=59, account_version=1, effective_date=TODAY, event_sequence=1, recorded_at="2026-03-02T12:00:00Z",
        actor="x",
    )  # fmt: skip
    with refused_by("hold_entry_has_event"):
        attack.run(COMMIT)


# Keys, proposals, policies, runs


def test_an_api_key_is_made_and_revoked_by_an_event(attack: Attack, own: Books) -> None:
    key, _ = create_key(own.entity, "k", ["read"])
    attack.run("UPDATE access_apikey SET revoked_at = now() WHERE id = %s", key.id)
    with refused_by("api_key_has_event"), attack.connection.transaction():
        attack.run(COMMIT)
    attack.connection.rollback()
    attack.run(
        "INSERT INTO access_apikey (id, entity_id, name, prefix, digest, scopes, created_at, created_by, person,"
        " person_name) VALUES (%s, %s, 'k', 'lf_', 'd', '[\"manage\"]', now(), '', '', '')", uuid4(), own.id,
    )  # fmt: skip
    with refused_by("api_key_has_event"):
        attack.run(COMMIT)


def proposal(attack: Attack, sequence: int) -> UUID:
    made = uuid4()
    attack.insert(
        "approvals_proposal", id=made, entity_id=attack.books.id, kind="day.reopen", subject="x", payload="{}", reason="r",
        proposed_by="user:1", proposed_by_name="x", proposed_via="user:1", proposed_at="2026-03-02T12:00:00Z",
        expires_at="2026-03-09T12:00:00Z", event_sequence=sequence,
    )  # fmt: skip
    return made


def test_a_proposal_has_its_event(attack: Attack) -> None:
    proposal(attack, 1)
    with refused_by("proposal_has_event"):
        attack.run(COMMIT)


def test_a_decision_has_its_event(attack: Attack, own: Books) -> None:
    person = a_person("days.reopen_day")
    close_day(own.id, TODAY, actor="t")
    made = propose_reopening(own.id, TODAY, reason="r", person=person, via=person)
    attack.insert(
        "approvals_proposaldecision", proposal_id=made.id, decision="approved", decided_by="user:999999999", decided_by_name="x", decided_via="user:999999999",
        decided_at=made.proposed_at, note="", event_sequence=1,
    )  # fmt: skip
    with refused_by("proposal_decision_has_event"):
        attack.run(COMMIT)


POLICIES = {
    "day_policy_has_event": "UPDATE days_daypolicy SET weekend = '[1, 2, 3, 4, 5]', revision = revision + 1",
    "fx_policy_has_event": "UPDATE rates_fxpolicy SET max_jump_percent = 9999, revision = revision + 1",
    "recurring_has_event": "UPDATE schedules_recurringjournal SET status = 'paused'",
}


@pytest.mark.parametrize("constraint", POLICIES)
def test_a_policy_is_set_by_an_event(attack: Attack, own: Books, constraint: str) -> None:
    from fx.rates.policies import set_policy
    from journals.schedules.dates import DueDates
    from journals.schedules.recurring import create_recurring
    from journals.schedules.templates import Template, TemplateLine

    set_day_policy(own.id, {"weekend": [7]}, actor="t")
    set_policy(own.id, {"max_age_days": 3}, actor="t")
    lines = [TemplateLine("cash", "debit", "1.00"), TemplateLine("capital", "credit", "1.00")]
    create_recurring(own.id, Template("Rent", lines, DueDates("monthly", 3, TODAY)), key="k", actor="t")
    attack.run(f"{POLICIES[constraint]} WHERE entity_id = %s", own.id)
    with refused_by(constraint):
        attack.run(COMMIT)


def test_a_run_over_foreign_accounts_has_its_event(attack: Attack, own: Books) -> None:
    """Else anybody would date a journal into a day that is closing: "fx_revaluation_of_run" asks for a run alone."""
    attack.insert(
        "revaluation_revaluation", id=uuid4(), entity_id=own.id, number=1, day=TODAY, kind="revaluation",
        method="cumulative", event_sequence=1, recorded_at="2026-03-02T12:00:00Z", actor="x",
    )  # fmt: skip
    with refused_by("revaluation_has_event"):
        attack.run(COMMIT)


def test_a_valuation_pair_has_its_event(attack: Attack, own: Books) -> None:
    an_account(own.entity, "dollars-value")
    value = Account.objects.get(entity=own.entity, code="dollars-value").id
    attack.insert(
        "revaluation_valuationpair", account_id=own.dollars, entity_id=own.id, type="asset", valuation_id=value,
        event_sequence=1, recorded_at="2026-03-02T12:00:00Z", actor="x",
    )  # fmt: skip
    with refused_by("valuation_pair_has_event"):
        attack.run(COMMIT)


def test_the_application_itself_passes(own: Books) -> None:
    """Opening, changing, limits and closing of accounts, as the application's rules allow."""
    open_account(own.id, AccountSpec(code="new", type="asset", name="New", currency="EUR", parent="assets"), actor="t")
    change_account(own.id, "new", {"min_balance": Decimal(-5), "name": "Newer"}, actor="t")
    close_account(own.id, "new", actor="t")
    with connect() as connection:
        assert (
            Attack(connection, own).value("SELECT books_is_ours(xmin) FROM books_entity WHERE id = %s", own.id) is False
        )
    assert YESTERDAY < TODAY
