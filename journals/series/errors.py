"""Refusals of number series."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound


class SeriesRefused(Malformed):
    template = "{field} of a series is {wanted}."


class SeriesExists(LedgerError):
    """A series of that code is there, or one that takes the same kind of journals."""

    code = "series_exists"
    status = 409
    template = "The series {series} is there already, and takes {kinds}."


class NoSeriesNumber(NotFound):
    template = "No series takes journals of this kind."
