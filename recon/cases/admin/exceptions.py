"""Admin pages of exceptions: what is open by kind, age and owner, and what may be done with one or with many."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy, gettext_noop, ngettext

from ledgerflow.core.ids import uuid7
from ledgerflow.core.people import labels_of, person_of
from ledgerflow.web.admin_base import NamedAction, ReadOnlyAdmin, actor_of, amount_text, attempt, require
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.pages.amounts import amount_element
from ledgerflow.web.pages.books_of_page import chosen_entity
from recon.cases.admin.filters import AgeFilter, CaseKindFilter, CaseStatusFilter, OwnerFilter
from recon.cases.admin.forms import (
    AssignForm,
    CommentForm,
    ReasonForm,
    ReopenForm,
    ResolveForm,
    exceptions_from,
    wanted_of,
)
from recon.cases.admin.running import run_page
from recon.cases.ages import IN_WORDS, age_of
from recon.cases.models import CaseStatus, ReconException
from recon.cases.reading import history_of
from recon.cases.use_cases import MOST_AT_ONCE, Action, CaseAction, CasesChanged, change_exceptions
from recon.matching.admin.naming import Named, lines_named, postings_named
from recon.statements.admin.filters import BankAccountFilter
from recon.statements.bank_accounts import bank_accounts

ISSUER = "admin"
MATCH = "matching.change_match"


def a_key() -> dict[str, str]:
    return {"key": f"admin:{uuid7()}"}


def acting(action: Action, label: str, said: str, form: type[forms.Form]) -> NamedAction:
    """One thing that may be done with an exception."""

    def run(request: HttpRequest, row: ReconException, values: dict[str, Any]) -> CasesChanged:
        wanted = CaseAction(action, **wanted_of(values))
        return change_exceptions(
            row.entity_id, [row.pk], wanted, key=values["key"], issuer=ISSUER, actor=actor_of(request)
        )

    def title(row: ReconException) -> str:
        return gettext("%(label)s: exception %(number)s") % {"label": gettext(label), "number": row.number}

    return NamedAction(label, title, run, lambda _row, _done: gettext(said), form=form, initial=a_key)


ACTIONS: dict[Action, NamedAction] = {
    "assign": acting("assign", "Assign", gettext_noop("The owner is set."), AssignForm),
    "check": acting("check", "Mark for checking", gettext_noop("It is being checked."), ReopenForm),
    "comment": acting("comment", "Comment", gettext_noop("The comment is in its history."), CommentForm),
    "reason": acting("reason", "Say the reason", gettext_noop("The reason is set."), ReasonForm),
    "resolve": acting("resolve", "Resolve", gettext_noop("The exception is resolved."), ResolveForm),
    "reopen": acting("reopen", "Open again", gettext_noop("The exception is open again."), ReopenForm),
}
OFFERED: dict[CaseStatus, tuple[Action, ...]] = {
    CaseStatus.OPEN: ("assign", "check", "comment", "reason", "resolve"),
    CaseStatus.CHECKING: ("assign", "comment", "reason", "resolve"),
    CaseStatus.RESOLVED: ("comment", "reopen"),
}


def for_the_selected(name: Action) -> Any:
    """The entry of the list's menu that leads to the form for all that are ticked."""

    def act(page: Any, request: HttpRequest, queryset: QuerySet[ReconException]) -> HttpResponse | None:
        chosen = [str(pk) for pk in queryset.values_list("pk", flat=True)[: MOST_AT_ONCE + 1]]
        return page.selected_page(request, name, chosen)  # type: ignore[no-any-return]

    act.__name__ = f"selected_{name}"
    return admin.action(description=gettext_lazy(ACTIONS[name].label), permissions=["manage"])(act)


@admin.register(ReconException)
class ReconExceptionAdmin(ReadOnlyAdmin[ReconException]):
    list_display = (
        "number",
        "day",
        "age",
        "bank_account",
        "kind_text",
        "amount_text",
        "status",
        "owner_text",
        "explanation",
    )
    list_filter = (EntityFilter, BankAccountFilter, CaseStatusFilter, CaseKindFilter, AgeFilter, OwnerFilter)
    list_select_related = ("bank_account", "entity")
    ordering = ("day", "id")
    turns_by_key = True
    nothing = "No exception is here. A run opens one for each difference that it finds."
    actions: Any = [for_the_selected(name) for name in ACTIONS]
    change_list_template = "ledgerflow/admin/recon_exceptions.html"
    detail_template = "ledgerflow/admin/recon_exception.html"
    named_actions: ClassVar[Any] = ACTIONS

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        selected = [
            path(
                f"selected/{name}/",
                site.admin_view(partial(self.selected_view, name=name)),
                name=f"cases_reconexception_selected_{name}",
            )
            for name in ACTIONS
        ]
        run = path("run/", site.admin_view(self.run_view), name="cases_reconexception_run")
        return [run, *selected, *super().get_urls()]

    @admin.display(description="Kind")
    def kind_text(self, row: ReconException) -> str:
        return row.kind.replace("_", " ")

    @admin.display(description="Amount")
    def amount_text(self, row: ReconException) -> str:
        return amount_element(row.amount, row.bank_account.currency)

    @admin.display(description="Age in days")
    def age(self, row: ReconException) -> str:
        return gettext(IN_WORDS[age_of(row.day, row.entity.business_date)])

    @admin.display(description="Owner")
    def owner_text(self, row: Any) -> str:
        return str(row.owner_label)

    def attach(self, rows: list[ReconException]) -> None:
        labels = labels_of(row.owner for row in rows if row.owner)
        for row in rows:
            shown: Any = row
            shown.owner_label = labels.get(row.owner, "")

    def detail_context(self, request: HttpRequest, row: ReconException) -> dict[str, Any]:
        offered = [(name, ACTIONS[name].label) for name in OFFERED[CaseStatus(row.status)]]
        return {
            "title": gettext("Exception %(number)s of %(bank_account)s")
            % {"number": row.number, "bank_account": row.bank_account},
            "amount": amount_text(row.amount),
            "age": gettext(IN_WORDS[age_of(row.day, row.entity.business_date)]),
            "history": history_of(row),
            "offered": [(f"admin:cases_reconexception_{name}", label) for name, label in offered],
            "may_match": request.user.has_perm(MATCH) and row.status != CaseStatus.RESOLVED,
            "by_hand": _by_hand(row),
            "about": _named(row, [str(row.line_id)] if row.line_id else [], [row.account_version or 0]),
            "related": _named(
                row, [one for one in row.related if "-" in one], [one for one in row.related if one.isdigit()]
            ),
            "is_mine": row.owner == person_of(request.user),
            "me": person_of(request.user),
            "key": a_key()["key"],
        }

    def selected_view(self, request: HttpRequest, name: Action) -> HttpResponse:
        """Do the same with all that were ticked, with all or with none."""
        require(self.has_manage_permission(request))
        return self.selected_page(request, name, request.POST.getlist(ACTION_CHECKBOX_NAME), is_sent=True)

    def selected_page(
        self, request: HttpRequest, name: Action, chosen: list[str], *, is_sent: bool = False
    ) -> HttpResponse:
        """The form of an action for those that were ticked; it is filled in where it comes from its own page."""
        entity, action, query = chosen_entity(request), ACTIONS[name], request.GET.copy()
        if entity is not None:
            query["entity"] = entity.code
        back = redirect(f"{reverse('admin:cases_reconexception_changelist')}?{query.urlencode()}")
        try:
            exceptions = exceptions_from(chosen)
        except ValueError as error:
            messages.error(request, str(error))
            return back
        if entity is None or not exceptions:
            messages.error(request, gettext("Tick the exceptions first."))
            return back
        form = action.form(request.POST) if is_sent else action.form(initial=a_key())
        if is_sent and form.is_valid():
            values = form.cleaned_data
            wanted = CaseAction(name, **wanted_of(values))
            once = {"key": values["key"], "issuer": ISSUER, "actor": actor_of(request)}
            done = attempt(form, lambda: change_exceptions(entity.pk, exceptions, wanted, **once))
            if done is not None:
                messages.success(request, gettext("Exceptions changed: %(changed)s.") % {"changed": done.changed})
                return back
        return self.page(
            request, "ledgerflow/admin/selected_form.html",
            f"{gettext(action.label)}: {_counted(len(exceptions))}", form=form, action=action.label,
            entity=entity, chosen=exceptions, checkbox=ACTION_CHECKBOX_NAME,
            address=f"{reverse(f'admin:cases_reconexception_selected_{name}')}?{query.urlencode()}",
        )  # fmt: skip

    def run_view(self, request: HttpRequest) -> HttpResponse:
        """Reconcile the bank account that the address names."""
        require(self.has_manage_permission(request) and request.user.has_perm(MATCH))
        entity, code = chosen_entity(request), request.GET.get("account", "").replace("\x00", "")
        bank = None if entity is None else bank_accounts(entity.pk).filter(account__code=code).first()
        if bank is None:
            messages.error(request, gettext("Choose a bank account first."))
            return redirect("admin:statements_bankaccount_changelist")
        return run_page(self, request, bank)


def _named(row: ReconException, lines: list[str], versions: list[Any]) -> list[Named]:
    """Lines and postings of the bank account with what people know them by."""
    account = row.bank_account.account_id
    return [*lines_named(lines).values(), *postings_named({account: versions} if versions else {}).values()]


def _counted(number: int) -> str:
    return ngettext("%(count)s exception", "%(count)s exceptions", number) % {"count": number}


def _by_hand(row: ReconException) -> str:
    """The page to match by hand with what the exception is about chosen already; of a statement there is none."""
    chosen = [("lines", str(row.line_id))] if row.line_id else []
    if row.account_version is not None:
        chosen.append(("postings", str(row.account_version)))
    if not chosen:
        return ""
    code = row.bank_account.account.code
    query = urlencode([("entity", row.entity.code), ("account", code), *chosen])
    return f"{reverse('admin:matching_match_by_hand')}?{query}"
