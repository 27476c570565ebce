"""What foreign exchange adds to the close of a day: a check, the revaluation, and reversals on the new day."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from fx.deals.role_accounts import CLEARING
from fx.rates.errors import RateMissing, RateTooOld
from fx.rates.policies import fetch_default
from fx.revaluation.auto_reversal import days_due, revalue_day, reverse_due
from fx.revaluation.positions import Skipped
from fx.revaluation.runs import Revalued, revalue
from ledgerflow.core.errors import LedgerError, OutcomeUnknown, TryAgain
from ledgerflow.core.money import plain
from ledgerflow.core.phrases import phrase
from ledgerflow.core.plugins import Cure, Finding

# What stands in clearing since the last closed day without a settlement or an opening balance that put it there.
STRAY = """
    SELECT a.id, a.code, sum(p.amount), a.currency
    FROM accounts_account a
    JOIN journals_posting p ON p.account_id = a.id
        AND p.effective_date > coalesce(days_closed_through(%s), '-infinity') AND p.effective_date <= %s
    JOIN journals_journal j ON j.id = p.journal_id LEFT JOIN journals_journal o ON o.id = j.reverses_id
    WHERE a.entity_id = %s AND a.role = %s AND coalesce(o.kind, j.kind) NOT IN ('fx_settlement', 'opening')
      AND NOT EXISTS (SELECT FROM accounts_currency u
                      WHERE u.entity_id = a.entity_id AND u.code = a.currency AND NOT u.is_money)
    GROUP BY a.id, a.code, a.currency HAVING sum(p.amount) <> 0 ORDER BY a.code
"""
MOST_NAMED = 100
LOCK_REASON = "Revaluation of a day that closes"

CARRIED = phrase("{account} carries {amount} {currency} that no settlement put there: clearing is not revalued.")
LEFT_OUT = phrase("{account} is not revalued on {day}: {message}")
NONE_REVALUED = phrase("Nothing is revalued on {day}: {message}")


def cure_of(left_out: Skipped) -> Cure:
    """Where the reason is put right for which a revaluation leaves an account out."""
    if left_out.code in {RateMissing.code, RateTooOld.code}:
        return Cure("Record the rate", "rates_rate_add")
    if left_out.code == "fx_account_missing":
        return Cure("Open the valuation account", "revaluation_valuationpair_open")
    return Cure("Account", "accounts_account_change", left_out.account_id)


def unrevalued_currencies(entity_id: UUID, day: date) -> list[Finding]:
    """What the revaluation of this close will leave out, and why; no accounts on days when none is due.

    Clearing is not revalued, as settlements prove it: what others have put there is told on the day it comes.
    """
    stray = fetch_default(STRAY, (entity_id, day, entity_id, CLEARING))
    found: dict[Finding, None] = {
        Finding(
            CARRIED.format(account=code, amount=plain(amount), currency=currency),
            Cure("Account", "accounts_account_change", account_id),
        ): None
        for account_id, code, amount, currency in stray
    }
    for due in days_due(entity_id, day):
        try:
            skipped = revalue(entity_id, due, actor="", dry_run=True).skipped
            found |= {
                Finding(LEFT_OUT.format(account=one.account, day=due, message=one.message), cure_of(one)): None
                for one in skipped
            }
        except LedgerError as refusal:
            opens = Cure("Open what is missing", "revaluation_valuationpair_open")
            found |= {Finding(NONE_REVALUED.format(day=due, message=refusal.message), opens): None}
    return list(found)


def close_revaluations(entity_id: UUID, day: date, actor: str) -> dict[str, Any]:
    """The step of a close. What cannot be revalued is left out: the check before it has had its say.

    It is named under "refused" once more, as a revaluation that leaves an account out is no success.
    """
    made: list[dict[str, Any]] = []
    left_out: list[str] = []
    for due in days_due(entity_id, day):
        try:
            done = revalue_day(entity_id, due, actor=actor, override_lock=LOCK_REASON)
            made.append(_detail(done))
            left_out += [LEFT_OUT.format(account=one.account, day=due, message=one.message) for one in done.skipped]
        except (TryAgain, OutcomeUnknown):
            raise
        except LedgerError as refusal:
            made.append({"day": str(due), "refused": refusal.message, "code": refusal.code})
            left_out.append(NONE_REVALUED.format(day=due, message=refusal.message))
    detail: dict[str, Any] = {"fx_revaluations": made} if made else {}
    return detail | {"refused": left_out[:MOST_NAMED]} if left_out else detail


def new_day_reversals(entity_id: UUID, business_date: date, actor: str) -> dict[str, Any]:
    """What the first day of a period takes back."""
    done = reverse_due(entity_id, business_date, actor=actor)
    return {"fx_reversal": str(done.run)} if done is not None and done.run is not None else {}


def _detail(done: Revalued) -> dict[str, Any]:
    detail: dict[str, Any] = {"day": str(done.day), "accounts": len(done.lines)}
    if done.run is not None:
        detail["run"] = str(done.run)
    if done.skipped:
        detail["skipped"] = [one.account for one in done.skipped][:MOST_NAMED]
    return detail
