"""Refusals of dimensions and their values."""

from __future__ import annotations

from accounts.errors import ParentRefused
from ledgerflow.core.errors import LedgerError, Malformed, NotFound, PreconditionFailed


class UnknownDimensionValue(LedgerError):
    code = "unknown_dimension_value"
    template = "{value!r} is not declared as a value of {dimension}."


class ValueNotValid(UnknownDimensionValue):
    template = "{value!r} of {dimension} is valid {validity}, not on {day}."


class ValueClosed(UnknownDimensionValue):
    template = "{value!r} of {dimension} is closed."


class DimensionRequired(LedgerError):
    code = "dimension_required"
    template = "Each line on {account} needs a value of {dimension}."


class DimensionValueExists(LedgerError):
    code = "dimension_value_exists"
    status = 409
    template = "{dimension} has a value {value!r} already."


class DimensionNotFound(NotFound):
    template = "These books have no dimension {dimension!r}."


class DimensionValueNotFound(NotFound):
    template = "{dimension} has no value {value!r}."


class DimensionRevised(PreconditionFailed):
    template = "It has changed since it was read."


class ParentOfNoValue(ParentRefused):
    template = "The parent must be another declared value of {dimension}."


class ParentBelowValue(ParentRefused):
    template = "{parent} is below {value}: a value cannot be its own ancestor."


class ValidityCrossed(Malformed):
    template = "A value cannot be valid from {start} to {end}."


class NoParty(Malformed):
    template = "Only values of the dimension party have this, and {dimension} is another."


class CountryRefused(Malformed):
    template = "A country is two capital letters of ISO 3166-1, such as DE."


class TermsOutOfRange(Malformed):
    template = "Payment terms are from 0 to {most} days."


class UnknownDimensionRequired(Malformed):
    template = "These books have no dimension {dimension!r}."


class RequiredTwice(Malformed):
    template = "Each dimension is required once."
