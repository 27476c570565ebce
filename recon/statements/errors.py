"""Refusals of bank statements: what is wrong in a file, and what does not go with what is there already."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, PreconditionFailed


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


class NetDisagrees(StatementRefused):
    """A row of a processor whose amount and fee do not make its net: one of the columns is another one."""

    code = "statement_net_disagrees"
    template = (
        "Line {line}: the amount {amount} less the fee {fee} makes {computed}, and the net is {net}. "
        "The difference is {difference}."
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


class BankAccountNotFound(NotFound):
    template = "There is no such bank account in these books."


class StatementNotFound(NotFound):
    template = "There is no such statement in these books."


class StatementLineNotFound(NotFound):
    template = "There is no such line of a statement in these books."


class BankAccountRevised(PreconditionFailed):
    template = "The bank account has changed since it was read."


class IdentifierTaken(LedgerError):
    """Two bank accounts with one identifier: a file would belong to both."""

    code = "bank_account_identifier_taken"
    status = 409
    template = "Another bank account of these books has the identifier {identifier!r}."
    constraints = ("bank_account_identifier_unique",)


class MirrorRefused(LedgerError):
    """What cannot be mirrored; `data` has the reason."""

    code = "bank_account_mirror_refused"
    template = "The bank account cannot be the mirror of account {mirror!r}: {reason}"
    constraints = ("bank_account_mirrors_another", "bank_account_mirror")


class MirrorFixed(LedgerError):
    """Lines of two accounts, or of files and an account, would be put together."""

    code = "bank_account_mirror_fixed"
    status = 409
    template = "Statements of this bank account have come in. What it mirrors is changed only after they are undone."
    constraints = ("bank_account_mirror_is_fixed",)


class MirrorTakesNoFiles(LedgerError):
    """The lines of a mirror are the postings of the other account, and a run brings them in."""

    code = "bank_account_mirror_takes_no_files"
    status = 409
    template = "This bank account mirrors account {mirror}: a run brings in its postings, and no files come in."
    constraints = ("statement_fits_bank_account",)


class StatementOfOther(LedgerError):
    """A file that names an account, or a currency, that is not the bank account's."""

    code = "statement_of_other_account"
    template = "Statement {place} of the file has the {what} {found!r}, and the bank account has {wanted!r}."


class StatementOfUnknown(LedgerError):
    """A file was to go to the bank accounts that it names, and one of its statements names none of these books."""

    code = "statement_account_unknown"
    template = (
        "Statement {place} of the file is of the account {found!r}, and no bank account of these books has that "
        "identifier."
    )


class StatementOfSeveral(StatementOfUnknown):
    """Identifiers that differ in blanks and punctuation only."""

    template = (
        "Statement {place} of the file is of the account {found!r}, and that may be any of the bank accounts "
        "{accounts}."
    )


class StatementOfNobody(StatementOfUnknown):
    """Formats that name no account, and CSV, which is read with the map of its bank account."""

    template = "Statement {place} of the file names no account: say of which bank account the file is."


class StatementFileKnown(LedgerError):
    """The very same file was imported and not undone; `data` names its first statement."""

    code = "statement_file_known"
    status = 409
    template = "This file was imported already, as statement {number}."
    constraints = ("statement_file_unique",)


class StatementDiscontinuous(LedgerError):
    """The lines do not go on from where the statement before ends: something is missing in between, or came twice."""

    code = "statement_discontinuous"
    status = 409
    template = (
        "Statement {place} of the file leaves {kind} of {difference}: its new lines begin at {found}, and the "
        "statement before, number {other}, ends at {expected}. Import what is missing first, or allow the gap."
    )


class StatementIntoGap(StatementDiscontinuous):
    """The same on its other side, where a statement follows that fitted the one before."""

    template = (
        "Statement {place} of the file leaves {kind} of {difference}: it ends at {expected}, and the statement after "
        "it, number {other}, begins at {found}. Import what is missing first, or allow the gap."
    )


class StatementNotNewest(LedgerError):
    """What came later left out the lines that it had in common with this one, so it goes first."""

    code = "statement_not_newest"
    status = 409
    template = "Statement {newest} came later: undo that import first."


class StatementUndone(LedgerError):
    code = "statement_undone"
    status = 409
    template = "Statement {number} is undone."
    constraints = ("statement_undone_for_good", "statement_line_undone_for_good")


class StatementProven(LedgerError):
    """Balances can be stated only where the file proved none, and once."""

    code = "statement_proven"
    status = 409
    template = "The balances of statement {number} are proven already."
    constraints = ("statement_proven_once",)


class StatedBalancesDisagree(LedgerError):
    """What somebody stated is not what the lines make of it."""

    code = "stated_balances_disagree"
    template = (
        "The opening balance {opening} and the lines, {lines} in sum, make {computed}, not {closing}. "
        "The difference is {difference}."
    )


class StatedDaysReversed(Malformed):
    template = "The closing balance is of a day before that of the opening balance."


class StatedOtherThanFile(LedgerError):
    """The file has this balance, and what somebody stated is another one."""

    code = "stated_balance_not_of_file"
    template = "The file says that the {which} balance is {found}."


class PartsDisagree(LedgerError):
    code = "statement_line_parts_disagree"
    template = "The parts are {total} in sum, and the line is {amount}."
    constraints = ("statement_line_parts_add_up",)


class PartsCount(Malformed):
    template = "A line is split into 2 to {most} parts."


class PartRefused(Malformed):
    template = "A part has an amount that is not zero, with at most {minor_units} decimals."


class LineSplit(LedgerError):
    """It is split, or a part of a line that is: a line is split once, and joined before it is split in another way."""

    code = "statement_line_split"
    status = 409
    template = "Line {number} of statement {statement} is split or a part: join it before it is split in another way."


class LineNotSplit(LedgerError):
    code = "statement_line_not_split"
    status = 409
    template = "Line {number} of statement {statement} is not split."
