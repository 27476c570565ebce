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
