"""Refusals of matching."""

from __future__ import annotations

from ledgerflow.core.errors import LedgerError, Malformed, NotFound, PreconditionFailed


class MatchNotFound(NotFound):
    template = "There is no such match in these books."


class SuggestionNotFound(NotFound):
    template = "There is no such suggestion: a run or a match has replaced it. Read the list again."


class ItemTaken(LedgerError):
    """A line or a posting is in a match already, or is not there to be matched; `data` names it."""

    code = "item_taken"
    status = 409
    template = "These are matched already, or are not there to be matched: {items}."
    constraints = ("match_line_once", "match_posting_once")


class LineMatched(LedgerError):
    """A line that is in a match is neither undone nor split: unmatch it first."""

    code = "line_matched"
    status = 409
    template = "A line that is in a match is neither undone nor split: unmatch it first."
    constraints = ("matched_line_is_locked",)


class MatchDiffers(LedgerError):
    """The two sides of a match by hand do not come to the same; `data` has the difference."""

    code = "match_differs"
    template = "The bank's lines come to {bank} and our postings to {books}: the difference is {difference}."


class NothingToPost(LedgerError):
    """Both sides come to the same, so there is no difference to post."""

    code = "no_difference"
    template = "Both sides come to the same: there is no difference to post."


class AlreadyUnmatched(LedgerError):
    """The match was taken back already."""

    code = "already_unmatched"
    status = 409
    template = "This match was taken back already."


class TooFewItems(Malformed):
    template = "A match has at least two lines or postings, and at most {most}."


class ItemNamedTwice(Malformed):
    template = "A line or a posting is named twice."


class CurrenciesDiffer(LedgerError):
    """Lines in another currency than the account are in no match with its postings."""

    code = "match_currencies_differ"
    template = "The lines are in {lines}, and the account is in {account}."


class RuleCodeRefused(Malformed):
    template = "A rule has a code of 1 to {most} small letters, digits and underscores: {code!r}."


class TooManyRules(Malformed):
    template = "There are 1 to {most} rules."


class ProfileOrRules(Malformed):
    template = "Give either rules or the name of a profile."


class RulesForDryRun(Malformed):
    template = "Only a dry run takes rules of its own: set them to match by them."


class RulesRevised(PreconditionFailed):
    template = "The rules are at version {version} now."


class DifferenceAccountMissing(LedgerError):
    """No open account has the role that a template posts to, in the currency; `data` names both."""

    code = "difference_account_missing"
    template = "There is no open account in {currency} with the role {role!r}: name the account to post to."


class DifferenceAccountAmbiguous(LedgerError):
    """Several open accounts have the role that a template posts to; `data` names them."""

    code = "difference_account_ambiguous"
    template = "Several open accounts in {currency} have the role {role!r}, name one of them: {first}."
