"""Refusals of own rates."""

from __future__ import annotations

from journals.errors import DayClosed
from ledgerflow.core.errors import LedgerError


class OwnRateRefused(LedgerError):
    """The journal cannot have a rate of its own, or has one."""

    code = "own_rate_refused"
    template = "This journal cannot have a rate of its own."


class NothingForeign(OwnRateRefused):
    template = "The journal has no line in {currency}, or {currency} is the base currency."


class WhichCurrency(OwnRateRefused):
    template = "The journal has lines in {count} foreign currencies: name the one that the rate is of."


class HasOwnRate(OwnRateRefused):
    template = "The journal is carried at {rate} for {currency}: a rate of its own is given once."


class RateOfSettlement(OwnRateRefused):
    template = "The journal is part of a settlement, which has its own rates."


class RateOfReversal(OwnRateRefused):
    template = "The journal and its reversal are carried at one rate, which is {rate} for {currency}."


class LateForOwnRate(DayClosed):
    template = "{day} is {state}: the base amounts of its journals stand."
