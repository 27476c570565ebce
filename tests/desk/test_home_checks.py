"""What Home looks at: each check finds what is wrong, finds nothing once it is put right, and reads no posting."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.changing import close_account
from accounts.models import Balance
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from journals.days.closing.running import close_day
from journals.days.errors import CloseBlocked
from journals.days.policies import set_day_policy
from journals.schedules.dates import DueDates
from journals.schedules.recurring import create_recurring, run_due
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.approvals.home_checks import decided_of_mine, waiting_for_me
from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.plugins import HomeEntry, registry
from ledgerflow.desk.preparing import entities_due, prepare
from tests.approving import PERMISSION, a_person, a_proposal, user_of
from tests.builders import TODAY, a_journal, a_transfer, an_account, an_entity, posted, unguarded
from tests.cases.reconciling import acted, books_with_a_bank, ran, said, sold, the_case
from tests.holding import a_wallet, held, release
from tests.people import a_shop

# Whatever grows with the books. Entities, bank accounts, webhooks and the like are few.
LARGE = (
    "accounts_account", "accounts_balance", "journals_daytotal", "books_event", "holds_hold", "rates_rate",
    "statements_statementline", "cases_reconexception", "matching_matchitem", "schedules_recurringrun",
    "webhooks_webhookdelivery", "proof_proofrun", "consuming_deadletter",
)  # fmt: skip


def look(name: str, entity: Entity) -> list[str]:
    """The sentences of a check, with their figures."""
    find = registry.home_checks[name].find
    assert find is not None
    return [said_of(entry) for entry in find(entity.id).entries]


def rate(books: Entity, base: str, quote: str, value: str, on: date) -> None:
    record_rates(
        books.id, [Quote(base, quote, on, "spot", Decimal(value))], source="test", actor="test", confirm_jump=True
    )


def said_of(entry: HomeEntry) -> str:
    return entry.sentence.format_map(entry.figures)


def calm(name: str, entity: Entity) -> str:
    find = registry.home_checks[name].find
    assert find is not None
    said_calmly = find(entity.id).calm
    return said_of(said_calmly) if said_calmly else ""


def test_suspense_and_transit_since_they_last_stood_at_zero() -> None:
    shop = a_shop()
    an_account(shop, "LOST", role="suspense", name="Unknown")
    an_account(shop, "WAY", role="transit", name="Cards")
    for day, amount in ((20, "5.00"), (23, "-5.00"), (25, "3.00"), (27, "1.00")):
        posted(
            shop, a_journal(("LOST", amount), ("4001-SALES", str(-Decimal(amount))), effective_date=date(2026, 2, day))
        )
    posted(shop, a_transfer("WAY", "4001-SALES", "2.00"))
    assert look("uncleared", shop) == [
        "LOST Unknown stands at 4.00 EUR since 2026-02-25.",
        "WAY Cards stands at 2.00 EUR since 2026-03-02.",
    ]
    posted(shop, a_transfer("4001-SALES", "LOST", "4.00"))
    posted(shop, a_transfer("4001-SALES", "WAY", "2.00"))
    assert look("uncleared", shop) == []


def test_balances_on_the_wrong_side_and_beyond_their_limits() -> None:
    shop = a_shop()
    an_account(shop, "3300", "liability", name="Payables")
    an_account(shop, "2002", "liability", min_balance="-50")
    posted(shop, a_transfer("3300", "4001-SALES", "7.00"))
    posted(shop, a_transfer("2002", "4001-SALES", "7.00"))
    assert look("wrong_side", shop) == ["3300 Payables stands at -7.00 EUR, on the side where it usually does not."]
    posted(shop, a_transfer("2001-ALICE", "1001-CASH", "30.00", override_limits="the board says so"))
    assert len(look("wrong_side", shop)) == 1
    assert look("beyond_limits", shop) == ["2001-ALICE Wallet stands at -10.00 EUR, beyond its limits, by permission."]
    posted(shop, a_transfer("1001-CASH", "2001-ALICE", "10.00"))
    posted(shop, a_transfer("4001-SALES", "3300", "7.00"))
    assert look("beyond_limits", shop) == look("wrong_side", shop) == []


def test_the_trial_balance_is_zero_in_each_currency() -> None:
    shop = a_shop()
    assert (look("trial_balance", shop), calm("trial_balance", shop)) == ([], "0 in EUR")
    row = Balance.objects.filter(account__entity=shop, account__code="1001-CASH")
    right = row.get().debits
    with unguarded():
        row.update(debits=right + 1)
    (sentence,) = look("trial_balance", shop)
    assert sentence.startswith("Debits and credits in EUR differ by 1.00")
    with unguarded():
        row.update(debits=right)
    assert look("trial_balance", shop) == []


def test_a_day_that_is_blocked_or_late(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = a_shop()
    assert (look("days", shop), calm("days", shop)) == ([], "")
    an_account(shop, "LOST", role="suspense")
    set_day_policy(shop.id, {"checks": {"suspense": "block"}}, actor="t")
    posted(shop, a_transfer("LOST", "4001-SALES", "3.00"))
    with pytest.raises(CloseBlocked):
        close_day(shop.id, actor="t")
    assert look("days", shop) == ["2026-03-02 does not close: it is blocked."]
    close_day(shop.id, actor="t", accept="it is cleared tomorrow")
    # Nobody set a cut-off: a day is late once it is over, by the entity's clock and calendar.
    assert look("days", shop) == ["2026-03-03 is over, and is not closed."]
    with monkeypatch.context() as clock:
        clock.setattr(clocks, "now", lambda: datetime.fromisoformat("2026-03-03T23:00:00+00:00"))
        assert (look("days", shop), calm("days", shop)) == ([], "closed through 2026-03-02")
    set_day_policy(shop.id, {"cut_off_minutes": 1440}, actor="t")
    assert look("days", shop) == ["2026-03-03 was to be closed at 2026-03-04 00:00:00+00:00, and is not."]
    monkeypatch.setattr(clocks, "now", lambda: datetime.fromisoformat("2026-03-03T12:00:00+00:00"))
    assert look("days", shop) == []


def test_holds_that_expire_today() -> None:
    wallet = a_wallet()
    soon = held(wallet, "5.00", expires_at=clocks.now() + timedelta(seconds=1))
    held(wallet, "6.00", expires_at=clocks.now() + timedelta(days=2))
    held(wallet, "7.00")
    (sentence,) = look("holds_expiring", wallet)
    assert sentence.startswith("5.00 EUR on wallet expires at ")
    release(wallet, soon)
    assert look("holds_expiring", wallet) == []


def test_a_recurring_journal_that_was_refused() -> None:
    wallet = a_wallet("5.00")
    lines = [TemplateLine("wallet", "debit", "7.00"), TemplateLine("shop", "credit", "7.00")]
    template = Template("Fee", lines, DueDates("monthly", 2, TODAY))
    create_recurring(wallet.id, template, key=uuid4().hex, actor="ann")
    assert look("recurring_refused", wallet) == []
    run_due(wallet.id, TODAY, "test")
    (sentence,) = look("recurring_refused", wallet)
    assert sentence.startswith("Fee of 2026-03-02 was not posted: ")
    posted(wallet, a_transfer("cash", "wallet", "7.00"))
    run_due(wallet.id, TODAY, "test")
    assert look("recurring_refused", wallet) == []


def test_lines_of_the_bank_without_a_match() -> None:
    bank = books_with_a_bank()
    books: Entity = bank.entity
    said(bank, ("70.00", "INV-2026-0003"), ("-1.00", "FEE-1"))
    (sentence,) = look("unmatched", books)
    assert (
        "2 lines without a match, 2 of them older than 7 days; 0 open exceptions. The oldest is of 2026-03-02."
        in sentence
    )
    sold(bank, "70.00", "INV-2026-0003")
    ran(bank)
    (sentence,) = look("unmatched", books)
    assert "1 lines without a match, 1 of them older than 7 days; 1 open exceptions." in sentence
    acted(the_case(bank), "resolve", "bank_mistake", note="they will send it back")
    assert look("unmatched", books) == []


def test_rates_of_currencies_in_use_are_there_and_new() -> None:
    books = an_entity()
    assert look("rates", books) == []
    an_account(books, "1100-USD", currency="USD")
    an_account(books, "1200-GBP", currency="GBP")
    assert look("rates", books) == ["EUR/GBP has no rate.", "EUR/USD has no rate."]
    rate(books, "EUR", "USD", "1.16", date(2026, 2, 20))
    rate(books, "USD", "GBP", "0.75", date(2026, 3, 1))  # a way over the dollar is as old as its oldest rate
    assert look("rates", books) == [
        "EUR/GBP is 10 days old, of 2026-02-20.",
        "EUR/USD is 10 days old, of 2026-02-20.",
    ]
    rate(books, "EUR", "USD", "1.17", TODAY)
    assert look("rates", books) == []
    an_account(books, "1300-CHF", currency="CHF")
    assert look("rates", books) == ["EUR/CHF has no rate."]
    close_account(books.id, "1300-CHF", reason="not needed", actor="test")
    assert look("rates", books) == []


def test_proposals_that_wait_and_those_that_were_decided() -> None:
    books, other = an_entity(), an_entity()
    proposer, approver = user_of(a_person(PERMISSION)), user_of(a_person(PERMISSION))
    proposal = a_proposal(books, f"user:{proposer.pk}")
    wanted = [books.id, other.id]
    with CaptureQueriesContext(connection) as captured:
        (waiting,) = waiting_for_me(approver, wanted)[books.id].entries
    assert len([one for one in captured if "approvals_proposal" in one["sql"]]) == 1
    assert waiting.cures[0].row == proposal.pk
    assert waiting_for_me(proposer, wanted) == waiting_for_me(user_of(a_person()), wanted) == {}
    assert decided_of_mine(proposer, wanted) == {}
    decide(books.id, proposal.id, "rejected", person=f"user:{approver.pk}", via="test")
    assert waiting_for_me(approver, wanted) == {}
    (news,) = decided_of_mine(proposer, wanted)[books.id].entries
    assert "was rejected by" in said_of(news)


def test_charts_and_what_is_due_go_over_indexes() -> None:
    books = a_shop()
    an_account(books, "1002", role="cash")
    with CaptureQueriesContext(connection) as captured:
        prepare(books.pk)
        entities_due()
    plans = "\n".join(plan_of(one["sql"]) for one in captured if one["sql"].lstrip().startswith(("SELECT", "WITH")))
    assert "desk_preparedfigures" in plans
    assert "journals_posting" not in plans
    assert [table for table in (*LARGE, "desk_preparedfigures") if f"Seq Scan on {table}" in plans] == []


@pytest.mark.parametrize("name", sorted(name for name, check in registry.home_checks.items() if check.find))
def test_a_check_goes_over_indexes_and_reads_no_posting(name: str) -> None:
    """Planned as for large tables: where an index can be used, none is gone through from its beginning to its end."""
    bank = books_with_a_bank()
    an_account(bank.entity, "1100-USD", currency="USD")
    with CaptureQueriesContext(connection) as captured:
        look(name, bank.entity)
    plans = "\n".join(plan_of(one["sql"]) for one in captured)
    assert "journals_posting" not in plans
    assert [table for table in LARGE if f"Seq Scan on {table}" in plans] == []


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            cursor.execute(f"EXPLAIN {sql}")
            return "\n".join(line for (line,) in cursor.fetchall())
        finally:
            cursor.execute("RESET enable_seqscan")
