"""Refusals of what a reconciliation statement is given."""

from __future__ import annotations

from ledgerflow.core.errors import Malformed


class TiedItemTwice(Malformed):
    template = "The item {id} was given twice, and a balance holds it once."
