"""Refusals of files that do not say what can be posted or opened."""

from __future__ import annotations

from journals.errors import NotReversible
from ledgerflow.core.errors import IdempotencyKeyMissing, LedgerError, Malformed, NotFound


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
    template = (
        "An unbalanced virtual posting, (account), cannot be in balanced books. Strip them before hledger prints: "
        "sed -E '/^[[:space:]]+([*!][[:space:]]*)?[(]/d' FILE | hledger -f - print …"
    )


class PostingDateRefused(Malformed):
    template = (
        "{account} has the date {date} of its own, and all lines of a journal have one, {day}: take them at that date "
        "with --posting-dates transaction."
    )


class TransferHasTwoLines(Malformed):
    template = "A transfer has two lines, not {lines}."


class OriginalMissing(NotFound):
    template = "The journal with the key {key}, which this one reverses, is not in these books: import it first."


class NotTheMirror(NotReversible):
    template = "The lines are not those of the journal with the key {key} with their sides exchanged."


class PostedBefore(LedgerError):
    """A row of a file without keys stands in the books, from another file or from somebody's hand."""

    code = "posted_before"
    status = 409
    template = "Posted before, as journal {number}: the same date, accounts, amounts and description."


class SettingsLineTooLong(Malformed):
    template = "A line of a file of settings has at most {most:,} bytes."


class PartUnknown(Malformed):
    template = "There is no part {part!r} of settings: {known}."


class BooksUnlike(LedgerError):
    """Books are made with their base currency, first business date, time zone and dimensions."""

    code = "books_unlike"
    status = 409
    template = "These books have another {field} than those of the file: {found}, and not {wanted}."


class ImportNotOver(LedgerError):
    """An import that is still at work cannot be taken back."""

    code = "import_not_over"
    status = 409
    template = "This import goes on: wait until it is done, or give it up."


class ImportJournalsUnknown(LedgerError):
    """Which journals an import posted was not kept by the release that did it."""

    code = "import_journals_unknown"
    status = 409
    template = "Nobody kept which journals this import posted, as it is older than that: reverse them one by one."
