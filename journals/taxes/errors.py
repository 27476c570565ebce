"""Refusals of tax codes and of lines that bear them."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed


class TaxCodeRefused(Malformed):
    template = "{field} of a tax code is {wanted}."


class TaxDatesTheWrongWay(Malformed):
    template = "{starts_on} is after {ends_on}."


class TaxCodeUnknown(LedgerError):
    """No tax code of that name, or none that is valid on the day."""

    code = "unknown_tax_code"
    template = "There is no tax code {tax_code!r} that is valid on {day}."


class TaxLineRefused(LedgerError):
    """The line cannot bear this tax code."""

    code = "tax_line_refused"
    template = "This line cannot bear the tax code {tax_code}."


class TaxInOtherCurrency(TaxLineRefused):
    template = "The line on {account} is in {currency} and the tax account {tax_account} of {tax_code} is in {other}."


class GrossReverseCharge(TaxLineRefused):
    template = "{tax_code} is a reverse charge: the invoice has no tax in it, so the amount is net."


class TaxGivenTwice(TaxLineRefused):
    template = "The line names {tax_code} as its tax code and {dimension!r} as its dimension tax."


class TaxAccountItself(TaxLineRefused):
    template = "{account} takes the tax of {tax_code}: a line on it is no taxable amount."
