"""Statements in functional currency, and closes that measure base amounts.

Books of five currencies over three years, closed week by week; a tenth of the accounts moves in a week. No account is
monetary, so that no revaluation makes the close look slower than it is without base amounts. The processors tell the
time: what a close takes with the step, beside what it takes without.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from uuid import UUID, uuid4

from accounts.founding import found_books
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from bench import traffic
from bench.books import ACTOR, OPENED_AT_ONCE, BenchBooks, settle_statistics
from bench.cpu import Usage, usage
from bench.options import Options
from bench.results import Sample
from bench.verify import verify
from fx.rates.quotes import SPOT, Quote
from fx.rates.recording import record_rates
from journals.days.closing.running import close_day
from journals.days.policies import set_day_policy
from journals.drafts import Draft, transfer_lines
from journals.posting import post_many
from ledgerflow.core.plugins import CloseStep, registry
from reports.shapes import TreeReport
from reports.statements.income import income_statement
from reports.statements.sheet import balance_sheet
from reports.statements.trial import trial_balance

ACCOUNTS = 20_000
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY")
TYPES = ("asset", "liability", "equity", "income", "expense")
STEP = "base_amounts"
WEEK = timedelta(days=7)
STATEMENTS = 5  # of each kind, and closes of each
CLOSES = 8  # weeks, of which the last are measured
REPORTS: dict[str, Callable[..., TreeReport]] = {
    "trial balance": trial_balance,
    "balance sheet": balance_sheet,
    "income statement": income_statement,
}


def measure(options: Options, add: Callable[[Sample], Sample], say: Callable[[str], None]) -> dict[str, float]:
    """Close, fill and ask; gives the seconds the proof took."""
    weeks = options.functional_weeks
    everything = [_closes(add, say)]
    say(f"Posting and closing {weeks} weeks of {ACCOUNTS:,} accounts in {len(CURRENCIES)} currencies")
    books, chance = _books(weeks), Random(7)
    for number in range(weeks):
        if number == weeks // 2:
            settle_statistics()
        _week(books, chance)
        close_day(books.id, actor=ACTOR, accept="benchmark")
    settle_statistics()
    _week(books, chance)  # what is open is measured when it is asked for
    for name, report in REPORTS.items():
        for currency in ("functional", None):
            for _ in range(STATEMENTS):
                before = usage([])
                began = datetime.now(UTC)
                report(books.id, currency=currency)
                add(_sample(f"{name} {currency or 'each'}", began, before))
    return verify([*everything, books])


def _closes(add: Callable[[Sample], Sample], say: Callable[[str], None]) -> BenchBooks:
    """Close weeks of two sets of books in turn, one of them without the step; gives the one with it."""
    say(f"Closing {CLOSES} weeks with and without base amounts")
    step = registry.close_steps[STEP]
    sets = {
        "close with base amounts": (_books(CLOSES), step),
        "close without": (_books(CLOSES), CloseStep(STEP, _nothing)),
    }
    for number in range(CLOSES):
        for name, (books, own_step) in sets.items():
            _week(books, Random(number), days=1)
            if number == CLOSES - STATEMENTS:
                settle_statistics()
            registry.close_steps[STEP] = own_step
            try:
                began, before = datetime.now(UTC), usage([])
                close_day(books.id, actor=ACTOR, accept="benchmark")
            finally:
                registry.close_steps[STEP] = step
            if number >= CLOSES - STATEMENTS:
                add(_sample(name, began, before))
    return sets["close with base amounts"][0]


def _nothing(_entity: UUID, _day: date, _actor: str) -> dict[str, object]:
    return {}


def _books(weeks: int) -> BenchBooks:
    """Books that begin so many weeks ago, on a Saturday, the only business day; with a rate each day."""
    today = datetime.now(UTC).date()
    start = today - timedelta(days=(today.weekday() + 2) % 7) - weeks * WEEK
    entity = found_books(
        code=f"bench-functional-{uuid4().hex[:8]}",
        name="Benchmark: functional",
        base_currency="EUR",
        business_date=start,
    )
    set_day_policy(entity.id, {"weekend": [1, 2, 3, 4, 5, 7]}, actor=ACTOR)
    codes = [f"A{number:06d}" for number in range(ACCOUNTS)]
    specs = [
        AccountSpec(
            code=code, name=f"Account {code}", currency=CURRENCIES[number % len(CURRENCIES)],
            type=TYPES[number // len(CURRENCIES) % len(TYPES)], monetary=False,
        )
        for number, code in enumerate(codes)
    ]  # fmt: skip
    for first in range(0, ACCOUNTS, OPENED_AT_ONCE):
        open_accounts(entity.id, specs[first : first + OPENED_AT_ONCE], actor=ACTOR)
    _rates(entity.id, start, 7 * (weeks + 2))
    return BenchBooks(entity, codes, "", "")


def _rates(entity_id: UUID, start: date, days: int) -> None:
    chance = Random(11)
    quotes = [
        Quote("EUR", currency, start + timedelta(days=day), SPOT, Decimal(f"1.{chance.randrange(1000, 2000)}"))
        for currency in CURRENCIES[1:] for day in range(days)
    ]  # fmt: skip
    record_rates(entity_id, quotes, source=ACTOR, actor=ACTOR, confirm_jump=True)


def _week(books: BenchBooks, chance: Random, days: int = 6) -> None:
    """Transfers between accounts of one currency, dated over the last so many days of the week that closes next."""
    books.entity.refresh_from_db()
    last = books.entity.business_date
    moved = chance.sample(range(0, ACCOUNTS, len(CURRENCIES)), ACCOUNTS // 10 // len(CURRENCIES))
    drafts = []
    for place in range(len(CURRENCIES)):
        for debit, credit in pairwise(moved):
            day = max(books.entity.first_business_date, last - timedelta(days=chance.randrange(days)))
            lines = transfer_lines(
                books.codes[debit + place], books.codes[credit + place], Decimal(chance.randrange(1, 100_000))
            )
            drafts.append(Draft(traffic.key(), lines, "transfer", day, actor=ACTOR))
    answers = post_many(books.id, drafts)
    assert all(answer.status == "posted" for answer in answers), next(one for one in answers if one.refusal)


def _sample(name: str, began: datetime, before: Usage) -> Sample:
    seconds = (datetime.now(UTC) - began).total_seconds()
    spent = usage([]).since(before)
    return Sample(name, 1 / seconds, 1, seconds, cpu_seconds=spent)
