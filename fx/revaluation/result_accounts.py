"""The accounts that settlements and revaluations post to, found by role and currency, or opened."""

from __future__ import annotations

from uuid import UUID

from fx.deals.role_accounts import RESULTS, account_with
from fx.rates.policies import Fetch, fetch_default
from fx.revaluation.revaluing import ResultAccounts


def result_accounts(entity_id: UUID, base: str, *, fetch: Fetch = fetch_default) -> ResultAccounts:
    """The accounts in profit or loss that revaluations post to. Raises as `account_with`."""
    return ResultAccounts(*(account_with(entity_id, role, base, fetch=fetch) for role in RESULTS))
