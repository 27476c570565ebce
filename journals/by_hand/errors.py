"""Refusals of what people type into the editor of journals."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed


class CalculationUnreadable(Malformed):
    template = "{text!r} cannot be calculated: there are numbers, + - * / and brackets."


class CalculationTooLong(Malformed):
    template = "A calculation has at most {most} characters, and brackets at most {depth} deep."


class CalculationImpossible(Malformed):
    template = "{text!r} cannot be calculated: it divides by zero, or has more than {digits} digits before the point."


class NothingMissing(Malformed):
    template = "Nothing is missing here: the other lines come to zero, or their currency is not known yet."


class AmountMissing(Malformed):
    template = "A line needs an amount, debit or credit."


class BothSides(Malformed):
    template = "A line has an amount in debit or in credit, not in both."


class AccountMissing(Malformed):
    template = "A line needs an account: its code, its name or its owner."


class AccountAmbiguous(Malformed):
    template = "{text!r} can be {candidates}: say which by its code."


class LinesUnreadable(Malformed):
    template = "Line {line} of the text cannot be read: {reason}"


class ColumnsUnknown(Malformed):
    template = "The columns {columns} are not known: there are {known}."


class TooManyJournalLines(Malformed):
    template = "A journal has at most {most} lines."


class DraftMoved(LedgerError):
    """Somebody saved it after it was read: the same person in another tab, who would lose what was typed there."""

    code = "draft_moved"
    status = 409
    template = "This draft was changed or posted in another tab since this page was opened. It was not overwritten."


class TooManyDrafts(LedgerError):
    code = "too_many_drafts"
    template = "You have {most} drafts in these books: post or drop one first."


class DraftTooLarge(Malformed):
    template = "A draft has at most {most} bytes."
