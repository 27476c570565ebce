"""Making the books of the sample company, through the use cases that the API calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from accounts.founding import found_books
from accounts.opening import open_accounts
from fx.deals.role_accounts import open_missing
from fx.rates.quotes import Quote
from fx.rates.recording import record_rates
from fx.revaluation.valuation_pairs import pair_missing
from journals.days.closing.running import close_through, next_day
from journals.days.policies import set_day_policy
from journals.drafts import Draft, Line
from journals.hold_states import HoldSpec
from journals.holds.use_cases import place_hold
from journals.periods.use_cases import make_fiscal_year
from journals.posting import post_many
from ledgerflow.books.entities import advance_business_date
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.desk.sample import company
from ledgerflow.desk.sample.trade import ACTOR, BankMove, Trade
from recon.open_items.keeping import keep_open_items
from recon.statements.bank_accounts import BankAccountSpec, set_bank_account
from recon.statements.importing import import_file

DAYS = 91
SATURDAY = 5
OPEN_DAYS = 8  # at the end: days that nobody has closed yet, the first of them with something in suspense
Say = Callable[[str], None]


CODE = "hansen"  # of the books, unless another one is asked for


def sample_books(code: str, seed: int, first: date, say: Say) -> Entity:
    """New books of the company from `first` on; the same seed and day make the same ones. Raises `EntityExists`."""
    entity = found_books(
        code=code,
        name=company.NAME,
        base_currency="EUR",
        business_date=first,
        time_zone="Europe/Berlin",
        dimensions=company.DIMENSIONS,
        actor=ACTOR,
    )
    _set_up(entity)
    trade = Trade(seed)
    last_closed = first + timedelta(days=DAYS - OPEN_DAYS)
    for number in range(DAYS):
        day = first + timedelta(days=number)
        if number and day.weekday() < SATURDAY:
            _rates(entity, day, number)
        drafts = trade.opening(day) if not number else trade.on(day) if day.weekday() < SATURDAY else []
        if number:
            _go_on(entity, day)
        post(entity, drafts)
        if number and day.weekday() == SATURDAY and day <= last_closed:
            say(f"{sum(1 for _ in close_through(entity.pk, day - timedelta(days=1), actor=ACTOR))} days closed")
    _leave_open(entity, trade)
    return Entity.objects.get(pk=entity.pk)


def post(entity: Entity, drafts: list[Draft]) -> None:
    """Raises what refuses the first that is refused: nothing of the sample may be."""
    for answer in post_many(entity.pk, drafts, atomic=True) if drafts else ():
        if answer.refusal is not None:
            raise answer.refusal


def _set_up(entity: Entity) -> None:
    for opened in open_accounts(entity.pk, company.chart(), actor=ACTOR):
        if opened.refusal is not None:
            raise opened.refusal
    open_missing(entity.pk, ["USD", "GBP"], actor=ACTOR)
    pair_missing(entity.pk, "EUR", actor=ACTOR)
    make_fiscal_year(entity.pk, date(entity.business_date.year, 1, 1), actor=ACTOR)
    set_day_policy(
        entity.pk, {"cut_off_minutes": 1080, "weekend": [6, 7], "checks": {"suspense": "block"}}, actor=ACTOR
    )
    for account in (company.RECEIVABLES, company.PAYABLES):
        keep_open_items(entity.pk, account, 30, actor=ACTOR)
    set_bank_account(entity.pk, company.BANK, BankAccountSpec("Sparkasse Celle", company.IBAN), actor=ACTOR)


def _rates(entity: Entity, day: date, number: int) -> None:
    """Rates that move a little, for measuring and for deals."""
    drift = Decimal(number % 23 - 11) / 2_000
    values = {"USD": Decimal("1.1602") + drift, "GBP": Decimal("0.8712") + drift / 2}
    quotes = [Quote("EUR", code, day, kind, value) for code, value in values.items() for kind in ("spot", "closing")]
    record_rates(entity.pk, quotes, source="seed", actor=ACTOR)


def _go_on(entity: Entity, day: date) -> None:
    entity.refresh_from_db()
    if entity.business_date < day:
        advance_business_date(entity, day, actor=ACTOR)


def _leave_open(entity: Entity, trade: Trade) -> None:
    """What somebody at the desk finds: a day that does not close, money in transit, lines to match, holds."""
    entity.refresh_from_db()
    blocked = next_day(entity)
    odd = (("Payment without a reference", company.SUSPENSE, "1234.56"), ("Card takings", company.TRANSIT, "-815.40"))
    post(entity, [_odd(blocked, words, account, amount) for words, account, amount in odd])
    post(entity, [_deposit(blocked)])
    until = clocks.now() + timedelta(days=2)  # whenever the books are: a hold ends by the clock
    for number, (amount, words) in enumerate((("1500.00", "Trade fair stand"), ("640.00", "Spare parts"))):
        spec = HoldSpec(company.DEPOSITS, Decimal(amount), description=words, expires_at=until if number else None)
        place_hold(entity.pk, spec, key=f"seed:hold-{number}", issuer="desk", actor=ACTOR)
    import_file(entity.pk, None, _statement(trade.bank), "sparkasse.sta", actor=ACTOR)


def _odd(day: date, words: str, account: str, amount: str) -> Draft:
    value = Decimal(amount)
    lines = (Line(company.BANK, value), Line(account, -value))
    return Draft(f"seed:{account}", lines, effective_date=day, description=words, issuer="desk", actor=ACTOR)


def _deposit(day: date) -> Draft:
    lines = (Line(company.BANK, Decimal(5_000)), Line(company.DEPOSITS, Decimal(-5_000)))
    words = "Deposit of Weber Fördertechnik GmbH"
    return Draft("seed:deposit", lines, effective_date=day, description=words, issuer="desk", actor=ACTOR)


def _statement(moves: list[BankMove]) -> bytes:
    """What the bank says of the last weeks (MT940), with one line of which the books know nothing."""
    last = moves[-1].day
    told = [one for one in moves if one.day > last - timedelta(days=21)]
    told.append(BankMove(last, Decimal("-12.90"), "NONREF", "Kartenentgelt"))
    ends = sum((one.amount for one in told), Decimal())
    rows = [":20:START", f":25:{company.IBAN}", ":28C:1/1", f":60F:{_balance(Decimal(0), told[0].day)}"]
    for one in told:
        sign = "D" if one.amount < 0 else "C"
        rows.append(f":61:{one.day:%y%m%d}{one.day:%m%d}{sign}{_comma(one.amount)}NTRF{one.reference[:16]}")
        rows.append(f":86:{one.name} /NAME/{one.name}")
    return "\n".join([*rows, f":62F:{_balance(ends, last)}", "-", ""]).encode()


def _balance(amount: Decimal, day: date) -> str:
    return f"{'D' if amount < 0 else 'C'}{day:%y%m%d}EUR{_comma(amount)}"


def _comma(amount: Decimal) -> str:
    return format(amount.copy_abs(), ".2f").replace(".", ",")
