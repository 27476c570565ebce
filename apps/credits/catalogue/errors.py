"""Refusals of applications that are kept in the books."""

from __future__ import annotations

from apps.operations.errors import VersionActive, VersionNotActive
from ledgerflow.core.errors import FieldErrors, LedgerError, NotFound


class OperationsRefused(FieldErrors):
    """An application is not sound, or does not fit the books: a sentence for each place that is wrong."""

    code = "operations_refused"
    status = 422
    template = "The operations of the application are not sound."


class ApplicationNotFound(NotFound):
    template = "There is no application {application!r} here."


class ApplicationVersionNotFound(NotFound):
    template = "The application {application!r} has no version {version}."


class ApplicationActive(VersionActive):
    template = "Version {version} of {application!r} is active already."


class ApplicationNotActive(VersionNotActive):
    template = "Version {version} of {application!r} is not the active one."


class ApplicationOfSettings(LedgerError):
    """The settings name an application of this name, which comes before any version in the books."""

    code = "application_of_settings"
    status = 409
    template = "The settings have an application {application!r}, and no version of that name would ever be used."
