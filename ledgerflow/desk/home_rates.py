"""What Home looks at of rates: those of currencies in use, by the chart of accounts, that are missing or too old."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_noop

from fx.rates.finding import Pair, ways
from fx.rates.policies import fetch_default, policy_of
from ledgerflow.core.plugins import HOME_MOST, Cure, HomeEntry, HomeLook

# Money with an open account that is not the base currency of the day.
IN_USE = """
    SELECT e.business_date, base.currency, c.code
    FROM books_entity e
    CROSS JOIN LATERAL (SELECT bases_currency_on(e.id, e.business_date)) AS base (currency)
    JOIN accounts_currency c ON c.entity_id = e.id AND c.is_money AND c.code <> base.currency
    WHERE e.id = %s AND EXISTS (
        SELECT FROM accounts_account a
        WHERE a.entity_id = c.entity_id AND a.currency = c.code AND NOT a.is_header AND a.closed_at IS NULL
    )
    ORDER BY c.code
"""
# One probe of the index for each pair; a rate that a change of the base currency fixed is never old.
NEWEST = """
    SELECT p.base, p.quote, newest.rate_date
    FROM rates_pair p CROSS JOIN LATERAL (
        SELECT rate_date FROM rates_rate
        WHERE entity_id = p.entity_id AND base = p.base AND quote = p.quote AND rate_date <= %(on)s
          AND kind IN ('spot', 'closing')
        ORDER BY rate_date DESC LIMIT 1
    ) AS newest
    WHERE p.entity_id = %(entity)s
    UNION ALL
    SELECT currency, before, %(on)s FROM bases_basechange WHERE entity_id = %(entity)s AND starts_on <= %(on)s
"""
MISSING = gettext_noop("{base}/{currency} has no rate.")
OLD = gettext_noop("{base}/{currency} is {days} days old, of {rate_date}.")
CURES = (Cure("Enter rate", "rates_rate_add"), Cure("Rates", "rates_rate_changelist"))


class Age(NamedTuple):
    """The date of the oldest rate on the best way between two currencies; None where there is no way."""

    currency: str
    rate_date: date | None


def old_rates(entity_id: UUID) -> HomeLook:
    """Currencies in use without a rate that the policy takes on the business date, in four queries at most."""
    in_use = fetch_default(IN_USE, (entity_id,))
    if not in_use:
        return HomeLook(is_told=False)
    on, base, _ = in_use[0]
    newest: dict[Pair, date] = {}
    for one, other, day in fetch_default(NEWEST, {"entity": entity_id, "on": on}):  # type: ignore[arg-type]
        newest[one, other] = max(day, newest.get((one, other), day))
    most = policy_of(entity_id)[0].max_age_days
    ages = [Age(code, newest_way(newest, code, base)) for _, _, code in in_use]
    wrong = [age for age in ages if age.rate_date is None or (on - age.rate_date).days > most]
    return HomeLook([_entry(base, age, on) for age in wrong[: HOME_MOST + 1]])


def newest_way(newest: dict[Pair, date], start: str, end: str) -> date | None:
    """Of the way whose oldest rate is the newest, the date of that rate."""
    dates = [
        min(newest.get((one, other)) or newest[other, one] for one, other, _ in way)
        for way in ways(set(newest), start, end)
    ]
    return max(dates, default=None)


def _entry(base: str, age: Age, on: date) -> HomeEntry:
    figures = {"base": base, "currency": age.currency}
    if age.rate_date is None:
        return HomeEntry(MISSING, figures, CURES)
    days = (on - age.rate_date).days
    return HomeEntry(OLD, figures | {"days": days, "rate_date": age.rate_date}, CURES)
