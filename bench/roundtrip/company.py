"""Three years of the company of the demo: each week closed, each year ended, with every kind of journal in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import msgspec

from accounts.founding import found_books
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from bench.books import ACTOR
from bench.roundtrip.declaring import declare, trade
from fx.deals.plan import Order
from fx.deals.quoting import Deal
from fx.deals.role_accounts import open_missing
from fx.deals.settlement import settle
from fx.functional.own_rates import carry_at
from fx.rates.quotes import SPOT, Quote
from fx.rates.recording import record_rates
from fx.revaluation.demo import ACCOUNTS, BANK, BANK_VALUE
from fx.revaluation.valuation_pairs import pair_valuation
from journals.days.closing.running import close_day
from journals.days.policies import set_day_policy
from journals.demo import CHART, JOURNALS
from journals.drafts import Draft, Line, transfer_lines
from journals.events import read_fact
from journals.hold_events import read_hold_fact
from journals.hold_states import HoldSpec
from journals.holds.use_cases import capture_hold, place_hold
from journals.openings import post_opening_balances
from journals.periods.use_cases import close_period, make_fiscal_year, periods_of
from journals.periods.year_end import close_year
from journals.posting import post
from journals.reversal import reverse_journal
from journals.schedules.accruals import post_accrual
from journals.schedules.dates import DueDates
from journals.schedules.recurring import create_recurring
from journals.schedules.templates import Template, TemplateLine
from journals.series.numbering import catch_up
from ledgerflow.books.models import Entity

YEARS = 3
WEEK = timedelta(days=7)
TURN = 4 * WEEK  # from one business day to the next
QUARTER = 3  # turns
SALES = 8  # a turn
DOLLARS = (
    AccountSpec("3101-RETAINED-USD", "Retained earnings in dollars", "USD", "equity", role="retained_earnings"),
    AccountSpec("4002-SALES-USD", "Sales in dollars", "USD", "income"),
    AccountSpec("5002-LICENCES-USD", "Licences in dollars", "USD", "expense"),
    AccountSpec("1500-PREPAID-USD", "Prepaid licences", "USD", "asset", monetary=False),
)


class Company:
    """The books while they are made; `turn` counts fours of weeks from 0."""

    def __init__(self, years: int = YEARS) -> None:
        today = datetime.now(UTC).date()
        self.first_year = today.year - years
        start = date(self.first_year, 1, 1)
        start += timedelta(days=(5 - start.weekday()) % 7)  # a Saturday, the only business day
        self.entity = found_books(
            code=f"company-{uuid4().hex[:8]}", name="Demo company", base_currency="EUR", business_date=start,
            dimensions=["party", "shop", "tax"], actor=ACTOR,
        )  # fmt: skip
        self.id = self.entity.id
        self.last_year = today.year - 1
        self.turn = 0
        self._chance = Random(7)
        off = {start + week * WEEK: "closed" for week in range(54 * (years + 1)) if week % 4}
        policy = {"weekend": [1, 2, 3, 4, 5, 7], "holidays": {str(day): name for day, name in off.items()}}
        set_day_policy(self.id, policy, actor=ACTOR)
        for year in range(self.first_year, today.year + 1):
            make_fiscal_year(self.id, date(year, 1, 1), actor=ACTOR)
        open_accounts(self.id, [*CHART, *ACCOUNTS, *DOLLARS], actor=ACTOR)
        open_missing(self.id, ["USD"], actor=ACTOR)
        pair_valuation(self.id, BANK, BANK_VALUE, actor=ACTOR)
        declare(self.entity, self.first_year)
        post_opening_balances(
            self.id, [("1010-BANK", Decimal("10000.00")), ("3001-CAPITAL", Decimal("10000.00"))], actor=ACTOR
        )
        rent = Template(
            "Office rent",
            [TemplateLine("5001-RENT", "debit", "1450.00"), TemplateLine("1010-BANK", "credit", "1450.00")],
            DueDates("monthly", 1, start + WEEK),
            "Office rent for the month",
        )
        create_recurring(self.id, rent, key="rent", issuer=ACTOR, actor=ACTOR)

    def live(self) -> Entity:
        """One turn of four weeks after the other, to the first of them that closes this year."""
        open_year = self.first_year
        while open_year <= self.last_year:
            self._rates()
            for number in range(SALES):
                self._trade(number)
            self._month()
            trade(self.id, self.turn)
            if self.turn % QUARTER == QUARTER - 1:
                self._quarter()
            closed = self.today
            close_day(self.id, actor=ACTOR, accept="seeded")
            if closed.year > open_year:
                self._year_end(open_year)
                open_year += 1
            self.turn += 1
        catch_up(self.id)
        self.entity.refresh_from_db()
        return self.entity

    @property
    def today(self) -> date:
        self.entity.refresh_from_db()
        return self.entity.business_date

    def _post(self, name: str, *lines: Line, number: int = 0, **given: object) -> UUID:
        key = f"{name.replace(' ', '-')}:{self.turn}:{number}"
        draft = Draft(key, lines, actor=ACTOR, description=name.capitalize(), **given)  # type: ignore[arg-type]
        return read_fact(post(self.id, draft).journal).id

    def _rates(self) -> None:
        days = [self.today - timedelta(days=day) for day in range(-28, 28)]
        quotes = [Quote("EUR", "USD", day, SPOT, Decimal(f"1.{1000 + day.toordinal() * 7919 % 500}")) for day in days]
        record_rates(self.id, quotes, source=ACTOR, actor=ACTOR, confirm_jump=True)

    def _trade(self, number: int) -> None:
        """Sales in both currencies, with lines that say what they are."""
        amount = Decimal(self._chance.randrange(10_000, 90_000)) / 100
        shop = {"shop": ("NORTH", "SOUTH")[number % 2]}
        day = max(self.entity.first_business_date, self.today - timedelta(days=self._chance.randrange(27)))
        self._post(
            "sale", Line("1001-CASH", amount, description='Till 1, "late" shift; counted'),
            Line("4001-SALES", -amount, dimensions=shop), effective_date=day, external_reference=f"TILL-{self.turn}",
            number=number,
        )  # fmt: skip
        self._post("dollar sale", *transfer_lines(BANK, "4002-SALES-USD", amount), effective_date=day, number=number)

    def _month(self) -> None:
        """What the demo posts on its day, and dollars that are bought and used."""
        for draft in JOURNALS:
            post(self.id, msgspec.structs.replace(draft, key=f"{draft.key}:{self.turn}", actor=ACTOR))
        deal = Deal("EUR", "USD", sell_amount=Decimal("2000.00"), spread_percent=Decimal("0.1"))
        order = Order(deal=deal, sell_account="1010-BANK", buy_account=BANK)
        settle(self.id, order, key=f"buy:{self.turn}", actor=ACTOR)
        self._post("licence", *transfer_lines("5002-LICENCES-USD", BANK, Decimal("99.99")))

    def _quarter(self) -> None:
        """A reversal, an accrual, a captured hold, a late journal, one with a rate of its own, dollars sold."""
        wrong = self._post("wrong", *transfer_lines("1010-BANK", "4001-SALES", Decimal("12.34")))
        reverse_journal(self.id, wrong, key=f"back:{self.turn}", actor=ACTOR)
        lines = transfer_lines("5010-BANK-FEES", "1020-CARDS", Decimal("55.55"))
        post_accrual(self.id, Draft(f"accrual:{self.turn}", lines, actor=ACTOR, description="Fees accrued"))
        hold = place_hold(
            self.id, HoldSpec("2001-ALICE", Decimal("30.00")), key=f"hold:{self.turn}", issuer=ACTOR, actor=ACTOR
        )
        capture_hold(
            self.id, read_hold_fact(hold.hold).id, key=f"capture:{self.turn}", counter_account="2003-CAROL",
            amount=Decimal("18.40"), issuer=ACTOR, actor=ACTOR,
        )  # fmt: skip
        late = transfer_lines("5001-RENT", "1010-BANK", Decimal("7.00"))
        self._post("late", *late, effective_date=self.today - TURN - WEEK, late="roll_forward")
        own = self._post("contract", *transfer_lines("1500-PREPAID-USD", BANK, Decimal("100.00")))
        carry_at(self.id, own, "0.91", key=f"own:{self.turn}", actor=ACTOR)
        deal = Deal("USD", "EUR", sell_amount=Decimal("333.33"), spread_percent=Decimal("0.1"))
        settle(
            self.id, Order(deal=deal, sell_account=BANK, buy_account="1010-BANK"), key=f"sell:{self.turn}", actor=ACTOR
        )

    def _year_end(self, year: int) -> None:
        """Adjusted, its months closed, its result carried to retained earnings; but not the last one."""
        last = date(year, 12, 31)
        self._post(
            "adjusted", *transfer_lines("5001-RENT", "2100-VAT", Decimal("70.07")), layer="adjustment",
            effective_date=last,
        )  # fmt: skip
        if year == self.last_year:
            return
        periods = periods_of(self.id).filter(starts_on__gte=date(year, 1, 1), ends_on__lte=last)
        for month in periods.filter(kind="month"):
            close_period(self.id, month.id, actor=ACTOR)
        close_year(self.id, periods.get(kind="year").id, key=f"year:{year}", actor=ACTOR)
