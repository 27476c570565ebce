"""Refusals of items."""

from __future__ import annotations

from ledgerflow.core.errors import Malformed, NotFound


class ItemNotFound(NotFound):
    template = "There is no such item: one that was accepted a moment ago may still be on its way."


class ItemNameRefused(Malformed):
    template = "The name of an item has 1 to {most} characters."
