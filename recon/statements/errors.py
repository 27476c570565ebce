"""Refusals of bank statements: what a file is not, or where in it something is wrong."""

from __future__ import annotations

from ledgerflow.core.errors import Malformed


class StatementRefused(Malformed):
    """Nothing of a file of bank statements is taken; `data` has the line of the file where it is known."""

    code = "statement_refused"
    status = 422
    template = "This file of bank statements is refused."


class StatementEmpty(StatementRefused):
    """Nothing is in the file."""

    code = "statement_empty"
    template = "The file is empty."


class StatementFormatUnknown(StatementRefused):
    """The content is that of no format of bank statements."""

    code = "statement_format_unknown"
    template = "This is no bank statement that can be read here: MT940, CAMT.052, .053 or .054, OFX, BAI2 or CSV."


class StatementTooLarge(StatementRefused):
    """A file with too many bytes, lines, statements or elements; `data` has the limit."""

    code = "statement_too_large"
    status = 413
    template = "A file of statements has at most {most} {unit}."


class EncodingUnreadable(StatementRefused):
    """Bytes that mean nothing in the encoding of the file; `data` has the line of the first one."""

    code = "statement_encoding_unreadable"
    template = "The file is not {encoding}: the bytes on line {line} mean nothing in it."


class EncodingNotTaken(StatementRefused):
    """The file says that it is in an encoding which no bank uses."""

    code = "statement_encoding_not_taken"
    template = "The file says that its encoding is {encoding!r}, which is not read here."


class StatementBroken(StatementRefused):
    """Something is missing, misplaced, cut off, or no amount, date or currency; `data` has the line and the reason."""

    code = "statement_broken"
    template = "Line {line}: {reason}"


class BalancesDisagree(StatementRefused):
    """The opening balance and the lines do not make the closing balance: something is missing, doubled or wrong."""

    code = "statement_balances_disagree"
    template = (
        "Line {line}, statement {number!r} of account {account!r}: the opening balance {opening} and the lines, "
        "{lines} in sum, make {computed}, and the closing balance is {closing}. The difference is {difference}."
    )


class PagesDisagree(StatementRefused):
    """A page of a statement does not begin where the one before ended: one is missing or stands twice."""

    code = "statement_pages_disagree"
    template = (
        "Line {line}, statement {number!r} of account {account!r}: the page begins with {opening}, and the one before "
        "it ended with {closing}. A page is missing or stands twice."
    )


class ControlTotalWrong(StatementRefused):
    """A sum or a count in a file of BAI2 is not that of its records."""

    code = "statement_control_total_wrong"
    template = "Line {line}: the record {record} tells {told} as its {what}, and it is {found}."


class ColumnsMissing(StatementRefused):
    """A CSV came without a map of its columns, or without a column that the map names."""

    code = "statement_columns_missing"
    template = "A CSV file is read with a map of its columns: {missing}."


class ColumnMapRefused(StatementRefused):
    """A map of columns that makes no sense; `pointer` names the member."""

    code = "statement_column_map_refused"
    status = 400
    template = "The column map cannot be used: {reason}"
