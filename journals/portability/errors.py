"""Refusals of files that do not say what can be posted or opened."""

from __future__ import annotations

from ledgerflow.core.errors import IdempotencyKeyMissing, Malformed


class NotTrueOrFalse(Malformed):
    template = "{text!r} is not true or false."


class KeyColumnEmpty(IdempotencyKeyMissing):
    template = "The column of idempotency keys is empty here."


class TooManyLines(Malformed):
    template = "A journal has at most {most} lines."


class DebitOrCreditNeeded(Malformed):
    template = "Either debit or credit must hold an amount."


class SideUnknown(Malformed):
    template = "A side is debit or credit, not {side!r}."


class VirtualPostingRefused(Malformed):
    template = "An unbalanced virtual posting, (account), cannot be in balanced books."
