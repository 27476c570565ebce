"""Admin pages of open items: what was allocated, and the clerk's page with the open items of a party."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_noop, ngettext

from accounts.models import Account
from journals.errors import JournalNotFound
from journals.models import Journal, Posting
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import day_text
from ledgerflow.web.admin_base import AddingAdmin, NamedAction, actor_of, amount_text, attempt, require, without_books
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.pages.amounts import money_elements
from ledgerflow.web.pages.books_of_page import chosen_entity
from recon.open_items.forms import AllocateForm, DueForm, KeepForm, RunForm, UndoForm
from recon.open_items.keeping import keep_open_items, set_due_date
from recon.open_items.models import Allocation, AllocationUndo
from recon.open_items.reading import OpenItem, item_accounts, open_items
from recon.open_items.realised import realised_now
from recon.open_items.running import fetch_in, run_allocations
from recon.open_items.use_cases import allocate, undo_allocation

ISSUER = "admin"
LIST = "admin:open_items_allocation_changelist"
MOST_ITEMS = 200  # on the clerk's page: more are reached by naming a party
KEEP, DUE, ALLOCATE = "open_items.add_itemaccount", "open_items.add_duedate", "open_items.add_allocation"
TITLES = {
    "keep": gettext_noop("Keep open items in {}"),
    "due": gettext_noop("Set a due date in {}"),
    "run": gettext_noop("Allocate what is proven in {}"),
}

ACTIONS = {
    "keep": gettext_noop("Keep open items"),
    "due": gettext_noop("Set the date"),
    "run": gettext_noop("Allocate"),
}


def a_key() -> dict[str, Any]:
    """The key that makes a form that was sent twice one request."""
    return {"key": f"admin:{uuid7()}"}


def made(count: int) -> str:
    return ngettext("%(count)s allocation was made.", "%(count)s allocations were made.", count) % {"count": count}


def undo(request: HttpRequest, row: Allocation, values: dict[str, Any]) -> Any:
    """End an allocation."""
    return undo_allocation(
        row.entity_id, row.pk, day=values["date"], key=values["key"], issuer=ISSUER, actor=actor_of(request)
    )


@admin.register(Allocation)
class AllocationAdmin(AddingAdmin[Allocation]):
    list_display = ("allocated_on", "account", "debit", "credit", "amount_text", "realised", "undone", "source", "who")
    list_filter = (EntityFilter,)
    list_select_related = ("account", "undo")
    ordering = ("-event_sequence", "-place")
    turns_by_key = True
    nothing = "Nothing was allocated yet."
    change_list_template = "ledgerflow/admin/open_items.html"
    detail_template = "ledgerflow/admin/allocation.html"
    named_actions = {
        "undo": NamedAction(
            "Undo",
            lambda row: (
                gettext("Undo the allocation of %(amount)s on %(code)s")
                % {"amount": amount_text(row.amount), "code": row.account.code}
            ),
            undo,
            lambda _row, _done: gettext("Both items are open again."),
            permission=ALLOCATE,
            form=UndoForm,
            initial=a_key,
            note=lambda _row: gettext("The allocation stays in the list, with the date on which it ends."),
        )
    }
    no_books = "Open items need an entity: add one first."

    @admin.display(description="Debit journal")
    def debit(self, row: Any) -> str:
        return str(row.debit_journal.number)

    @admin.display(description="Credit journal")
    def credit(self, row: Any) -> str:
        return str(row.credit_journal.number)

    @admin.display(description="Amount")
    def amount_text(self, row: Allocation) -> str:
        return money_elements([(row.amount, row.account.currency)])

    @admin.display(description="Realised")
    def realised(self, row: Any) -> str:
        return "" if row.difference is None else amount_text(row.difference.gain)

    @admin.display(description="Undone on")
    def undone(self, row: Allocation) -> str:
        found: AllocationUndo | None = getattr(row, "undo", None)
        return str(found.undone_on) if found else ""

    def attach(self, rows: list[Allocation]) -> None:
        """The journals of both items, and what rows realise, asked once for each entity of the page."""
        journals = _journals_of(rows)
        for row in rows:
            row.debit_journal = journals[row.account_id, row.debit_version]  # type: ignore[attr-defined]
            row.credit_journal = journals[row.account_id, row.credit_version]  # type: ignore[attr-defined]
        for entity_id in {row.entity_id for row in rows}:
            own = [row for row in rows if row.entity_id == entity_id]
            found = realised_now(entity_id, own)
            for row in own:
                row.difference = found.get(row.pk)  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        views = {"keep": self.keep_view, "due": self.due_view, "run": self.run_view}
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"open_items_allocation_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def detail_context(self, request: HttpRequest, row: Allocation) -> dict[str, Any]:
        self.attach([row])
        amount = f"{amount_text(row.amount)} {row.account.currency}"
        return {
            "title": gettext("Allocation of %(row)s on %(code)s") % {"row": amount, "code": row.account.code},
            "amount": amount,
            "realised": self.realised(row),
            "undone": self.undone(row),
            "may_undo": self.may_act(request, "undo", row) and not self.undone(row),
        }

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """The clerk's page: the open items of an account, or of one party of it, and the form to allocate them."""
        accounts = Account.objects.filter(pk__in=item_accounts(entity.pk).values("account_id")).order_by("code")
        account = accounts.filter(code=request.GET.get("account", "").replace("\x00", "")).first() or accounts.first()
        party = request.GET.get("party", "").strip().replace("\x00", "") or None
        items = [] if account is None else _open(entity, account, party)
        form = AllocateForm(items[:MOST_ITEMS], request.POST if request.method == "POST" else None, initial=a_key())
        if account is not None and form.is_valid():
            done = attempt(form, lambda: _allocate(request, entity, account, form))
            if done is not None:
                messages.success(request, made(len(done)))
                return redirect(f"{request.path}?{request.GET.urlencode()}")
        return self.page(
            request, "ledgerflow/admin/allocate.html", gettext("Open items of %(books)s") % {"books": entity.name},
            form=form, entity=entity,
            accounts=accounts, account=account, party=party or "", most=MOST_ITEMS if len(items) > MOST_ITEMS else 0,
        )  # fmt: skip

    def keep_view(self, request: HttpRequest) -> HttpResponse:
        """Keep open items on an account, or set other terms."""

        def run(entity: Entity, typed: dict[str, Any]) -> str:
            code = typed["account"].strip()
            keep_open_items(
                entity.pk, code, typed["terms_days"], from_first=typed["from_first"], actor=actor_of(request)
            )
            return gettext("%(code)s keeps open items, due after %(terms_days)s days.") % {
                "code": code,
                "terms_days": typed["terms_days"],
            }

        return self._form_view(request, "keep", KEEP, KeepForm, run)

    def due_view(self, request: HttpRequest) -> HttpResponse:
        """Say when a journal is due."""

        def run(entity: Entity, typed: dict[str, Any]) -> str:
            journal = Journal.objects.filter(entity=entity, number=typed["journal"]).first()
            if journal is None:
                raise JournalNotFound(pointer="/journal")
            row = set_due_date(entity.pk, journal.pk, typed["due_on"], actor=actor_of(request))
            return gettext("Journal %(number)s is due on %(due_on)s.") % {
                "number": journal.number,
                "due_on": day_text(row.due_on),
            }

        return self._form_view(request, "due", DUE, DueForm, run)

    def run_view(self, request: HttpRequest) -> HttpResponse:
        """Allocate what is proven on an account."""

        def run(entity: Entity, typed: dict[str, Any]) -> str:
            done = run_allocations(
                entity.pk, typed["account"].strip(), key=typed["key"], issuer=ISSUER, actor=actor_of(request)
            )
            return made(len(done.allocations))

        return self._form_view(request, "run", ALLOCATE, RunForm, run)

    def _form_view(
        self, request: HttpRequest, name: str, permission: str, form_class: type[forms.Form], run: Any
    ) -> HttpResponse:
        require(request.user.has_perm(permission))
        entity = chosen_entity(request)
        if entity is None:
            return without_books(request, self.no_books)
        form = form_class(request.POST if request.method == "POST" else None, initial=a_key())
        if form.is_valid():
            said = attempt(form, lambda: run(entity, form.cleaned_data))
            if said is not None:
                messages.success(request, said)
                return redirect(LIST)
        return self.form_page(
            request, form, gettext(TITLES[name]).format(entity.name), action=ACTIONS[name], entity=entity
        )


def _journals_of(rows: list[Allocation]) -> dict[tuple[UUID, int], Journal]:
    """The journals of the items of allocations, by account and version."""
    wanted = Q()
    for row in rows:
        wanted |= Q(account=row.account_id, account_version__in=(row.debit_version, row.credit_version))
    postings = Posting.objects.filter(wanted).select_related("journal") if rows else ()
    return {(one.account_id, one.account_version): one.journal for one in postings}


def _open(entity: Entity, account: Account, party: str | None) -> list[OpenItem]:
    with fetch_in() as fetch:
        return open_items(entity.pk, fetch, accounts=[account.pk], party=party)


def _allocate(request: HttpRequest, entity: Entity, account: Account, form: AllocateForm) -> list[Allocation]:
    typed = form.cleaned_data
    given = {"day": typed["date"], "key": typed["key"], "issuer": ISSUER, "actor": actor_of(request)}
    return allocate(entity.pk, account.code, form.wanted(), **given).allocations
