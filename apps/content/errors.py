"""Refusals of content."""

from __future__ import annotations

from ledgerflow.core.errors import NotFound


class PieceNotFound(NotFound):
    template = "There is no such content."
