"""Admin pages of applications: which are in force, their versions, drafting one, and trying an operation out."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from apps.credits.catalogue import source
from apps.credits.catalogue.describing import ApplicationDescription, described
from apps.credits.catalogue.errors import ApplicationNotFound
from apps.credits.catalogue.files import write_application
from apps.credits.catalogue.forms import DraftForm, TryOutForm
from apps.credits.catalogue.previewing import preview
from apps.credits.catalogue.reading import described_application, described_applications
from apps.credits.catalogue.trying_out import try_out
from apps.credits.catalogue.versions import APPLICATIONS, PERMISSION
from apps.credits.entries import entry_of
from apps.credits.files import application_of
from apps.credits.models import ApplicationVersion
from apps.credits.registry import application_named, is_in_settings
from apps.credits.use_cases import Request, run_operation
from apps.operations import running
from apps.operations.running import Runner
from apps.operations.versioning.admin import StatusFilter, actions_of, compared
from apps.operations.versioning.rows import ACTIVE, status_of
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.sentences import refusal_text
from ledgerflow.web.admin_base import AddingAdmin, actor_of, attempt, require, without_books
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.pages.books_of_page import chosen_entity

ISSUER = "admin"
POST_JOURNALS = "journals.add_journal"
ACTIONS = actions_of(PERMISSION, APPLICATIONS.propose, source.retire)
SKETCH = """name = "loyalty"
unit = "CREDIT"

[[operations]]
name = "BIRTHDAY_GIFT"
direction = "grant"
amount = {fixed = 50}
once_per = "ever"
expires_after_days = 30
"""


@admin.register(ApplicationVersion)
class ApplicationVersionAdmin(AddingAdmin[ApplicationVersion]):
    list_display = ("name", "number", "unit", "status", "recorded_at", "who")
    list_filter = (EntityFilter, StatusFilter)
    ordering = ("code", "-number")
    change_list_template = "ledgerflow/admin/applications.html"
    detail_template = "ledgerflow/admin/application_version.html"
    named_actions = ACTIONS
    nothing = "No application is kept in these books. Draft one, or bring some in with manage.py apply_applications."
    no_books = "An application needs an entity: add one first."

    @admin.display(description="Name")
    def name(self, row: ApplicationVersion) -> str:
        return row.code

    @admin.display(description="Unit")
    def unit(self, row: ApplicationVersion) -> str:
        return row.read().unit

    @admin.display(description="Status")
    def status(self, row: ApplicationVersion) -> str:
        return status_of(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApplicationVersion]:
        return APPLICATIONS.with_status(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("in-force/<str:name>/", wrap(self.in_force_view), name="credits_applicationversion_in-force"),
            path("try-out/<str:name>/", wrap(self.try_out_view), name="credits_applicationversion_try-out"),
            *super().get_urls(),
        ]

    def may_add(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        entity = chosen_entity(request)
        shown = {
            "chosen": entity,
            "in_force": [] if entity is None else described_applications(entity.id),
        }
        return super().changelist_view(request, shown | (extra_context or {}))

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """Draft a version; `from` names the version whose text is there to begin with."""
        row = self.get_object(request, request.GET.get("from", ""))
        is_sent = request.method == "POST"
        form = DraftForm(request.POST if is_sent else None, initial={"text": SKETCH if row is None else _text(row)})
        found = None
        if is_sent and form.is_valid():
            said = attempt(form, form.application)
            if said is not None and "_draft" in request.POST:
                done = APPLICATIONS.draft(entity.id, said.name, said, actor=actor_of(request))
                said_of_it = (
                    gettext("%(version)s is there already.")
                    if done.status == "same"
                    else gettext("%(version)s is drafted: %(status)s.")
                )
                messages.success(request, said_of_it % {"version": done.version, "status": gettext(done.status)})
                return redirect("admin:credits_applicationversion_change", done.version.pk)
            found = None if said is None else preview(entity.id, said)
        return self.page(
            request, "ledgerflow/admin/application_draft.html", gettext("Draft a version of an application"), form=form,
            entity=entity, found=found, action="Check",
        )  # fmt: skip

    def detail_context(self, request: HttpRequest, row: ApplicationVersion) -> dict[str, Any]:
        said, status = row.read(), status_of(row)
        offered = "retire" if status == ACTIVE else "activate"
        actions = []
        if request.user.has_perm(PERMISSION):
            actions.append((f"admin:credits_applicationversion_{offered}", ACTIONS[offered].label))
        return {
            "title": gettext("%(name)s, version %(version)s") % {"name": row.code, "version": row.number},
            "status": status,
            "application": described(application_of(said), "books", row.number),
            "text": _text(row),
            "hidden_by_settings": is_in_settings(row.code),
            "actions": actions,
            "may_draft": self.may_add(request),
            "may_try": request.user.has_perm(POST_JOURNALS) and status == ACTIVE,
        } | compared(APPLICATIONS, row, request.GET.get("with", ""))

    def in_force_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """One application with its operations, wherever it is defined."""
        require(self.has_view_permission(request))
        entity = chosen_entity(request)
        if entity is None:
            return without_books(request, self.no_books)
        version = APPLICATIONS.active_one(entity.id, name) if not is_in_settings(name) else None
        return self.page(
            request, "ledgerflow/admin/application.html", name, application=_described(entity, name), entity=entity,
            version=version, may_try=request.user.has_perm(POST_JOURNALS),
        )  # fmt: skip

    def try_out_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """An operation for an owner: first what would happen is shown, and then it is run."""
        require(request.user.has_perm(POST_JOURNALS))
        entity = chosen_entity(request)
        if entity is None:
            return without_books(request, self.no_books)
        application = _described(entity, name)
        start = {"key": f"admin:{uuid7()}", "operation": request.GET.get("operation", "")}
        form = TryOutForm(application.operations, request.POST if request.method == "POST" else None, initial=start)
        tried = None
        if form.is_valid() and "_run" in request.POST:
            done = attempt(form, partial(_run, request, entity, name, form))
            if done is not None:
                return done
        elif form.is_valid():
            tried = attempt(form, partial(_tried, request, entity, name, form))
        return self.page(
            request, "ledgerflow/admin/application_try_out.html", gettext("Try out %(name)s") % {"name": name},
            form=form, entity=entity, application=application, tried=tried, action=gettext("Show what would happen"),
        )  # fmt: skip


def _described(entity: Entity, name: str) -> ApplicationDescription:
    try:
        return described_application(entity.id, name)
    except ApplicationNotFound as refusal:
        raise Http404(refusal_text(refusal)) from refusal


def _request(entity: Entity, name: str, form: TryOutForm) -> Request:
    given = form.cleaned_data
    application = application_named(entity.id, name)
    return Request(application, given["operation"], given["owner_id"], given["key"], form.amount_given())


def _runner(request: HttpRequest) -> Runner:
    """A person may post, and what takes the scope `manage` if he may propose and approve operations."""
    may_manage = request.user.has_perm(running.PERMISSION)
    return Runner(actor_of(request), frozenset({"post", "manage"} if may_manage else {"post"}), ISSUER)


def _tried(request: HttpRequest, entity: Entity, name: str, form: TryOutForm) -> Any:
    return try_out(entity.id, _request(entity, name, form), _runner(request))


def _run(request: HttpRequest, entity: Entity, name: str, form: TryOutForm) -> HttpResponse:
    entry = entry_of(run_operation(entity.id, _request(entity, name, form), _runner(request)))
    if entry.journal is None:
        messages.success(
            request,
            gettext("%(operation)s of %(owner_id)s is noted.")
            % {"operation": entry.operation, "owner_id": entry.owner_id},
        )
        page = redirect("admin:credits_applicationversion_in-force", name)
        page["Location"] += f"?entity={entity.code}"
        return page
    messages.success(
        request,
        gettext("%(operation)s of %(owner_id)s is posted. The balance is %(balance)s.")
        % {"operation": entry.operation, "owner_id": entry.owner_id, "balance": entry.balance},
    )
    return redirect("admin:journals_journal_change", entry.journal)


def _text(row: ApplicationVersion) -> str:
    return write_application(row.read())
