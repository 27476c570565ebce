"""The accounts that settlements and revaluations post to, found by role and currency, or opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from accounts.bases.eras import base_currency_on
from accounts.opening import open_accounts
from accounts.specs import AccountSpec
from fx.deals.errors import FxAccountAmbiguous, FxAccountMissing
from fx.rates.finding import check_money
from fx.rates.policies import Fetch, fetch_default
from ledgerflow.books.models import Entity
from ledgerflow.core.texts import is_storable

CLEARING, SPREAD, ROUNDING, VALUATION = "fx_clearing", "fx_spread", "rounding", "valuation"
RESULTS = ("fx_unrealised_gain", "fx_unrealised_loss", "fx_realised_gain", "fx_realised_loss")
WITH_ROLE = """
    SELECT code FROM accounts_account
    WHERE entity_id = %s AND role = %s AND role <> '' AND currency = %s AND NOT is_header AND closed_at IS NULL
    ORDER BY code
"""


class RoleAccountKind(NamedTuple):
    """How an account with a role is opened where there is none."""

    type: str
    code: str
    name: str


KINDS = {
    # An asset or a liability by turns, as deals go; translated reports leave it out.
    CLEARING: RoleAccountKind("asset", "FX-CLEARING", "FX clearing"),
    SPREAD: RoleAccountKind("income", "FX-SPREAD", "FX spread"),
    ROUNDING: RoleAccountKind("expense", "FX-ROUNDING", "FX rounding"),
    "fx_unrealised_gain": RoleAccountKind("income", "FX-UNREALISED-GAIN", "Unrealised FX gains"),
    "fx_unrealised_loss": RoleAccountKind("expense", "FX-UNREALISED-LOSS", "Unrealised FX losses"),
    "fx_realised_gain": RoleAccountKind("income", "FX-REALISED-GAIN", "Realised FX gains"),
    "fx_realised_loss": RoleAccountKind("expense", "FX-REALISED-LOSS", "Realised FX losses"),
}


def account_with(entity_id: UUID, role: str, currency: str, *, fetch: Fetch = fetch_default) -> str:
    """The code of the one open account with this role in this currency.

    Raises `FxAccountMissing` or `FxAccountAmbiguous`, naming role and currency.
    """
    codes = [code for (code,) in fetch(WITH_ROLE, (entity_id, role, currency))]
    if len(codes) == 1:
        return str(codes[0])
    if not codes:
        raise FxAccountMissing(role=role, currency=currency)
    raise FxAccountAmbiguous(role=role, currency=currency, accounts=codes[:50], first=", ".join(codes[:5]))


def open_missing(entity_id: UUID, currencies: Sequence[str], *, actor: str) -> list[str]:
    """Open the clearing and spread accounts of `currencies` and of the base currency, and what base needs besides.

    Gives the codes of what was opened; what is there stays as it is. Raises `UnknownCurrency`, `NotMoney`,
    `AccountExists`.
    """
    check_money(entity_id, [code for code in currencies if is_storable(code)], "/currencies")
    base = base_currency_on(entity_id, Entity.objects.values_list("business_date", flat=True).get(id=entity_id))
    both = dict.fromkeys([base, *currencies])
    wanted = [(role, currency) for currency in both for role in (CLEARING, SPREAD)]
    wanted += [(role, base) for role in (ROUNDING, *RESULTS)]
    missing = [(role, currency) for role, currency in wanted if not _codes(entity_id, role, currency)]
    specs = [_spec(role, currency) for role, currency in missing]
    for opened in open_accounts(entity_id, specs, actor=actor) if specs else ():
        if opened.refusal is not None:
            raise opened.refusal
    return [spec.code for spec in specs]


def _codes(entity_id: UUID, role: str, currency: str) -> list[str]:
    return [code for (code,) in fetch_default(WITH_ROLE, (entity_id, role, currency))]


def _spec(role: str, currency: str) -> AccountSpec:
    kind = KINDS[role]
    return AccountSpec(
        code=f"{kind.code}-{currency}", name=f"{kind.name} {currency}", currency=currency, type=kind.type, role=role
    )
