"""Refusals of rows of files."""

from __future__ import annotations

from ledgerflow.core.errors import Malformed


class CellRefused(Malformed):
    template = "{text!r} is not {wanted}."


class RowUnlikeHeader(Malformed):
    template = "The row has {cells} columns where the header has {columns}."


class RowsDiffer(Malformed):
    template = "The rows of one journal differ in {field}."


class MetadataNotAnObject(Malformed):
    template = "Metadata must be a JSON object."


class HeaderRepeated(Malformed):
    template = "The row is the header again."


class DateNotThere(Malformed):
    template = "There is no day {text!r}."


class DateUnlikeFormat(Malformed):
    template = "{text!r} is not a date written {date_format}."


class DateAmbiguous(Malformed):
    template = "{text!r} is {readings}: say which with --date-format."


class DateNeedsFormat(Malformed):
    template = "{text!r} is not a date like 2026-03-31; if it is {reading}, say --date-format {date_format}."
