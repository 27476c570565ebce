"""The endpoints of matching: rules, runs, matches, suggestions, and what is in no match."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from ledgerflow.access.scopes import MANAGE, POST, READ
from ledgerflow.web.endpoints import Call, Endpoints, Reply, once, revised
from ledgerflow.web.queries import a_choice, a_date, a_flag, a_text
from ledgerflow.web.schema import a_page
from recon.matching.bodies import (
    DifferenceRequest,
    MatchRequest,
    MatchResponse,
    NothingRequest,
    PostingResponse,
    ReasonRequest,
    RejectionResponse,
    ResidualRequest,
    RulesRequest,
    RulesResponse,
    RunRequest,
    RunResponse,
    SplitRequest,
    SuggestionResponse,
    match_response,
    posting_response,
    rejection_response,
    response_of,
    rules_response,
    run_response,
    suggestion_response,
)
from recon.matching.differences import post_difference, post_residual
from recon.matching.errors import ProfileOrRules, RulesForDryRun
from recon.matching.models import MatchStatus
from recon.matching.passes.shapes import MatchRule
from recon.matching.reading import (
    bank_called,
    items_of,
    match_of,
    matches_of,
    suggestions_of,
    unmatched_lines,
    unmatched_postings,
)
from recon.matching.rule_sets import PROFILES, RuleSet, rules_of, set_profile, set_rules
from recon.matching.running import run_matching
from recon.matching.use_cases import (
    SplitLine,
    Worked,
    confirm_suggestion,
    join_line,
    match_by_hand,
    reject_suggestion,
    split_line,
    unmatch,
)
from recon.statements.reading import LineResponse, line_response

matching = Endpoints("matching")
WORKING = (404, 409, 422)
DAYS = [a_date("from", "On this day or later."), a_date("to", "On this day or before.")]


class SplitResponse(msgspec.Struct):
    """A line and the parts that stand for it; none where they are joined."""

    line: LineResponse
    parts: list[LineResponse]


# Rules


@matching.get(scope=READ, answer=RulesResponse)
def match_rules_show(call: Call[None]) -> Reply:
    """The rules of bank accounts that have none of their own."""
    return revised(rules_response(rules_of(call.entity_id, None), None))


@matching.put(RulesRequest, scope=MANAGE, answer=RulesResponse, problems=(409,), if_match=True)
def match_rules_set(call: Call[RulesRequest]) -> Reply:
    """Set the rules of bank accounts that have none of their own, as a whole or by the name of a profile."""
    return revised(rules_response(_set_rules(call, None), None))


@matching.get(scope=READ, answer=RulesResponse, problems=(404,))
def account_rules_show(call: Call[None], code: str) -> Reply:
    """The rules that a bank account is matched by: its own, those of all, or the default."""
    bank = bank_called(call.entity_id, code)
    return revised(rules_response(rules_of(call.entity_id, bank.id), bank.account))


@matching.put(RulesRequest, scope=MANAGE, answer=RulesResponse, problems=(404, 409), if_match=True)
def account_rules_set(call: Call[RulesRequest], code: str) -> Reply:
    """Set the rules of one bank account, as a whole or by the name of a profile."""
    bank = bank_called(call.entity_id, code)
    return revised(rules_response(_set_rules(call, bank.id), bank.account))


def _set_rules(call: Call[RulesRequest], bank_account_id: UUID | None) -> RuleSet:
    call.body.check()
    given: dict[str, Any] = {"actor": call.actor, "expected_version": call.expected_revision}
    if call.body.profile is not None:
        return set_profile(call.entity_id, bank_account_id, call.body.profile, **given)
    return set_rules(call.entity_id, bank_account_id, [rule.rule() for rule in call.body.rules or ()], **given)


# Runs


@matching.post(
    RunRequest,
    scope=POST,
    answer=RunResponse,
    problems=(404, 503),
    query=[a_flag("dry_run", "Say what would be confirmed and suggested, write nothing.")],
)
def match_run(call: Call[RunRequest], code: str) -> RunResponse:
    """Match a bank account by its rules; a dry run may try other ones. Running again changes nothing."""
    bank, dry_run = bank_called(call.entity_id, code), bool(call.query["dry_run"])
    rules = _rules_to_try(call.body)
    if rules is not None and not dry_run:
        raise RulesForDryRun(pointer="/rules" if call.body.rules else "/profile")
    ran = run_matching(call.entity_id, bank.id, actor=call.actor, rules=rules, dry_run=dry_run)
    return run_response(ran, dry_run=dry_run)


def _rules_to_try(wanted: RunRequest) -> list[MatchRule] | None:
    if wanted.rules is not None and wanted.profile is not None:
        raise ProfileOrRules
    if wanted.profile is not None:
        return list(PROFILES[wanted.profile])
    return None if wanted.rules is None else [rule.rule() for rule in wanted.rules]


# Matches


@matching.get(
    scope=READ,
    answer=a_page(MatchResponse),
    problems=(404,),
    query=[a_choice("status", MatchStatus.values), a_text("rule", "The code of a rule, `manual` or `posted`.")],
    paged=True,
)
def match_list(call: Call[None], code: str) -> dict[str, Any]:
    """The matches of a bank account, the newest first."""
    rows = matches_of(bank_called(call.entity_id, code), call.query["status"], call.query["rule"])
    found, position = call.rows_of(rows, ["-event_sequence"])
    items = items_of([row.id for row in found])
    return call.results([response_of(row, items[row.id]) for row in found], position)


@matching.post(MatchRequest, scope=POST, answer=MatchResponse, statuses=(201,), problems=WORKING, key=True)
def match_make(call: Call[MatchRequest], code: str) -> Reply:
    """Match lines and postings by hand: any number of each whose sums are equal."""
    bank, wanted = bank_called(call.entity_id, code), call.body
    done = match_by_hand(
        call.entity_id, bank.id, wanted.lines, wanted.postings, explanation=wanted.explanation, key=call.key,
        actor=call.actor,
    )  # fmt: skip
    return _worked(done)


@matching.post(DifferenceRequest, scope=POST, answer=MatchResponse, statuses=(201,), problems=WORKING, key=True)
def match_difference(call: Call[DifferenceRequest], code: str) -> Reply:
    """Match lines and postings and post what they differ by: the journal and the match, both or none."""
    bank, wanted = bank_called(call.entity_id, code), call.body
    done = post_difference(
        call.entity_id, bank.id, wanted.lines, wanted.postings, wanted.difference(), key=call.key, actor=call.actor
    )
    return _worked(done)


@matching.get(scope=READ, answer=MatchResponse, problems=(404,))
def match_show(call: Call[None], match_id: UUID) -> MatchResponse:
    """One match with its items."""
    return match_response(match_of(call.entity_id, match_id))


@matching.post(ReasonRequest, scope=POST, answer=MatchResponse, problems=WORKING, key=True)
def match_unmatch(call: Call[ReasonRequest], match_id: UUID) -> Reply:
    """Take a match back: its lines and postings are free again. What was posted with it stays posted."""
    return _worked(unmatch(call.entity_id, match_id, reason=call.body.reason, key=call.key, actor=call.actor))


@matching.post(ResidualRequest, scope=POST, answer=MatchResponse, statuses=(201,), problems=WORKING, key=True)
def match_residual(call: Call[ResidualRequest], match_id: UUID) -> Reply:
    """Post the residual of a match: it is taken back, and its items are matched anew with the posting."""
    return _worked(
        post_residual(call.entity_id, match_id, call.body.difference(), key=call.key, actor=call.actor)
    )  # fmt: skip


# Suggestions


@matching.get(scope=READ, answer=a_page(SuggestionResponse), problems=(404,), paged=True)
def match_suggestion_list(call: Call[None], code: str) -> dict[str, Any]:
    """What the last run left to people, the best first. The next run replaces it."""
    return call.page(suggestions_of(bank_called(call.entity_id, code)), ["place"], suggestion_response)


@matching.post(NothingRequest, scope=POST, answer=MatchResponse, statuses=(201,), problems=WORKING, key=True)
def match_suggestion_confirm(call: Call[NothingRequest], suggestion_id: UUID) -> Reply:
    """Confirm a suggestion, its residual included."""
    return _worked(confirm_suggestion(call.entity_id, suggestion_id, key=call.key, actor=call.actor))


@matching.post(ReasonRequest, scope=POST, answer=RejectionResponse, statuses=(201,), problems=WORKING, key=True)
def match_suggestion_reject(call: Call[ReasonRequest], suggestion_id: UUID) -> Reply:
    """Reject a suggestion: no run puts these items together again."""
    done = reject_suggestion(
        call.entity_id, suggestion_id, reason=call.body.reason, key=call.key, actor=call.actor
    )  # fmt: skip
    return once(rejection_response(done), is_replayed=done.replayed)


# What is in no match


@matching.get(scope=READ, answer=a_page(LineResponse), problems=(404,), query=DAYS, paged=True)
def unmatched_line_list(call: Call[None], code: str) -> dict[str, Any]:
    """Lines of a bank account that are in no match, in the order they came; of a line that was split, its parts."""
    rows = unmatched_lines(bank_called(call.entity_id, code)).select_related("bank_account__account")
    rows = rows.filter(**_between(call, "booking_date"))
    return call.page(rows, ["id"], line_response)


@matching.get(scope=READ, answer=a_page(PostingResponse), problems=(404,), query=DAYS, paged=True)
def unmatched_posting_list(call: Call[None], code: str) -> dict[str, Any]:
    """Postings on the account that are in no match, in the order of days."""
    rows = unmatched_postings(bank_called(call.entity_id, code)).filter(**_between(call, "effective_date"))
    return call.page(rows, ["effective_date", "account_version"], posting_response)


# Lines


@matching.post(SplitRequest, scope=POST, answer=SplitResponse, statuses=(201,), problems=WORKING, key=True)
def statement_line_split(call: Call[SplitRequest], line_id: UUID) -> Reply:
    """Split a line that is in no match into parts that are matched by themselves."""
    return _split(split_line(call.entity_id, line_id, call.body.wanted(), key=call.key, actor=call.actor))


@matching.post(NothingRequest, scope=POST, answer=SplitResponse, problems=WORKING, key=True)
def statement_line_join(call: Call[NothingRequest], line_id: UUID) -> Reply:
    """Take a split back while none of the parts is in a match."""
    return _split(join_line(call.entity_id, line_id, key=call.key, actor=call.actor))


def _between(call: Call[None], field: str) -> dict[str, Any]:
    bounds = {f"{field}__gte": call.query["from"], f"{field}__lte": call.query["to"]}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _worked(done: Worked) -> Reply:
    return once(match_response(done.match), is_replayed=done.replayed)


def _split(done: SplitLine) -> Reply:
    answer = SplitResponse(line_response(done.line), [line_response(part) for part in done.parts])
    return once(answer, is_replayed=done.replayed)
