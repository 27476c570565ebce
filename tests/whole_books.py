"""Books with a row in every table that belongs to an entity, and with something in most columns that may be empty."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import override_settings
from msgspec.structs import replace

from accounts.bases.use_cases import change_base_currency
from accounts.changing import change_account, close_account, freeze_account
from accounts.currencies import add_currency
from accounts.dimensions.declaring import change_value, require_dimensions
from apps.credits.applications import BaseLedgerOperations
from apps.credits.owners.watching import watch_balances
from apps.credits.use_cases import Request, run_operation
from apps.operations.running import Runner
from apps.operations.versions import retire
from fx.deals.fees import Fee
from fx.deals.models import Settlement
from fx.deals.plan import Order
from fx.deals.quoting import Deal
from fx.deals.settlement import reverse_settlement, settle
from fx.functional.own_rates import carry_at
from fx.rates.policies import set_policy
from journals.days.closing.running import cancel_close, close_day
from journals.days.errors import CloseBlocked
from journals.days.policies import set_day_policy
from journals.drafts import Draft, Line, reversed_lines
from journals.events import read_fact
from journals.periods.use_cases import close_period, declare_earlier_years_closed
from journals.posting import post
from journals.schedules.accruals import post_accrual
from journals.schedules.dates import DueDates
from journals.schedules.recurring import create_recurring, pause, run_due
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.access.keys import create_key, revoke_key
from ledgerflow.approvals.use_cases import decide
from ledgerflow.books.models import Entity
from ledgerflow.books.writing import write
from ledgerflow.events.checkpoints.use_cases import make_checkpoint
from ledgerflow.events.consuming.dead_letters.use_cases import discard, replay
from recon.open_items.use_cases import undo_allocation
from recon.statements.changing import Balances, state_balances, undo_import
from recon.statements.mirrors.bringing import bring_in
from recon.statements.splitting import join_in
from reports.budgets.setting import set_budget
from reports.budgets.specs import BudgetSpec
from tests import approving, calendars
from tests.approving import a_proposal, an_opener
from tests.attachments.filing import a_file, posted_with
from tests.builders import a_journal, a_transfer, an_account, posted
from tests.cases.reconciling import a_gap
from tests.consuming.toys import Toy, a_dead_letter, registered
from tests.credits.keeping import LOYALTY, kept
from tests.eventful import journal_id
from tests.everything import everything
from tests.holding import capture, extend, held, hold, release
from tests.statements.banking import (
    CSV_COLUMNS,
    a_bank_account,
    a_csv_file,
    a_statement_file,
    imported,
    lines_stored,
    split_in_two,
)
from tests.templates.templating import activated, moving
from tests.webhooks.receiving import some_webhooks

FRIDAY = date(2026, 3, 6)
MONDAY = date(2026, 3, 9)
LATER = datetime(2099, 1, 1, tzinfo=UTC)


class Points(BaseLedgerOperations):
    NAME = "points"
    UNIT = "POINT"
    LOW_BELOW = (1,)


def whole_books() -> Entity:
    """Books on Monday 9 March 2026, with Friday closed at the second try and for a reason, and reopened once."""
    whole = everything()
    entity = whole.entity
    _chart(entity)
    _journals(entity)
    _holds(entity)
    _exchange(entity)
    _schedules(entity)
    _closes(entity)
    make_checkpoint(entity.id)
    files = [a_file("posted.txt", b"posted with it")]
    posted_with(entity, replace(a_transfer("CASH", "SALES", "4.00", key="files"), attachments=tuple(files)), files)
    _statements(entity)
    _people(entity)
    _dead_letters(entity)
    some_webhooks(entity)
    a_gap(entity)
    for operation in ("DAILY_REWARD", "CREDIT_SPEND"):
        run_operation(entity.id, Request(Points, operation, "u-1", operation), Runner("test", frozenset({"post"})))
    with override_settings(LEDGERFLOW_APPLICATIONS=["tests.whole_books.Points"]):
        watch_balances(entity.id)
    activated(entity, "sell", moving("CASH", "SALES", name="Sale"))  # in the place of another
    retire(entity.id, "save", 1, actor="test")
    kept(entity, LOYALTY.replace("fixed = 50", "fixed = 60"))
    undo_allocation(entity.id, whole.values["undone_allocation_id"], key=uuid4().hex, actor="test")
    change_base_currency(entity.id, "USD", date(2027, 1, 1), "1.10000", key="base", actor="test")
    make_checkpoint(entity.id)
    return entity


def _dead_letters(entity: Entity) -> None:
    for action in (replay, discard):
        toy = Toy()
        letter = a_dead_letter(toy, entity, 2)
        toy.poison.clear()
        with registered(toy):
            action(entity.id, letter.pk, actor="user:1", reason="mended")


def _statements(entity: Entity) -> None:
    """Beside those of the lists: one that overlaps and is stated, a line that is split, one joined, one undone."""
    bank = a_bank_account(entity, "BANK-EUR", identifier="DE00", column_map=CSV_COLUMNS)
    line = ("100.00", "PAYOUT", FRIDAY, "Jane Doe", "words")
    imported(entity, bank, a_statement_file(line, ("2.00", "FEE", FRIDAY), account="DE00"))
    stated = imported(entity, bank, a_csv_file(("3.00", "C", MONDAY))).statements[0].id
    assert stated
    balances = Balances(FRIDAY, Decimal("102.00"), MONDAY, Decimal("105.00"))
    state_balances(entity.id, stated, balances, actor="test")
    stays, joined, *_ = lines_stored(bank)
    for one in (stays, joined):
        split_in_two(entity, one)
    write(entity.id, lambda tx, _: join_in(tx, joined.pk, actor="test"))
    last = imported(entity, bank, a_csv_file(("4.00", "D", MONDAY)), key="k", file_name="y.csv").statements[0].id
    assert last
    undo_import(entity.id, last, reason="wrong", key="u", actor="test")
    mirror = a_bank_account(entity, "BANK-OF-WALLET", mirror="WALLET")
    bring_in(entity.id, mirror.pk, actor="test")


def _chart(entity: Entity) -> None:
    add_currency(entity, code="ETH", name="Ether", minor_units=18, actor="test")
    add_currency(entity, code="POINT", name="Points", minor_units=0, is_money=False, actor="test")
    an_account(entity, "HEAD", "liability", is_header=True)
    an_account(entity, "WALLET", "liability", min_balance="0", max_balance="1000", metadata={"iban": "DE00"})
    an_account(entity, "OLD", "liability", role="cash", owner_id="u-1", metadata={"tags": [{"deep": True}]})
    an_account(entity, "SUSPENSE", role="suspense")
    change_account(entity.id, "OLD", {"parent": "HEAD", "min_balance": Decimal(-1)}, actor="test")
    freeze_account(entity.id, "OLD", outflow=True, inflow=True, actor="test")
    close_account(entity.id, "OLD", actor="test")
    full = {"valid_from": FRIDAY, "valid_to": MONDAY, "tax_id": "DE1", "reference": "C-1", "country": "DE"}
    change_value(entity.id, "party", "P-1", {**full, "payment_terms_days": 30, "party_kind": "other"}, actor="test")
    change_value(entity.id, "party", "P-2", {"parent": "P-1", "closed": True}, actor="test")
    require_dimensions(entity.id, "SUSPENSE", ["cost_centre"], actor="test", reason="asked for")
    require_dimensions(entity.id, "SUSPENSE", [], actor="test")
    require_dimensions(entity.id, "OLD", ["party"], actor="test")
    budget = [BudgetSpec("SALES", "2026-02", Decimal(9), "party", "P-1"), BudgetSpec("SALES", "2026-03", Decimal(8))]
    set_budget(entity.id, "plan", budget, key=uuid4().hex, actor="test")


def _journals(entity: Entity) -> None:
    posted(entity, a_transfer("CASH", "WALLET", "100.00", external_reference="R-1", metadata={"tags": ["a", {"b": 1}]}))
    posted(
        entity,
        a_journal(
            Line("CASH", Decimal("2.50"), description="words", dimensions={"cost_centre": "x"}),
            ("SUSPENSE", "-2.50"),
            description="All of it",
            effective_date=date(2026, 3, 2),
            late="roll_forward",
        ),
    )
    first = posted(entity, a_transfer("CASH", "WALLET", "15.00"))
    assert first.event_sequence
    lines = (Line("CASH", Decimal(15)), Line("WALLET", Decimal(-15)))
    post(
        entity.id,
        Draft(
            key="back", kind="reversal", reverses=journal_id(entity, first.event_sequence), lines=reversed_lines(lines)
        ),
    )
    posted(entity, a_transfer("WALLET", "CASH", "180.00", override_limits="a chargeback"))
    posted(entity, a_transfer("CASH", "WALLET", "500.00"))


def _holds(entity: Entity) -> None:
    given = {"expires_at": LATER, "description": "A room", "external_reference": "R-2", "metadata": {"room": 7}}
    first = held(entity, "10.00", "WALLET", **given)
    capture(entity, first, "4.00", counter="CASH")
    extend(entity, first, None)
    release(entity, first)
    hold(entity, "3.00", "WALLET", **given)


def _exchange(entity: Entity) -> None:
    settlement = Settlement.objects.filter(entity=entity).latest("event_sequence")
    reverse_settlement(entity.id, settlement.id, key=uuid4().hex, actor="test")
    set_policy(entity.id, {"max_age_days": 30}, actor="test")
    an_account(entity, "OWED-USD", "liability", currency="USD")
    order = Order(
        deal=Deal("EUR", "USD", Decimal("10.00"), Decimal("11.00")),
        sell_account=settlement.sell_account.code,
        buy_account="BANK-USD",
        fee=Fee(Decimal("0.50"), "BANK-USD", "OWED-USD"),
        confirm_unusual_rate=True,
    )
    settle(entity.id, order, key=uuid4().hex, may_choose_rate=True, actor="test")
    posted(entity, a_transfer("BANK-USD", "OWED-USD", "5.00"))  # the close of its day pins a rate
    agreed = posted(entity, a_transfer("BANK-USD", "OWED-USD", "2.00"))
    carry_at(entity.id, read_fact(agreed.journal).id, "0.90", key=uuid4().hex, actor="test")


def _schedules(entity: Entity) -> None:
    lines = [TemplateLine("CASH", "debit", "1.00", description="fee"), TemplateLine("SALES", "credit", "1.00")]
    frozen = [TemplateLine("TILL", "debit", "1.00"), TemplateLine("SALES", "credit", "1.00")]
    weekly = DueDates("weekly", 5, FRIDAY)
    yearly = DueDates("yearly", 9, MONDAY, month=6, ends_on=date(2030, 1, 1), holiday_rule="following")
    thrice = DueDates("quarterly", 31, MONDAY, every=2, times=3)
    split = [replace(line, amount="1000.00") for line in lines]
    for template in (Template("Paid", lines, weekly), Template("Refused", frozen, weekly),
                     Template("Insurance", split, thrice, split=True)):  # fmt: skip
        create_recurring(entity.id, template, key=uuid4().hex, actor="test")
    paused = create_recurring(entity.id, Template("Due", lines, yearly), key=uuid4().hex, actor="test").recurring
    pause(entity.id, paused.id, actor="test")
    freeze_account(entity.id, "TILL", outflow=True, inflow=True, actor="test")
    post_accrual(entity.id, a_journal(("CASH", "1.00"), ("SALES", "-1.00")), reverse_on=MONDAY)
    run_due(entity.id, FRIDAY, "test")


def _closes(entity: Entity) -> None:
    policy = {"weekend": [6, 7], "holidays": {"2026-12-25": "Christmas"}, "checks": {"suspense": "block"}}
    set_day_policy(entity.id, policy, actor="test")
    with pytest.raises(CloseBlocked):
        close_day(entity.id, FRIDAY, actor="test")
    cancel_close(entity.id, FRIDAY, reason="a late invoice", actor="test")
    for accept in ("known", "known as well"):
        if accept != "known":
            approving.reopened(entity, FRIDAY)
        with pytest.raises(CloseBlocked):
            close_day(entity.id, FRIDAY, actor="test")
        close_day(entity.id, FRIDAY, actor="test", accept=accept)
    assert Entity.objects.get(pk=entity.pk).business_date == MONDAY


def _people(entity: Entity) -> None:
    declare_earlier_years_closed(entity.id, date(2025, 12, 31), actor="test", reason="in the old books")
    january = calendars.period(entity, date(2026, 1, 31))
    close_period(entity.id, january.id, actor="test", reason="done")
    calendars.reopened(entity, calendars.period(entity, date(2026, 1, 31)))
    ann, bob = an_opener(), an_opener()
    decide(entity.id, a_proposal(entity, ann).id, "rejected", person=bob, via="key:1", note="too late")
    key, _ = create_key(entity, "till", ["read"], datetime.now(UTC) + timedelta(days=900), actor="test")
    revoke_key(key, actor="test")
