"""Admin pages of proposals: what waits for a second person, and the buttons to decide it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from ledgerflow.approvals.models import Decision, Proposal
from ledgerflow.approvals.reading import PENDING, STATUSES, is_executed, kinds_open_to, status_of, title_of, with_status
from ledgerflow.approvals.use_cases import MAX_TEXT, ProposalOutcome, decide, execute
from ledgerflow.books.models import Entity
from ledgerflow.core.plugins import registry
from ledgerflow.web.admin_base import LedgerForm, ReadOnlyAdmin, actor_of, attempt, person_in, pretty_json, require
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter

APPROVE, REJECT, WITHDRAW, EXECUTE = "approve", "reject", "withdraw", "execute"
DECISIONS = {APPROVE: Decision.APPROVED, REJECT: Decision.REJECTED, WITHDRAW: Decision.WITHDRAWN}
NOTES = {
    APPROVE: "It is carried out at once.",
    REJECT: "It can be proposed again.",
    WITHDRAW: "It can be proposed again.",
    EXECUTE: "It is approved; what is done already is not done again.",
}


class DecisionNoteForm(LedgerForm):
    note = forms.CharField(max_length=MAX_TEXT, required=False, help_text="For whoever reads it later.")


class ExecuteForm(LedgerForm):
    """Nothing to fill in: the button is the question."""


class StatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(status, status) for status in STATUSES]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return with_status(queryset, value)


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin[Proposal]):
    list_display = ("subject", "title", "reason", "proposer", "proposed_at", "expires_at", "status")
    list_filter = (EntityFilter, StatusFilter)
    list_select_related = ("decision",)
    ordering = ("-id",)
    detail_template = "ledgerflow/admin/proposal.html"

    @admin.display(description="What")
    def title(self, proposal: Proposal) -> str:
        return title_of(proposal)

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

    def get_urls(self) -> list[URLPattern]:
        actions = [
            path(
                f"<uuid:proposal_id>/{action}/",
                self.admin_site.admin_view(partial(self.action_view, action=action)),
                name=f"approvals_proposal_{action}",
            )
            for action in NOTES
        ]
        return [*actions, *super().get_urls()]

    def detail_context(self, request: HttpRequest, row: Proposal) -> dict[str, Any]:
        status = status_of(row)
        return {
            "title": f"{title_of(row)}: {row.subject}",
            "what": title_of(row),
            "status": status,
            "decision": getattr(row, "decision", None),
            "is_executed": is_executed(row),
            "payload": pretty_json(row.content),
            "actions": actions_for(request, row),
        }

    def action_view(self, request: HttpRequest, proposal_id: UUID, action: str) -> HttpResponse:
        """One form for each action; what the use case refuses is shown in it."""
        proposal = self.get_object(request, str(proposal_id))
        if proposal is None:
            require(self.has_view_permission(request))
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(proposal_id))  # type: ignore[attr-defined,no-any-return]
        is_own = proposal.proposed_by == person_in(request)
        require(is_own if action == WITHDRAW else may_decide(request, proposal))
        # Bound by the method: a POST without a single field is one too.
        form = (ExecuteForm if action == EXECUTE else DecisionNoteForm)(
            request.POST if request.method == "POST" else None
        )
        if form.is_valid():
            outcome = attempt(form, action_of(request, proposal, action, form))
            if outcome is not None:
                tell(request, outcome)
                return redirect("admin:approvals_proposal_change", proposal.pk)
        title = f"{action.capitalize()}: {title_of(proposal)}, {proposal.subject}"
        shown = {"action": action.capitalize(), "note": NOTES[action], "entity": proposal.entity, "back": proposal}
        return self.form_page(request, form, title, **shown)


def may_decide(request: HttpRequest, proposal: Proposal) -> bool:
    """Whether the user has the permission of this kind of proposal."""
    known = registry.proposal_kinds.get(proposal.kind)
    return known is not None and request.user.has_perm(known.permission)


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


def action_of(request: HttpRequest, proposal: Proposal, action: str, form: forms.Form) -> Callable[[], ProposalOutcome]:
    """The use case behind a button."""
    who = {"person": person_in(request), "via": actor_of(request)}
    if action == EXECUTE:
        return lambda: execute(proposal.entity_id, proposal.pk, **who)
    note = form.cleaned_data["note"]
    return lambda: decide(proposal.entity_id, proposal.pk, DECISIONS[action], note=note, **who)


def tell(request: HttpRequest, outcome: ProposalOutcome) -> None:
    """Say how it went, and why an approved proposal could not be carried out."""
    status = status_of(outcome.proposal)
    if outcome.failure is not None:
        messages.warning(request, f"It is approved, but could not be carried out: {outcome.failure.message}")
    elif status == Decision.APPROVED:
        messages.success(request, "It is approved and carried out.")
    else:
        messages.success(request, f"It is {status}.")
