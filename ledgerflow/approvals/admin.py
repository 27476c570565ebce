"""Admin pages of proposals: what waits for a second person, and the buttons to decide it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_noop

from ledgerflow.approvals.models import Decision, Proposal
from ledgerflow.approvals.reading import PENDING, STATUSES, is_executed, kinds_open_to, status_of, title_of, with_status
from ledgerflow.approvals.use_cases import MAX_TEXT, ProposalOutcome, decide, execute
from ledgerflow.books.models import Entity
from ledgerflow.core.people import may
from ledgerflow.core.plugins import registry
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.admin_base import (
    ConfirmForm,
    LedgerForm,
    NamedAction,
    ReadOnlyAdmin,
    actor_of,
    person_in,
    pretty_json,
)
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter

APPROVE, REJECT, WITHDRAW, EXECUTE = "approve", "reject", "withdraw", "execute"
DECISIONS = {APPROVE: Decision.APPROVED, REJECT: Decision.REJECTED, WITHDRAW: Decision.WITHDRAWN}
NOTES = {
    APPROVE: gettext_noop("It is carried out at once."),
    REJECT: gettext_noop("It can be proposed again."),
    WITHDRAW: gettext_noop("It can be proposed again."),
    EXECUTE: gettext_noop("It is approved; what is done already is not done again."),
}


class DecisionNoteForm(LedgerForm):
    note = forms.CharField(max_length=MAX_TEXT, required=False, help_text="For whoever reads it later.")


class StatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(status, gettext(status)) for status in STATUSES]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return with_status(queryset, value)


def decided(name: str, request: HttpRequest, proposal: Proposal, given: dict[str, Any]) -> ProposalOutcome:
    """The use case behind a button."""
    who = {"person": person_in(request), "via": actor_of(request)}
    if name == EXECUTE:
        return execute(proposal.entity_id, proposal.pk, **who)
    return decide(proposal.entity_id, proposal.pk, DECISIONS[name], **given, **who)


def said(_: Proposal, outcome: ProposalOutcome) -> str:
    """How it went, and why an approved proposal could not be carried out."""
    status = status_of(outcome.proposal)
    if outcome.failure is not None:
        return gettext("It is approved, but could not be carried out: %(message)s") % {
            "message": refusal_text(outcome.failure)
        }
    if status == Decision.APPROVED:
        return gettext("It is approved and carried out.")
    return gettext("It is %(status)s.") % {"status": gettext(status)}


def action_called(name: str) -> NamedAction:
    """One decision of a proposal, or carrying it out."""
    return NamedAction(
        name.capitalize(),
        lambda proposal: f"{gettext(name.capitalize())}: {gettext(title_of(proposal))}, {proposal.subject}",
        partial(decided, name),
        said,
        form=ConfirmForm if name == EXECUTE else DecisionNoteForm,
        note=lambda _: gettext(NOTES[name]),
        level=lambda outcome: messages.SUCCESS if outcome.failure is None else messages.WARNING,
    )


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin[Proposal]):
    list_display = ("subject", "title", "reason", "proposer", "proposed_at", "expires_at", "status")
    list_filter = (EntityFilter, StatusFilter)
    list_select_related = ("decision",)
    ordering = ("-id",)
    turns_by_key = True
    nothing = "Nothing was proposed here. What takes two people stands here when one of them has asked for it."
    detail_template = "ledgerflow/admin/proposal.html"
    named_actions = {name: action_called(name) for name in NOTES}

    @admin.display(description="What")
    def title(self, proposal: Proposal) -> str:
        return gettext(title_of(proposal))

    @admin.display(description="Proposed by")
    def proposer(self, proposal: Proposal) -> str:
        return proposal.proposed_by_name

    @admin.display(description="Status")
    def status(self, proposal: Proposal) -> str:
        return status_of(proposal)

    def has_view_permission(self, request: HttpRequest, obj: Proposal | None = None) -> bool:
        """Who may decide some kind of proposal may look at them."""
        return super().has_view_permission(request, obj) or bool(kinds_open_to(request.user))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def detail_context(self, request: HttpRequest, row: Proposal) -> dict[str, Any]:
        status = status_of(row)
        return {
            "title": f"{gettext(title_of(row))}: {row.subject}",
            "what": gettext(title_of(row)),
            "status": status,
            "decision": getattr(row, "decision", None),
            "is_executed": is_executed(row),
            "differences": row.content.get("differences"),
            "payload": pretty_json({name: value for name, value in row.content.items() if name != "differences"}),
            "actions": actions_for(request, row),
        }

    def may_act(self, request: HttpRequest, name: str, row: Proposal | None) -> bool:
        if row is None:
            return self.has_view_permission(request)
        return row.proposed_by == person_in(request) if name == WITHDRAW else may_decide(request, row)


def may_decide(request: HttpRequest, proposal: Proposal) -> bool:
    """Whether the user has the permission of this kind of proposal."""
    known = registry.proposal_kinds.get(proposal.kind)
    return known is not None and may(request.user, known.permission, proposal.entity_id)


def actions_for(request: HttpRequest, proposal: Proposal) -> list[str]:
    """The buttons on its page: nobody is offered what would be refused."""
    person, status = person_in(request), status_of(proposal)
    is_own = proposal.proposed_by == person
    if status == PENDING and is_own:
        return [WITHDRAW]
    if not may_decide(request, proposal):
        return []
    if status == PENDING:
        return [APPROVE, REJECT]
    is_one_of_both = is_own or (status == Decision.APPROVED and proposal.decision.decided_by == person)
    return [EXECUTE] if status == Decision.APPROVED and is_one_of_both and not is_executed(proposal) else []
