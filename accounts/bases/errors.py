"""Refusals of a change of the base currency."""

from __future__ import annotations

from accounts.errors import NotMoney
from ledgerflow.core.errors import LedgerError


class BaseChangeRefused(LedgerError):
    """The base currency cannot change so; the message says why."""

    code = "base_change_refused"
    template = "The base currency changes before its day begins, and one day after the other."
    constraints = ("base_change_in_order",)


class SameBaseCurrency(BaseChangeRefused):
    template = "{currency} is the base currency already."


class DayIsClosed(BaseChangeRefused):
    constraints = ("base_change_day_open",)
    template = "{day} is closed or closing: the base currency changes before its day begins."


class DayHasJournals(BaseChangeRefused):
    constraints = ("base_change_day_unused",)
    template = "There are journals dated {day} or later: the base currency changes before its day begins."


class NotAfterTheLastChange(BaseChangeRefused):
    template = "The base currency changes to {currency} on {day} already: another change comes after that."


class BeforeTheBooks(BaseChangeRefused):
    template = "These books began on {first_business_date}: found them in {currency} instead."


class BaseNotMoney(NotMoney):
    constraints = ("base_change_of_money",)
    template = "{currency} is not money: no books are kept in it."


class SixSignificantFigures(LedgerError):
    """Article 4(1) of Regulation (EC) No 1103/97 says so."""

    code = "fixed_rate_refused"
    template = "A fixed rate has six significant figures, such as 7.53450 or 1936.27: what one new unit is in old ones."
