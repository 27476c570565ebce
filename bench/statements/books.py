"""The books of a case: founded on its last day, with all that happened dated as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from itertools import count
from uuid import UUID, uuid4

from accounts.founding import found_books
from accounts.models import Account
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from bench.statements.cases import Case, Step
from fx.deals.plan import Order
from fx.deals.quoting import Deal
from fx.deals.role_accounts import open_missing
from fx.deals.settlement import settle
from fx.functional.own_rates import carry_at
from fx.rates.quotes import SPOT, Quote
from fx.rates.recording import record_rates
from fx.revaluation.auto_reversal import revalue_day
from fx.revaluation.valuation_pairs import pair_missing
from journals.days.closing.running import close_day
from journals.drafts import Draft, Line, transfer_lines
from journals.events import read_fact
from journals.periods.fiscal_years import YearPlan
from journals.periods.models import Period
from journals.periods.use_cases import close_period, make_fiscal_year
from journals.periods.year_end import close_year
from journals.posting import post

ACTOR = "bench"
FLAGS = {"non-monetary": {"monetary": False}, "header": {"is_header": True}}
SIDES = {"+": Decimal(1), "-": Decimal(-1)}


class Books:
    """An entity as a case leaves it: `happen` brings one step after the other into the books."""

    def __init__(self, case: Case) -> None:
        last = max((step.day for step in case.steps), default=date(2026, 1, 1))
        self.entity = found_books(
            code=f"case-{uuid4().hex[:12]}", name=case.name, base_currency=case.base, business_date=last,
            dimensions=case.dimensions,
        )  # fmt: skip
        self.id: UUID = self.entity.id
        self.base = case.base
        self._keys = count(1)
        self._verbs: dict[str, Callable[[Step], None]] = {
            "rate": self._rate, "post": self._post, "adjust": self._post, "move": self._move, "revalue": self._revalue,
            "settle": self._settle, "close": self._close, "close-year": self._close_year,
        }  # fmt: skip
        specs = [_spec(line, case.base) for line in case.accounts]
        refused = [one for one in open_accounts(self.id, specs, actor=ACTOR) if one.status != "opened"]
        assert not refused, refused[0]
        for line in case.years:
            first, _, end = line.partition("..")
            make_fiscal_year(self.id, YearPlan(date.fromisoformat(first), _day(end)), actor=ACTOR)
        foreign = sorted({spec.currency for spec in specs} - {case.base})
        if foreign:
            open_missing(self.id, foreign, actor=ACTOR)
            pair_missing(self.id, case.base, actor=ACTOR)

    def happen(self, steps: Iterable[Step]) -> None:
        """Bring the steps into the books, in the order given."""
        for step in steps:
            self._verbs[step.verb](step)

    def _rate(self, step: Step) -> None:
        """`rate USD 0.80`: a unit of it in base currency; `rate USD/EUR 0.80 closing`: of any two, of any kind."""
        pair, value, *kind = step.words
        base, _, quote = pair.partition("/")
        wanted = Quote(base, quote or self.base, step.day, kind[0] if kind else SPOT, Decimal(value))
        (outcome,) = record_rates(self.id, [wanted], source=ACTOR, actor=ACTOR, confirm_jump=True)
        assert outcome.refusal is None, outcome.refusal

    def _move(self, step: Step) -> None:
        """`move BANK SALES 100.00 [rate=0.80]`: debit, credit, amount; a rate of its own where one was agreed."""
        debit, credit, amount, *given = step.words
        answer = self._posted(step, transfer_lines(debit, credit, Decimal(amount)))
        for word in given:
            journal = read_fact(answer).id
            carry_at(self.id, journal, word.removeprefix("rate="), key=f"rate-{journal}", actor=ACTOR)

    def _post(self, step: Step) -> None:
        """`post BANK +100.00 SALES -90.00 VAT -10.00`: debits with a plus, credits with a minus."""
        codes, amounts = step.words[::2], step.words[1::2]
        lines = [Line(code, SIDES[text[0]] * Decimal(text[1:])) for code, text in zip(codes, amounts, strict=True)]
        self._posted(step, tuple(lines))

    def _posted(self, step: Step, lines: tuple[Line, ...]) -> bytes:
        layer = "adjustment" if step.verb == "adjust" else "ordinary"
        draft = Draft(
            f"step-{next(self._keys)}", lines, effective_date=step.day, layer=layer, actor=ACTOR,
            confirm_unusual_date=True,
        )  # fmt: skip
        return post(self.id, draft).journal

    def _settle(self, step: Step) -> None:
        """`settle BANK 1000.00 BANK-USD 1101.37`: sold from, how much, bought into, how much, as it was agreed."""
        sell, sold, buy, bought = step.words
        currencies = dict(Account.objects.filter(entity_id=self.id).values_list("code", "currency"))
        deal = Deal(currencies[sell], currencies[buy], Decimal(sold), Decimal(bought))
        order = Order(deal=deal, sell_account=sell, buy_account=buy, effective_date=step.day)
        settle(self.id, order, key=f"step-{next(self._keys)}", may_choose_rate=True, actor=ACTOR)

    def _revalue(self, step: Step) -> None:
        revalue_day(self.id, step.day, actor=ACTOR)

    def _close(self, step: Step) -> None:
        close_day(self.id, step.day, actor=ACTOR, accept="a worked case")

    def _close_year(self, step: Step) -> None:
        """Close the periods of the year that ends on this day, and the year."""
        year = Period.objects.get(entity_id=self.id, kind="year", ends_on=step.day)
        for period in Period.objects.filter(
            entity_id=self.id, kind="month", starts_on__gte=year.starts_on, ends_on__lte=year.ends_on
        ).order_by("ends_on"):
            close_period(self.id, period.id, actor=ACTOR)
        close_year(self.id, year.id, key=f"year-{step.day}", actor=ACTOR)


def _spec(line: str, base: str) -> AccountSpec:
    """`BANK-USD asset USD non-monetary role=cash`: code, type, currency unless base, and what else is true of it."""
    code, kind, *words = line.split()
    given: dict[str, object] = {}
    currency = base
    for word in words:
        if word in FLAGS:
            given |= FLAGS[word]
        elif "=" in word:
            name, _, value = word.partition("=")
            given[name] = value
        else:
            currency = word
    return AccountSpec(code, code, currency, kind, **given)  # type: ignore[arg-type] # a wrong word is refused there


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
