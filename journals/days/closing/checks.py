"""What is looked at before a day closes. Each check blocks the close or warns, per the entity's policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import connection

from accounts.currencies import IN_CURRENCY
from accounts.iso4217 import WITHDRAWN_IN
from journals.openings import opening_equity_accounts
from journals.reading.as_of import QUESTION, question_of
from ledgerflow.core.failures import described
from ledgerflow.core.money import plain
from ledgerflow.core.phrases import phrase
from ledgerflow.core.plugins import Check, Cure, Effect, Finding, registry

log = structlog.get_logger(__name__)
BALANCES = f"""
    WITH {QUESTION}
    SELECT a.id, a.code, f.debits - f.credits, a.currency
    FROM accounts_account a CROSS JOIN question
    CROSS JOIN LATERAL journals_figures_at(
        a.id, question.as_of, question.known, question.closed_through, question.cut_off, question.layers
    ) f
    WHERE a.entity_id = %s AND a.role = %s AND a.role <> '' AND f.debits <> f.credits ORDER BY a.code
"""  # noqa: S608 - two constants
# Most books have no such currency, and no account is looked at.
WITHDRAWN = f"""
    SELECT a.id, a.code, a.currency, to_char(w.month, 'YYYY-MM')
    FROM unnest(%s::text[], %s::date[]) AS w (code, month)
    JOIN accounts_currency u ON u.entity_id = %s AND u.code = w.code
    CROSS JOIN LATERAL {IN_CURRENCY} a
    WHERE w.month < date_trunc('month', %s::date)
      AND EXISTS (SELECT FROM journals_daytotal t WHERE t.account_id = a.id AND t.effective_date = %s)
    ORDER BY a.code LIMIT 100
"""  # noqa: S608 - a constant
OLD_BASE = """
    SELECT starts_on - 1, starts_on, currency FROM bases_basechange
    WHERE entity_id = %s AND starts_on <= %s AND starts_on - 1 > coalesce(days_closed_through(%s), '-infinity')
    ORDER BY starts_on LIMIT 1
"""


class Checked(NamedTuple):
    """`outcome` is done, warned or blocked; `found` is check -> what it found, one sentence each.

    `findings` are the same sentences as plain texts, as they are stored and sent.
    """

    outcome: str
    found: dict[str, list[Finding]]
    findings: dict[str, list[str]]
    blocking: list[str]


NOT_AT_ZERO = phrase("{account} stands at {amount} {currency}, not at zero.")
OPENINGS_OPEN = phrase("Opening balances in {currency} do not add up: {amount} is left on {account}.")
WITHDRAWN_MOVED = phrase("{account} moved in {currency}, withdrawn in {month}.")
CLOSE_FIRST = phrase("Close {day} first: from {starts_on} on these books are kept in {currency}.")
NOT_CARRIED_OUT = phrase("The check could not be carried out: {message}")


def not_zero(role: str) -> Callable[[UUID, date], list[Finding]]:
    """A check that accounts with this role stand at zero at the end of the day."""

    def check(entity_id: UUID, day: date) -> list[Finding]:
        with connection.cursor() as cursor:
            rows: list[Any] = cursor.execute(BALANCES, (*question_of(entity_id, day, None), entity_id, role)).fetchall()
        return [
            Finding(NOT_AT_ZERO.format(account=code, amount=plain(amount), currency=currency), _account(account_id))
            for account_id, code, amount, currency in rows
        ]

    return check


def opening_equity_is_zero(entity_id: UUID, _day: date) -> list[Finding]:
    """Opening balances add up. The cut-off refuses otherwise, whatever the policy says: here it is seen before that."""
    return [
        Finding(
            OPENINGS_OPEN.format(currency=left.currency, amount=plain(left.amount), account=left.account),
            _account(left.account_id),
        )
        for left in opening_equity_accounts(entity_id)
    ]


def withdrawn_currencies(entity_id: UUID, day: date) -> list[Finding]:
    """Accounts that moved in a currency after it was withdrawn: wound up, or a slip."""
    given = (list(WITHDRAWN_IN), list(WITHDRAWN_IN.values()), entity_id, day, day)
    with connection.cursor() as cursor:
        rows: list[Any] = cursor.execute(WITHDRAWN, given).fetchall()
    return [
        Finding(WITHDRAWN_MOVED.format(account=code, currency=currency, month=month), _account(account_id))
        for account_id, code, currency, month in rows
    ]


def base_change_day_open(entity_id: UUID, day: date) -> list[Finding]:
    """The last day in the old base currency closes by itself, so that what moved through it is measured in it."""
    with connection.cursor() as cursor:
        rows: list[Any] = cursor.execute(OLD_BASE, (entity_id, day, entity_id)).fetchall()
    return [
        Finding(
            CLOSE_FIRST.format(day=last, starts_on=starts_on, currency=currency),
            Cure("Days", "days_dayclose_changelist"),
        )
        for last, starts_on, currency in rows
    ]


def run_checks(entity_id: UUID, day: date, effects: Mapping[str, Effect]) -> Checked:
    """Look at everything, whatever is found on the way; `effects` are the policy's, what blocks is said by name."""
    looked_at = ((name, _found(check, entity_id, day)) for name, check in sorted(registry.checks.items()))
    found = {name: findings for name, findings in looked_at if findings}
    blocking = [name for name in found if effect_of(name, effects) == "block"]
    outcome = "blocked" if blocking else "warned" if found else "done"
    plain_texts = {name: [str(one) for one in sentences] for name, sentences in found.items()}
    return Checked(outcome, found, plain_texts, blocking)


def _found(check: Check, entity_id: UUID, day: date) -> list[Finding]:
    """What a check finds; that it could not be carried out is a finding too, which blocks or warns as any other."""
    try:
        return check.find(entity_id, day)
    except Exception as error:
        log.exception("check_failed", entity=str(entity_id), day=str(day), check=check.name)
        return [Finding(NOT_CARRIED_OUT.format(message=described(error)["message"]))]


def _account(account_id: UUID) -> Cure:
    return Cure("Account", "accounts_account_change", account_id)


def effect_of(name: str, effects: Mapping[str, Effect]) -> Effect:
    """What a check does when it finds something: what the policy says, or its default."""
    return effects.get(name) or registry.checks[name].effect
