"""Refusals of templates, of their expressions and parameters, and of running them."""

from __future__ import annotations

from journals.errors import CurrencyMismatch
from ledgerflow.core.errors import LedgerError, Malformed, NotFound, PermissionMissing

# Expressions


class ExpressionRefused(Malformed):
    """A template's amount is not an expression that is taken here; `column` is where, from 1 on."""

    code = "expression_refused"
    status = 422
    template = "At column {column} of {expression!r}: {reason}"


class ExpressionFailed(LedgerError):
    """The expression has no value for these parameters."""

    code = "expression_failed"
    template = "At column {column} of {expression!r}: {reason}"


class RoundingNeeded(LedgerError):
    """The amount is finer than the currency, and the line names no way to round it."""

    code = "rounding_needed"
    template = (
        "{expression!r} comes to {amount}, which has more than {minor_units} decimals, and the line rounds exactly."
    )


# Parameters


class ParameterError(Malformed):
    """A value that the template's parameter does not take."""

    code = "parameter_refused"
    status = 422
    template = "The parameter {parameter!r} is {wanted}, not {given}."


class ParameterNeeded(ParameterError):
    template = "The parameter {parameter!r} is missing."


class ParameterNotDeclared(ParameterError):
    template = "The template has no parameter {parameter!r}."


# Definitions


class DefinitionRefused(Malformed):
    """A version of a template makes no sense, whatever the books hold."""

    code = "definition_refused"
    status = 422
    template = "{reason}"


class PatternRefused(DefinitionRefused):
    """The pattern of a text is not of the kind that is taken here."""

    template = "At column {column} of the pattern {pattern!r}: {reason}"


class ExampleFailed(LedgerError):
    """An example of the version does not come out as it says."""

    code = "example_failed"
    template = "The example does not come out: {reason}"


# Running


class RoleUnresolved(LedgerError):
    """No account, or more than one, has the role in that currency."""

    code = "role_unresolved"
    template = "{found} open accounts have the role {role!r}{of_owner}{in_currency}: the template needs exactly one."


class AmountOnOtherSide(LedgerError):
    """A line that has a side came to less than nothing."""

    code = "negative_line"
    template = "Line {line} of the template comes to {amount} on its {side} side."


class LinesNeeded(LedgerError):
    """Fewer than two lines came to something."""

    code = "lines_needed"
    template = "A journal has two lines or more, and {lines} of the template's came to an amount."


class RestTwice(LedgerError):
    """Two lines that take what is left turned out to be in one currency."""

    code = "rest_twice"
    template = "Two lines of the template take what is left in {currency}."


class LineCurrencyDiffers(CurrencyMismatch):
    template = "Line {line} of the template is in {currency}, and the account {account} is in {other}."


class TemplateNotFound(NotFound):
    template = "There is no template {template_code!r} here."


class VersionNotFound(NotFound):
    template = "The template {template_code!r} has no version {version}."


class TemplateNotActive(LedgerError):
    """No version of the template is active, or the one that was asked for is a draft."""

    code = "template_not_active"
    status = 409
    constraints = ("journal_of_active_version",)  # it was active when the operation was made of it
    template = "The template {template_code!r} has no active version, or the one asked for is a draft."


class FourEyesNeeded(PermissionMissing):
    """The template takes two people: one proposes the operation, another one approves it."""

    code = "four_eyes_needed"
    template = "The template {template_code!r} takes two people: propose the operation."


class VersionActive(LedgerError):
    """The version is the active one already."""

    code = "version_active"
    status = 409
    template = "Version {version} of {template_code!r} is active already."


class VersionNotActive(LedgerError):
    """The version is not the active one, so that there is nothing to retire."""

    code = "version_not_active"
    status = 409
    template = "Version {version} of {template_code!r} is not the active one."


class ParametersRefused(Malformed):
    template = "Parameters are a JSON object of plain values."


class TwoPeopleNotNeeded(LedgerError):
    """The template takes one person: run the operation."""

    code = "four_eyes_not_needed"
    status = 409
    template = "The template {template_code!r} takes one person only: run the operation."


# Files of templates


class TemplateFileRefused(Malformed):
    template = "This is no file of templates: {reason}"
