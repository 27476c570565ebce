"""Admin pages of owners: their wallets, lots and entries, what is owed to them, and operations on their credits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_noop

from accounts.models import Currency
from apps.credits.applications import Application
from apps.credits.definitions import MAX_OWNER, Direction, Operation, bounds_of
from apps.credits.entries import entry_of
from apps.credits.models import Wallet
from apps.credits.owners import proposing
from apps.credits.owners.entries import EntryPlace, Wanted, entries_of
from apps.credits.owners.reading import owner_credits
from apps.credits.owners.shapes import WalletCredits
from apps.credits.owners.statement import owner_statement
from apps.credits.owners.wallets import Units, units_of
from apps.credits.registry import applications_of
from apps.credits.use_cases import Request, run_operation
from apps.credits.wallets import WALLET
from apps.operations.running import Proposer, Runner
from ledgerflow.books.admission import admitted
from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import ZERO
from ledgerflow.web.admin_base import (
    AddingAdmin,
    LedgerForm,
    actor_of,
    amount_text,
    attempt,
    person_in,
    require,
)
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter
from ledgerflow.web.downloads import download, format_of
from ledgerflow.web.form_fields import AmountField
from ledgerflow.web.pages.amounts import amount_element
from ledgerflow.web.pages.books_of_page import chosen_entity
from ledgerflow.web.problems import encode

ISSUER = "admin"
MAX_REASON = 500
ENTRIES = 50  # on a page
MOST_DIGITS = 18
LABELS: dict[Direction, str] = {
    "grant": gettext_noop("Grant"),
    "spend": gettext_noop("Spend"),
    "none": gettext_noop("Note"),
}


class OperationForm(LedgerForm):
    """An operation of one direction. The key comes with the page, so that sending it twice runs it once."""

    operation = forms.ChoiceField()
    amount = AmountField(required=False, help_text="Where the operation leaves a choice.")
    reason = forms.CharField(
        max_length=MAX_REASON, required=False, help_text="Where it takes two people: it is proposed with it."
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, units: Units, unit: str, direction: Direction, sent: Any) -> None:
        super().__init__(sent, initial={"key": f"admin:{uuid7()}"})
        self.found = {
            f"{name}/{one.name}": (application, one)
            for name, application in sorted(units.applications.items())
            if unit in ("", application.UNIT)
            for one in application.get_operation_config().values()
            if one.direction == direction
        }
        field: Any = self.fields["operation"]
        field.choices = [(key, _described(*one)) for key, one in self.found.items()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "operation" in given and self.found[given["operation"]][1].four_eyes and not given.get("reason", "").strip():
            self.add_error("reason", gettext("It takes two people: say why it is proposed."))
        return given

    def request(self, owner_id: str) -> tuple[Request, Operation]:
        """What was filled in."""
        application, definition = self.found[self.cleaned_data["operation"]]
        given = self.cleaned_data
        return Request(application, definition.name, owner_id, given["key"], given["amount"]), definition


class NewOwnerForm(OperationForm):
    """The first grant of an owner, which opens his wallet."""

    owner_id = forms.CharField(label="Owner", max_length=MAX_OWNER, strip=False)
    field_order = ("owner_id", "operation", "amount", "reason")


class UnitFilter(ChoiceFilter):
    title = "Unit"
    parameter_names = ("unit",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one, one) for one in sorted(units_of(entity.pk).minor_units)] if entity else []

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(currency=value)


@admin.register(Wallet)
class OwnerAdmin(AddingAdmin[Wallet]):
    list_display = ("owner", "unit", "balance_text", "held", "status")
    list_filter = (EntityFilter, UnitFilter)
    list_select_related = ("balance",)
    ordering = ("owner_id", "code")
    search_fields = ("owner_id",)  # shows the field; get_search_results does the work
    search_help_text = "owner"
    detail_template = "ledgerflow/admin/owner.html"
    nothing = "Nobody has credits here. The first grant of an owner opens his wallet."
    no_books = "Credits are kept in an entity: add one first."

    @admin.display(description="Owner")
    def owner(self, row: Wallet) -> str:
        return row.owner_id

    @admin.display(description="Unit")
    def unit(self, row: Wallet) -> str:
        return row.currency

    @admin.display(description="Balance")
    def balance_text(self, row: Wallet) -> str:
        own_side = (row.balance.debits - row.balance.credits) * row.balance.normal_sign
        return amount_element(own_side, row.currency)

    @admin.display(description="Held")
    def held(self, row: Wallet) -> str:
        return amount_element(row.balance.held, row.currency)

    @admin.display(description="Status")
    def status(self, row: Wallet) -> str:
        return _status(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        entity = chosen_entity(request)
        units = {one.UNIT for one in applications_of(entity.pk).values()} if entity else set()
        counted = Currency.objects.filter(entity=OuterRef("entity"), code=OuterRef("currency"), is_money=False)
        rows = super().get_queryset(request).filter(Q(currency__in=units) | Exists(counted))
        return rows.filter(role=WALLET, is_header=False).exclude(owner_id="")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Wallet], search_term: str
    ) -> tuple[QuerySet[Wallet], bool]:
        return queryset.filter(owner_id__icontains=search_term) if search_term else queryset, False

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(proposing.PERMISSION)

    def may_add(self, request: HttpRequest) -> bool:
        return self.has_manage_permission(request)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            *(
                path(f"<uuid:row_id>/{direction}/", wrap(self.run_view), {"direction": direction},
                     name=f"credits_wallet_{direction}")
                for direction in ("grant", "spend")
            ),
            path("<uuid:row_id>/statement/", wrap(self.statement_view), name="credits_wallet_statement"),
            *super().get_urls(),
        ]  # fmt: skip

    def detail_context(self, request: HttpRequest, row: Wallet) -> dict[str, Any]:
        told = owner_credits(row.entity_id, row.owner_id)
        wallet = next((one for one in told.wallets if one.wallet == row.code), None)
        if wallet is None:  # of a unit that no application of its books keeps credits in
            raise Http404
        before = request.GET.get("before", "")
        after = (
            EntryPlace(row.code, int(before))
            if before.isascii() and before.isdigit() and len(before) <= MOST_DIGITS
            else None
        )
        entries = entries_of([row], Wanted(), after=after, limit=ENTRIES + 1)
        return {
            "title": f"{row.owner_id} · {row.currency}",
            "status": _status(row),
            "spendable": _spendable(wallet),
            "more": wallet.more,
            "day": told.day,
            "figures": _figures(wallet),
            "others": Wallet.objects.filter(entity=row.entity, owner_id=row.owner_id, role=WALLET).exclude(pk=row.pk),
            "lots": [_shown(one, "amount", "remaining", "pinned", "cost_left") for one in wallet.lots],
            "owed_by_month": _by_month(wallet),
            "entries": [_shown(one, "amount", "balance_after") for _, one in entries[:ENTRIES]],
            "older": entries[ENTRIES - 1][0].version if len(entries) > ENTRIES else None,
        }

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = NewOwnerForm(units_of(entity.pk), "", "grant", request.POST if request.method == "POST" else None)
        if form.is_valid():
            done = attempt(form, lambda: self._run(request, entity.pk, form, form.cleaned_data["owner_id"]))
            if done is not None:
                return done
        title = gettext("Grant credits in the books of %(books)s") % {"books": entity.name}
        return self.form_page(request, form, title, action="Grant", entity=entity)

    def run_view(self, request: HttpRequest, row_id: UUID, direction: Direction) -> HttpResponse:
        """The form of a grant or a spend, and what became of it."""
        require(self.has_manage_permission(request))
        row = self.get_object(request, str(row_id))
        if row is None:
            return self.not_there(request, str(row_id))
        sent = request.POST if request.method == "POST" else None
        form = OperationForm(units_of(row.entity_id), row.currency, direction, sent)
        if form.is_valid():
            done = attempt(form, lambda: self._run(request, row.entity_id, form, row.owner_id))
            if done is not None:
                return done
        label = gettext(LABELS[direction])
        return self.form_page(request, form, f"{label}: {row.owner_id}", action=label, back=row, entity=row.entity)

    def statement_view(self, request: HttpRequest, row_id: UUID) -> HttpResponseBase:
        """The statement of the owner as a file, from the first day of the fiscal year on."""
        row = self.get_object(request, str(row_id))
        require(self.has_view_permission(request, row))
        if row is None:
            return self.not_there(request, str(row_id))
        wanted = format_of(request)
        with admitted(row.entity_id), owner_statement(row.entity_id, row.owner_id) as made:
            name = f"credits-{row.owner_id}"
            return download(wanted, name, json=lambda: encode(made.report()), document=made.document)

    def _run(self, request: HttpRequest, entity_id: UUID, form: OperationForm, owner_id: str) -> HttpResponse:
        """Run the operation, or propose it where it takes two people."""
        asked, definition = form.request(owner_id)
        scopes = frozenset({"post", "manage"})
        if definition.four_eyes:
            person = person_in(request)
            who = Proposer(person, person, scopes)
            proposal = proposing.propose(entity_id, asked, who, reason=form.cleaned_data["reason"])
            messages.success(
                request, gettext("%(name)s is proposed: another person approves it.") % {"name": definition.name}
            )
            return redirect("admin:approvals_proposal_change", proposal.pk)
        entry = entry_of(run_operation(entity_id, asked, Runner(actor_of(request), scopes, ISSUER)))
        messages.success(
            request,
            gettext("%(name)s: %(amount)s, the balance is %(balance)s.")
            % {"name": definition.name, "amount": entry.amount, "balance": entry.balance},
        )
        row = Wallet.objects.filter(
            entity_id=entity_id, owner_id=owner_id, role=WALLET, currency=asked.application.UNIT
        )
        return redirect("admin:credits_wallet_change", row.earliest("code").pk)


def _described(application: Application, one: Operation) -> str:
    default, least, most = bounds_of(one.amount)
    figures = {"least": amount_text(least), "most": amount_text(most)}
    amount = amount_text(least) if least == most else gettext("%(least)s to %(most)s") % figures
    usual = ""
    if default is not None and least != most:
        usual = gettext(", %(amount)s unless given") % {"amount": amount_text(default)}
    people = gettext(", two people") if one.four_eyes else ""
    return f"{application.NAME}: {one.name} ({amount}{usual}{people})"


def _status(row: Wallet) -> str:
    if row.closed_at is not None:
        return "closed"
    return "frozen" if row.outflow_frozen or row.inflow_frozen else "open"


def _shown(one: Any, *names: str) -> Any:
    """A struct with amounts as people read them."""
    amounts = {name: amount_text(Decimal(getattr(one, name) or 0)) for name in names}
    return msgspec.structs.replace(one, **amounts)


def _spendable(wallet: WalletCredits) -> list[tuple[str, str, str]]:
    """Application, operation ("" for any of them), and how much."""
    rows = [
        (one.application, name, amount)
        for one in wallet.spendable
        for name, amount in (("", one.spendable), *one.operations.items())
    ]
    return [
        (app, name, gettext("no limit") if amount is None else amount_text(Decimal(amount)))
        for app, name, amount in rows
    ]


def _figures(wallet: WalletCredits) -> list[tuple[str, str]]:
    shown = [
        (gettext("Balance"), wallet.total), (gettext("Pinned"), wallet.pinned or "0"), (gettext("Owed"), wallet.owed),
        (gettext("Over"), wallet.over), (gettext("Expiring in 7 days"), wallet.expiring_in_7_days),
        (gettext("Expiring in 30 days"), wallet.expiring_in_30_days),
    ]  # fmt: skip
    return [(name, amount_text(Decimal(amount))) for name, amount in shown]


def _by_month(wallet: WalletCredits) -> list[tuple[str, str, str, str]]:
    """What is owed to the owner by the month of the last day: paid for, given away, and its cost."""
    found: dict[str, tuple[Decimal, Decimal, dict[str, Decimal]]] = {}
    for lot in wallet.lots:
        month = f"{lot.expires_on:%Y-%m}" if lot.expires_on else gettext("never")
        paid, gift, cost = found.get(month, (ZERO, ZERO, {}))
        left = Decimal(lot.remaining)
        if lot.cost_currency:
            cost[lot.cost_currency] = cost.get(lot.cost_currency, ZERO) + Decimal(lot.cost_left)
        found[month] = (paid + left, gift, cost) if lot.paid else (paid, gift + left, cost)
    return [
        (
            month,
            amount_text(paid),
            amount_text(gift),
            ", ".join(f"{amount_text(one)} {code}" for code, one in cost.items()),
        )
        for month, (paid, gift, cost) in sorted(found.items())
    ]
