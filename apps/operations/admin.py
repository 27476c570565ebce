"""Admin pages of templates: versions with their differences, and running an operation after looking at its lines."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from apps.operations import running, versions
from apps.operations.drafting.admin import draft_page
from apps.operations.editing.admin import into_journal_page
from apps.operations.editing.forms import KEY, REASON, OperationForm, described
from apps.operations.files import write_templates
from apps.operations.models import ACTIVE, TemplateVersion
from apps.operations.running import Operation, Proposer, Runner
from apps.operations.versioning.admin import StatusFilter, actions_of, compared
from journals.events import Answer, JournalFact, read_fact
from ledgerflow.books.models import Entity
from ledgerflow.core.errors import LedgerError
from ledgerflow.core.ids import uuid7
from ledgerflow.web.admin_base import (
    AddingAdmin,
    actor_of,
    amount_text,
    attempt,
    person_in,
    require,
    without_books,
)
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.pages.books_of_page import chosen_entity

ISSUER = "admin"
POST_JOURNALS = "journals.add_journal"

ACTIONS = actions_of(versions.PERMISSION, versions.propose_activation, versions.retire)


def named(row: TemplateVersion) -> str:
    """A version as pages call it."""
    return gettext("%(name)s, version %(version)s") % {"name": row.code, "version": row.number}


@admin.register(TemplateVersion)
class TemplateVersionAdmin(AddingAdmin[TemplateVersion]):
    list_display = ("code", "number", "title", "status", "recorded_at", "who")
    list_filter = (EntityFilter, StatusFilter)
    ordering = ("code", "-number")
    detail_template = "ledgerflow/admin/template_version.html"
    named_actions = ACTIONS
    nothing = "There are no templates yet. Draft one, or bring in those of textbooks with manage.py apply_templates."
    no_books = "A template needs an entity: add one first."

    @admin.display(description="Name")
    def title(self, row: TemplateVersion) -> str:
        return row.read().name

    @admin.display(description="Status")
    def status(self, row: TemplateVersion) -> str:
        return str(getattr(row, "status", ""))

    def get_queryset(self, request: HttpRequest) -> QuerySet[TemplateVersion]:
        return versions.with_status(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        run = path(
            "<uuid:row_id>/run/", self.admin_site.admin_view(self.run_view), name="operations_templateversion_run"
        )
        into = path(
            "into-journal/",
            self.admin_site.admin_view(self.into_journal_view),
            name="operations_templateversion_into_journal",
        )
        return [run, into, *super().get_urls()]

    def may_add(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(versions.PERMISSION))

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """Draft versions; `from` names the version whose text is there to begin with."""
        row = self.get_object(request, request.GET.get("from", ""))
        return draft_page(self, request, entity, "" if row is None else _text(row))

    def detail_context(self, request: HttpRequest, row: TemplateVersion) -> dict[str, Any]:
        definition, status = row.read(), self.status(row)
        return {
            "title": named(row),
            "definition": definition,
            "status": status,
            "text": _text(row),
            "parameters": described(definition),
            "may_draft": self.may_add(request),
            "actions": self._actions(request, status),
        } | compared(versions.TEMPLATES, row, request.GET.get("with", ""))

    def _actions(self, request: HttpRequest, status: str) -> list[tuple[str, str]]:
        """The buttons on its page: nobody is offered what would be refused."""
        offered = "retire" if status == ACTIVE else "activate"
        actions = []
        if request.user.has_perm(ACTIONS[offered].permission):
            actions.append((f"admin:operations_templateversion_{offered}", ACTIONS[offered].label))
        if request.user.has_perm(POST_JOURNALS):
            actions.append(("admin:operations_templateversion_run", "Run" if status == ACTIVE else "Try out"))
        return actions

    def run_view(self, request: HttpRequest, row_id: UUID) -> HttpResponse:
        """The form of an operation: first its lines are shown, and then it is posted, or proposed."""
        row = self.get_object(request, str(row_id))
        require(request.user.has_perm(POST_JOURNALS))
        if row is None:
            return self.not_there(request, str(row_id))
        definition = row.read()
        is_sent = request.method == "POST"
        form = OperationForm(definition, request.POST if is_sent else None, initial={KEY: f"admin:{uuid7()}"})
        shown: JournalFact | None = None
        if is_sent and form.is_valid():
            work = partial(self._post if "_post" in request.POST else self._rehearse, request, row, form)
            done = attempt(form, partial(_placed, work))
            if isinstance(done, HttpResponse):
                return done
            shown = None if done is None else read_fact(done.journal)
        lines = [(line, amount_text(Decimal(line.amount))) for line in shown.lines] if shown else []
        label = gettext("Propose") if definition.four_eyes else gettext("Post")
        return self.page(
            request, "ledgerflow/admin/operation_run.html", f"{definition.name}: {named(row)}",
            form=form, row=row, back=row,
            shown=shown, lines=lines, label=label if self.status(row) == ACTIVE else "", entity=row.entity,
            action=gettext("Show the lines"),
        )  # fmt: skip

    def into_journal_view(self, request: HttpRequest) -> HttpResponse:
        """The lines of a template in the editor of journals."""
        require(request.user.has_perm(POST_JOURNALS) and self.has_view_permission(request))
        entity = chosen_entity(request)
        return without_books(request, self.no_books) if entity is None else into_journal_page(self, request, entity)

    def _rehearse(self, request: HttpRequest, row: TemplateVersion, form: OperationForm) -> Answer:
        operation = Operation(row.code, form.parameters(), form.cleaned_data[KEY], row.number)
        return running.run(row.entity_id, operation, _runner(request, has_two_people=True), dry_run=True)

    def _post(self, request: HttpRequest, row: TemplateVersion, form: OperationForm) -> HttpResponse:
        operation = Operation(row.code, form.parameters(), form.cleaned_data[KEY], row.number)
        if REASON in form.fields:
            person = person_in(request)
            who = Proposer(person, person, _runner(request).scopes)
            proposal = running.propose(row.entity_id, operation, who, reason=form.cleaned_data[REASON])
            messages.success(request, gettext("The operation is proposed: another person approves it."))
            return redirect("admin:approvals_proposal_change", proposal.pk)
        fact = read_fact(running.run(row.entity_id, operation, _runner(request)).journal)
        messages.success(request, gettext("Journal %(number)s is posted.") % {"number": fact.number})
        return redirect("admin:journals_journal_change", fact.id)


def _runner(request: HttpRequest, *, has_two_people: bool = False) -> Runner:
    """A person may post, and what takes the scope `manage` if he may propose and approve operations."""
    may_manage = request.user.has_perm(running.PERMISSION)
    scopes = frozenset({"post", "manage"} if may_manage else {"post"})
    return Runner(actor_of(request), scopes, ISSUER, has_two_people)


def _text(row: TemplateVersion) -> str:
    return "\n".join(write_templates([(row.code, row.read())]))


def _placed(work: Any) -> Any:
    """What `work` gives; a refusal of a parameter points at its field."""
    try:
        return work()
    except LedgerError as refusal:
        refusal.pointer = refusal.pointer.removeprefix("/parameters")
        raise
