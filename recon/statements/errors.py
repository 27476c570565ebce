"""Refusals of bank statements: what a file is not, or where in it something is wrong."""

from __future__ import annotations

from ledgerflow.core.errors import Malformed


class StatementRefused(Malformed):
    """Base of all reasons why nothing of a file is taken. `data["line"]` is the line of the file, where it is known."""

    code = "statement_refused"
    status = 422
    template = "This file of bank statements is refused."


class StatementEmpty(StatementRefused):
    code = "statement_empty"
    template = "The file is empty."


class StatementFormatUnknown(StatementRefused):
    code = "statement_format_unknown"
    template = "This is no bank statement that can be read here: MT940, CAMT.052, .053 or .054, OFX, BAI2 or CSV."


class StatementTooLarge(StatementRefused):
    code = "statement_too_large"
    status = 413
    template = "A file of statements has at most {most} {unit}."


class EncodingUnreadable(StatementRefused):
    code = "statement_encoding_unreadable"
    template = "The file is not {encoding}: the bytes on line {line} mean nothing in it."


class EncodingNotTaken(StatementRefused):
    code = "statement_encoding_not_taken"
    template = "The file says that its encoding is {encoding!r}, which is not read here."


class StatementBroken(StatementRefused):
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
    code = "statement_pages_disagree"
    template = (
        "Line {line}, statement {number!r} of account {account!r}: the page begins with {opening}, and the one before "
        "it ended with {closing}. A page is missing or stands twice."
    )


class ControlTotalWrong(StatementRefused):
    code = "statement_control_total_wrong"
    template = "Line {line}: the record {record} tells {told} as its {what}, and it is {found}."


class ColumnsMissing(StatementRefused):
    code = "statement_columns_missing"
    template = "A CSV file is read with a map of its columns: {missing}."


class ColumnMapRefused(StatementRefused):
    code = "statement_column_map_refused"
    status = 400
    template = "The column map cannot be used: {reason}"
