"""Where the statement of cash flows shows an account: what it is declared as, else what is usual. Pure.

The words of IAS 7 paragraph 6. "non_cash" is operating too, shown among the adjustments instead of the changes in
working capital: provisions and what is written off.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from reports.reading.declared import declared_cash_flows, declared_terms
from reports.reading.figures import RESULT_TYPES, ReportAccount

CASH, OPERATING, INVESTING, FINANCING = "cash", "operating", "investing", "financing"
NON_CASH = "non_cash"
NON_CASH_RESULT = "non_cash_result"  # income and expenses that are never paid
EXCHANGE = "exchange"  # differences of rates, and valuations that hold them
CLEARING = "clearing"  # between two currencies
OPENING = "opening"  # books that were taken over

ROLES = {
    "cash": CASH,
    "valuation": EXCHANGE,
    "fx_clearing": CLEARING,
    "opening_equity": OPENING,
    "fx_unrealised_gain": EXCHANGE,
    "fx_unrealised_loss": EXCHANGE,
    "fx_realised_gain": EXCHANGE,
    "fx_realised_loss": EXCHANGE,
    "rounding": EXCHANGE,
}
ONLY_OF_RESULT = frozenset({"rounding"})  # a role that is meant on income and expenses alone


def places_of(
    accounts: Mapping[UUID, ReportAccount], pairs: Collection[tuple[UUID, UUID]], cash: Collection[UUID] = ()
) -> dict[UUID, str]:
    """The place of each account that takes postings; `pairs` are foreign accounts with their valuations.

    First what the account itself declares, then its role, then what a header declares, then what is usual: equity is
    financing, assets that are not current are investing, liabilities that are not current financing, all else
    operating. A valuation of cash alone is cash. Where `cash` names accounts, these alone are cash.
    """
    declared, terms = declared_cash_flows(accounts), declared_terms(accounts)
    found = {
        one.id: _place(one, declared[one.id], terms[one.id]) for one in accounts.values() if not one.is_header
    }  # fmt: skip
    if cash:
        found = {one: OPERATING if place == CASH else place for one, place in found.items()} | dict.fromkeys(cash, CASH)
    valued: dict[UUID, set[str]] = {}
    for foreign, valuation in pairs:
        valued.setdefault(valuation, set()).add(found[foreign])
    held = {valuation for valuation, places in valued.items() if places == {CASH} and found[valuation] == EXCHANGE}
    return found | dict.fromkeys(held, CASH)


def _place(account: ReportAccount, declared: str, term: str) -> str:
    by_role = ROLES.get(account.role, "")
    if account.role in ONLY_OF_RESULT and account.type not in RESULT_TYPES:
        by_role = ""
    place = account.cash_flow or by_role or declared or _usual(account.type, term)
    if account.type in RESULT_TYPES:
        return {NON_CASH: NON_CASH_RESULT, CASH: OPERATING}.get(place, place)
    return place


def _usual(type_: str, term: str) -> str:
    if type_ == "equity":
        return FINANCING
    if term == "non_current" and type_ in {"asset", "liability"}:
        return INVESTING if type_ == "asset" else FINANCING
    return OPERATING
