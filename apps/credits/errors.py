"""Refusals of operations on credits."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError


class InvalidOperation(LedgerError):
    """The application has no operation of this name."""

    code = "invalid_operation"
    template = "{application} has no operation {operation!r}."


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


class ApplicationFileRefused(LedgerError):
    """A file of operations cannot be read as an application."""

    code = "application_file_refused"
    template = "The file is no application: {reason}"
