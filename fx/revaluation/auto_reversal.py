"""Taking unrealised amounts back on the first day of the next period, and on which days a close revalues."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from functools import partial
from uuid import UUID

from fx.deals.errors import FxAccountMissing
from fx.deals.role_accounts import VALUATION
from fx.rates.models import RevaluationDays, RevaluationMethod
from fx.rates.policies import Fetch, fetch_default, policy_of
from fx.revaluation.events import RevaluedLine
from fx.revaluation.models import RunKind
from fx.revaluation.positions import RevaluationBooks
from fx.revaluation.result_accounts import result_accounts
from fx.revaluation.revaluing import ResultAmounts, taken_back
from fx.revaluation.runs import Revalued, RunItem, RunPlan, books_of, carry_out, last_seen, revalue
from ledgerflow.books.models import Entity
from ledgerflow.core.dates import day_after
from ledgerflow.core.money import CONTEXT, plain

PERIOD = """
    SELECT starts_on, ends_on FROM periods_period
    WHERE entity_id = %s AND kind = 'month' AND starts_on <= %s AND ends_on >= %s ORDER BY ends_on LIMIT 1
"""
LATER = """
    SELECT DISTINCT day FROM revaluation_revaluation
    WHERE entity_id = %s AND day > greatest(%s, days_closed_through(%s)) AND kind = 'revaluation' ORDER BY day
"""
CLOSED = "SELECT days_closed_through(%s)"
HAS_FOREIGN = """
    SELECT FROM accounts_account a WHERE a.entity_id = %s AND a.currency <> bases_currency_on(%s, %s)
      AND NOT EXISTS (SELECT FROM accounts_currency u
                      WHERE u.entity_id = a.entity_id AND u.code = a.currency AND NOT u.is_money)
    LIMIT 1
"""
# What runs before the period have left, and what reversals within it have taken of that already.
DUE = """
    SELECT l.account_id, a.code, a.currency, v.code, v.currency, r.day < %s,
           sum(l.posted_gain), sum(l.posted_loss)
    FROM revaluation_revaluation r JOIN revaluation_revaluationline l ON l.run_id = r.id
    JOIN accounts_account a ON a.id = l.account_id
    JOIN revaluation_valuationpair p ON p.account_id = a.id JOIN accounts_account v ON v.id = p.valuation_id
    WHERE r.entity_id = %s AND (r.day < %s OR r.kind = 'reversal' AND r.day <= %s)
    GROUP BY 1, 2, 3, 4, 5, 6
    HAVING sum(l.posted_gain) <> 0 OR sum(l.posted_loss) <> 0 ORDER BY a.code
"""


def period_of(entity_id: UUID, day: date, *, fetch: Fetch = fetch_default) -> tuple[date, date]:
    """First and last day of the fiscal month that a day lies in; the month of the calendar where none is kept."""
    for starts_on, ends_on in fetch(PERIOD, (entity_id, day, day)):
        return starts_on, ends_on
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def revalue_day(entity_id: UUID, day: date, *, actor: str, override_lock: str = "") -> Revalued:
    """Revalue a day, with the reversals that belong before it and after it. Raises as `revalue`."""
    reverse_due(entity_id, day, actor=actor, override_lock=override_lock)
    done = revalue(entity_id, day, actor=actor, override_lock=override_lock)
    business_date = Entity.objects.values_list("business_date", flat=True).get(id=entity_id)
    if business_date > day:
        reverse_due(entity_id, business_date, actor=actor, override_lock=override_lock)
    return done


def revalue_from(entity_id: UUID, day: date, *, actor: str) -> Revalued:
    """Revalue a day on request; the later open days that were revalued already follow.

    They do even where the day itself stands as it should: an earlier request may have been cut short between the two.
    Gives what `day` itself came to. Raises as `fx.revaluation.revalue`.
    """
    done = revalue_day(entity_id, day, actor=actor)
    for (later,) in fetch_default(LATER, (entity_id, day, entity_id)):
        revalue_day(entity_id, later, actor=actor)
    return done


def reverse_due(entity_id: UUID, day: date, *, actor: str, override_lock: str = "") -> Revalued | None:
    """Take back what earlier periods have left unrealised, on the first day of the period that `day` lies in.

    On its first open day where that one is closed. Nothing where the entity's method is the cumulative one, or nothing
    is left; running it again posts only what has changed since. Raises as `fx.revaluation.revalue`.
    """
    policy, _ = policy_of(entity_id)
    if policy.revaluation_method != RevaluationMethod.AUTO_REVERSE:
        return None
    return carry_out(entity_id, partial(_plan, entity_id, day, override_lock), actor=actor)


def days_due(entity_id: UUID, day: date, *, fetch: Fetch = fetch_default) -> Iterator[date]:
    """The days to revalue when `day` closes: the ends of periods since the last closed day; `day`, where daily.

    None in books without an account in a foreign currency: most have none, and each plan costs a connection of its own.
    """
    if not fetch(HAS_FOREIGN, (entity_id, entity_id, day)):
        return
    policy, _ = policy_of(entity_id, fetch=fetch)
    ((closed,),) = fetch(CLOSED, (entity_id,))
    first = day_after(closed) if closed else day
    while (end := period_of(entity_id, first, fetch=fetch)[1]) < day:
        yield end
        first = day_after(end)
    if policy.revalue == RevaluationDays.DAILY or end == day:
        yield day


def _plan(entity_id: UUID, day: date, override_lock: str, fetch: Fetch) -> RunPlan:
    start, end = period_of(entity_id, day, fetch=fetch)
    ((closed,),) = fetch(CLOSED, (entity_id,))
    on = max(start, day_after(closed)) if closed else start
    books, number = books_of(entity_id, fetch, on)
    items = list(_due(books, (start, end), fetch))
    results = result_accounts(entity_id, books.base, fetch=fetch) if items else None
    method = books.policy.revaluation_method
    seen = last_seen(entity_id, fetch)
    return RunPlan(number, seen, on, RunKind.REVERSAL, method, items, [], [], results, override_lock)


def _due(books: RevaluationBooks, period: tuple[date, date], fetch: Fetch) -> Iterator[RunItem]:
    """What is left of each account, what was left in the base currency before among it. Raises `FxAccountMissing`."""
    found: dict[tuple[UUID, str, str, str], ResultAmounts] = {}
    rows = fetch(DUE, (books.since, books.entity_id, *period))
    for id_, code, currency, valuation, valued_in, is_old, gain, loss in rows:
        if books.before is not None and currency in books.own:
            continue  # the base currency of today: nothing is taken back of what its rate is fixed at
        if valued_in != books.base:
            raise FxAccountMissing(role=VALUATION, currency=books.base)
        amounts = map(books.brought_over, (gain, loss)) if is_old else (gain, loss)
        account = id_, code, currency, valuation
        so_far = found.get(account, ResultAmounts())
        found[account] = ResultAmounts(*map(CONTEXT.add, so_far[:2], amounts))
    for (id_, code, currency, valuation), amounts_left in found.items():
        back = taken_back(amounts_left)
        if any(back):
            yield RunItem(id_, valuation, _fact(code, currency, back), back)


def _fact(code: str, currency: str, posted: ResultAmounts) -> RevaluedLine:
    """A reversal values nothing: it only takes back."""
    amounts = (plain(posted.gain), plain(posted.loss), "0")
    return RevaluedLine(code, currency, "0", "0", "0", "0", "0", *amounts, [])
