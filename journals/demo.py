"""The demo books: a small wallet business in euro on one ordinary day, which closes by itself at midnight.

Everything can be run again: what is there stays as it is, what is missing is added.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.changing import change_account
from accounts.founding import found_books
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from journals.dating import ONE_DAY
from journals.days.policies import day_policy, set_day_policy
from journals.drafts import Draft, Line, transfer_lines
from journals.hold_events import read_hold_fact
from journals.hold_states import HoldSpec
from journals.holds.use_cases import capture_hold, place_hold
from journals.periods.use_cases import make_fiscal_year, periods_of
from journals.posting import post_many
from journals.schedules.dates import DueDates
from journals.schedules.recurring import create_recurring, recurring_of
from journals.schedules.templates import Template, TemplateLine
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.errors import EntityExists
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.dates import LONGEST_STEP
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.plugins import registry

CODE = "demo"
ISSUER = "demo"
ACTOR = "system:seed_demo"
RETAINED = "retained_earnings"


def _wallet(code: str, name: str, owner: str) -> AccountSpec:
    parent = "2000-WALLETS"
    return AccountSpec(code, name, "EUR", "liability", parent=parent, owner_id=owner, min_balance=Decimal(0))


CHART = (
    AccountSpec("1000-ASSETS", "Assets", "EUR", "asset", is_header=True),
    AccountSpec("1001-CASH", "Cash", "EUR", "asset", parent="1000-ASSETS", role="cash"),
    AccountSpec("1010-BANK", "Bank, current account", "EUR", "asset", parent="1000-ASSETS", role="cash"),
    AccountSpec("1020-CARDS", "Card payments in transit", "EUR", "asset", parent="1000-ASSETS", role="transit"),
    AccountSpec("1900-SUSPENSE", "Suspense", "EUR", "asset", parent="1000-ASSETS", role="suspense"),
    AccountSpec("2000-WALLETS", "Customer wallets", "EUR", "liability", is_header=True),
    _wallet("2001-ALICE", "Wallet of Alice", "alice"),
    _wallet("2002-BOB", "Wallet of Bob", "bob"),
    _wallet("2003-CAROL", "Wallet of Carol", "carol"),
    AccountSpec("2100-VAT", "Value added tax owed", "EUR", "liability"),
    AccountSpec("3001-CAPITAL", "Share capital", "EUR", "equity"),
    AccountSpec("3100-RETAINED", "Retained earnings", "EUR", "equity", role=RETAINED),
    AccountSpec("3900-OPENING", "Opening balances", "EUR", "equity", role="opening_equity"),
    AccountSpec("4001-SALES", "Sales", "EUR", "income"),
    AccountSpec("4010-FEES", "Fees earned", "EUR", "income"),
    AccountSpec("5001-RENT", "Office rent", "EUR", "expense"),
    AccountSpec("5010-BANK-FEES", "Bank and card fees", "EUR", "expense"),
)


def _transfer(key: str, debit: str, credit: str, amount: str, description: str, reference: str = "") -> Draft:
    return Draft(
        key=f"demo:{key}",
        issuer=ISSUER,
        lines=transfer_lines(debit, credit, Decimal(amount)),
        kind="transfer",
        description=description,
        external_reference=reference,
        actor=ACTOR,
    )


def _journal(
    key: str, lines: dict[str, str], description: str, reference: str = "", metadata: dict[str, str] | None = None
) -> Draft:
    return Draft(
        key=f"demo:{key}",
        issuer=ISSUER,
        lines=tuple(Line(account, Decimal(amount)) for account, amount in lines.items()),
        description=description,
        external_reference=reference,
        metadata=metadata,
        actor=ACTOR,
    )


JOURNALS = (
    _transfer("capital", "1010-BANK", "3001-CAPITAL", "25000.00", "Share capital paid in", "NOTARY-2026-118"),
    _transfer("float", "1001-CASH", "1010-BANK", "500.00", "Cash drawn for the till"),
    _transfer("rent", "5001-RENT", "1010-BANK", "1450.00", "Office rent for the month", "INV-88213"),
    _transfer("alice-in", "1010-BANK", "2001-ALICE", "320.00", "Alice tops up by bank transfer", "SEPA-77120"),
    _journal(
        "bob-in",
        {"1020-CARDS": "98.55", "5010-BANK-FEES": "1.45", "2002-BOB": "-100.00"},
        "Bob tops up by card, the scheme keeps its fee",
        "CARD-40017",
        {"scheme": "maestro", "terminal": "web"},
    ),
    _transfer("carol-in", "1020-CARDS", "2003-CAROL", "75.00", "Carol tops up by card", "CARD-40018"),
    _transfer("alice-bob", "2001-ALICE", "2002-BOB", "42.50", "Alice pays Bob for concert tickets"),
    _journal(
        "bob-carol",
        {"2002-BOB": "20.00", "2003-CAROL": "-19.80", "4010-FEES": "-0.20"},
        "Bob pays Carol, one per cent fee",
    ),
    _journal(
        "till",
        {"1001-CASH": "119.00", "4001-SALES": "-100.00", "2100-VAT": "-19.00"},
        "Sale over the counter with value added tax",
        "TILL-0001",
        {"till": "1", "cashier": "dana", "vat_rate": "19 %"},
    ),
    _transfer("settle", "1010-BANK", "1020-CARDS", "173.55", "Card scheme pays out", "PAYOUT-311"),
    _transfer("alice-out", "2001-ALICE", "1010-BANK", "60.00", "Alice withdraws to her bank", "SEPA-77184"),
    _transfer("bank-fee", "5010-BANK-FEES", "1010-BANK", "7.90", "Monthly fee of the bank"),
    _transfer("unknown", "1900-SUSPENSE", "1010-BANK", "12.00", "Direct debit nobody recognises yet", "SEPA-77201"),
)


# What is held in the demo: a hotel that was authorised, and a taxi whose fare was captured from it.
HOTEL = HoldSpec(
    "2001-ALICE", Decimal("80.00"), description="Hotel, two nights, authorised", external_reference="H-5512"
)
TAXI = HoldSpec("2002-BOB", Decimal("30.00"), description="Taxi, authorised", external_reference="T-903")
TAXI_FARE = Decimal("18.40")

# Midnight at the end of the business date. What stands in suspense is told and does not keep the day open.
DAY_POLICY = {"cut_off_minutes": 1440, "checks": {"suspense": "warn", "transit": "block"}}
RENT = "Office rent"


def today_in(time_zone: str) -> date:
    return clocks.now().astimezone(ZoneInfo(time_zone)).date()


def demo_books(time_zone: str = "Europe/Berlin") -> Entity:
    """The demo entity with its chart and journals, its business date not behind today.

    What somebody changed since the first run (an account closed, a wallet frozen, another policy) is left as it is.
    """
    entity = _entity(time_zone)
    today = today_in(entity.time_zone)
    while entity.business_date < today:  # as a person would who comes back after a long time: a month at a time
        advance_business_date(entity, min(today, entity.business_date + LONGEST_STEP), actor=ACTOR)
    open_accounts(entity.id, _chart(entity), actor=ACTOR)
    _cash(entity)
    post_many(entity.id, JOURNALS)
    _hold(entity)
    _calendar(entity)
    _rent(entity)
    for plugin in registry.plugins:
        if plugin.demo is not None:
            plugin.demo(entity, ACTOR)
    return entity


def _chart(entity: Entity) -> list[AccountSpec]:
    """The chart, less a second account for retained earnings: a year end wants exactly one."""
    theirs = entity.accounts.filter(role=RETAINED).exclude(code="3100-RETAINED").exists()
    return [spec for spec in CHART if not (theirs and spec.role == RETAINED)]


def _cash(entity: Entity) -> None:
    """Demo books of an earlier release do not say yet which of their accounts are cash."""
    if not entity.accounts.filter(role="cash").exists():
        for code in ("1001-CASH", "1010-BANK"):
            with suppress(LedgerError):
                change_account(entity.id, code, {"role": "cash"}, actor=ACTOR)


def _calendar(entity: Entity) -> None:
    """The fiscal years from the first business date on, and days that close by themselves."""
    day = entity.business_date
    if not periods_of(entity.id).filter(starts_on__lte=day, ends_on__gte=day).exists():
        for year in range(entity.first_business_date.year, day.year + 1):
            with suppress(LedgerError):  # it is there, or somebody made years of another kind
                make_fiscal_year(entity.id, date(year, 1, 1), actor=ACTOR)
    if day_policy(entity.id)[1] == 0:
        set_day_policy(entity.id, DAY_POLICY, actor=ACTOR)


def _rent(entity: Entity) -> None:
    """The rent from the next month on: that of this month is among the journals."""
    if recurring_of(entity.id).filter(name=RENT).exists():
        return
    template = Template(
        RENT,
        [TemplateLine("5001-RENT", "debit", "1450.00"), TemplateLine("1010-BANK", "credit", "1450.00")],
        DueDates("monthly", 1, entity.business_date + ONE_DAY),
        "Office rent for the month",
    )
    with suppress(LedgerError):
        create_recurring(entity.id, template, key="demo:recurring-rent", issuer=ISSUER, actor=ACTOR)


def _hold(entity: Entity) -> None:
    """The holds of the demo; where somebody froze a wallet or spent its money since, what can be had of them."""
    with suppress(LedgerError):
        place_hold(entity.id, HOTEL, key="demo:hold-hotel", issuer=ISSUER, actor=ACTOR)
    with suppress(LedgerError):
        taxi = read_hold_fact(place_hold(entity.id, TAXI, key="demo:hold-taxi", issuer=ISSUER, actor=ACTOR).hold)
        capture_hold(
            entity.id,
            taxi.id,
            key="demo:taxi-fare",
            issuer=ISSUER,
            counter_account="2003-CAROL",
            amount=TAXI_FARE,
            description="Carol drives Bob home, the fare",
            actor=ACTOR,
        )


def _entity(time_zone: str) -> Entity:
    entity = Entity.objects.filter(code=CODE).first()
    if entity is not None:
        return entity
    try:
        return found_books(
            code=CODE,
            name="Demo company",
            base_currency="EUR",
            business_date=today_in(time_zone),
            time_zone=time_zone,
            actor=ACTOR,
        )
    except EntityExists:  # somebody else was quicker
        return Entity.objects.get(code=CODE)
