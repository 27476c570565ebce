"""Refusals of operations on credits."""

from __future__ import annotations

from apps.operations.errors import FourEyesNeeded, TwoPeopleNotNeeded
from ledgerflow.core.errors import LedgerError, Malformed


class InvalidOperation(LedgerError):
    """The application has no operation of this name."""

    code = "invalid_operation"
    template = "{application} has no operation {operation!r}."


class ApplicationUnknown(LedgerError):
    """There is no application of this name."""

    code = "application_unknown"
    template = "There is no application {application!r}."


class ApplicationNeeded(LedgerError):
    """No application is named, and there is not exactly one."""

    code = "application_needed"
    template = "There are {count} applications: say which one is meant."


class AmountNotWhole(LedgerError):
    """The amount is no whole JSON number: it has a sign, a point or an exponent, or is no number at all."""

    code = "amount_not_whole"
    template = "{text} is not a whole number: an amount is digits, without sign, point, exponent or quotes."


class AmountOutOfRange(LedgerError):
    """The operation does not take this amount; `data` says from which to which it takes one."""

    code = "amount_out_of_range"
    template = "{operation} takes an amount from {least} to {most}."


class AmountOfDefinition(AmountOutOfRange):
    template = "{operation} takes {least}, whatever is asked for: leave the amount out."


class AmountNeeded(AmountOutOfRange):
    template = "Say the amount: {operation} takes one from {least} to {most}."


class CostRefused(LedgerError):
    """The cost in money is none that the operation takes."""

    code = "cost_refused"
    template = "{operation} is not sold: leave the cost out."


class CostNeeded(CostRefused):
    template = "Say the cost, what was paid in {currency}: {operation} has no price for each credit."


class CostNegative(CostRefused):
    template = "A cost is not negative, and has at most {digits} digits before the point."


class ApplicationFileRefused(LedgerError):
    """A file of operations cannot be read as an application."""

    code = "application_file_refused"
    template = "The file is no application: {reason}"


class OwnerRefused(Malformed):
    """The owner of credits has no name, or a longer one than accounts have."""

    template = "An owner has 1 to {most} characters."


class AlreadyGranted(LedgerError):
    """The owner has had it in this period; `due` says on which business date it is due again."""

    code = "already_granted"
    status = 409
    template = "{owner_id} has had {operation} already, and can have it again on {due}."


class GrantedForEver(AlreadyGranted):
    template = "{owner_id} has had {operation} already, and it is there once for each owner."


class WalletUnclear(LedgerError):
    """More than one account could be meant: of an owner's wallets, or on the other side of an operation."""

    code = "wallet_unclear"
    template = "There are {count} accounts with the role {role} in {currency}, and one is needed."


class CreditsNeedTwoPeople(FourEyesNeeded):
    template = "{operation} takes two people: one proposes it, another approves."


class CreditsNeedOnePerson(TwoPeopleNotNeeded):
    template = "{operation} takes one person only: run it."
