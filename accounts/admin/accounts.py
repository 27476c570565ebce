"""Admin pages of accounts: the chart with its balances, an account's register and history, and what may be done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy, gettext_noop, ngettext

from accounts.admin import chart_page
from accounts.admin.account_page import (
    DONE,
    MOST_BELOW,
    apply,
    available,
    below,
    change,
    figures_of,
    history_of,
    ids_from,
    initial_of,
    on_normal_side,
    open_holds_of,
    register_of,
    status_of,
    with_holds,
)
from accounts.admin.forms import AccountForm, ChangeForm, FreezeForm, StatusForm
from accounts.finding import with_part
from accounts.models import Account, AccountType
from accounts.opening import open_account
from ledgerflow.books.models import Entity
from ledgerflow.web.admin_base import AddingAdmin, actor_of, amount_text, attempt, pretty_json, require
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter
from ledgerflow.web.pages.amounts import amount_element, balance_element

MOST_SELECTED = 100
STATES = {
    "open": "open",
    "frozen": "frozen",
    "closed": "closed",
    "header": "header",
    "overridden": gettext_noop("over its limit"),
}


class TypeFilter(ChoiceFilter):
    title = "Type"
    parameter_names = ("type",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(value, gettext(label)) for value, label in AccountType.choices]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(type=value)


class CurrencyFilter(ChoiceFilter):
    title = "Currency"
    parameter_names = ("currency",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        codes = entity.currencies.values_list("code", flat=True) if entity else ()
        return [(code, code) for code in codes]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(currency=value)


class RoleFilter(ChoiceFilter):
    title = "Role"
    parameter_names = ("role",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        # From the index of accounts with a role: there are a handful.
        roles = Account.objects.filter(entity=entity).exclude(role="").order_by("role").values_list("role", flat=True)
        return [(role, role) for role in roles.distinct()]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(role=value)


class StateFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(state, gettext(label)) for state, label in STATES.items()]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        frozen = Q(outflow_frozen=True) | Q(inflow_frozen=True)
        conditions = {
            "open": Q(closed_at=None) & ~frozen,
            "frozen": Q(closed_at=None) & frozen,
            "closed": Q(closed_at__isnull=False),
            "header": Q(is_header=True),
            "overridden": Q(balance__overridden=True),
        }
        return queryset.filter(conditions[value])


@admin.register(Account)
class AccountAdmin(AddingAdmin[Account]):
    list_display = ("code", "name", "type", "currency", "balance_text", "available", "held", "status")
    more_columns = ("normal_side", "owner_id", "role", "opened_at", "closed_at")
    list_filter = (EntityFilter, TypeFilter, CurrencyFilter, RoleFilter, StateFilter)
    list_select_related = ("balance",)
    ordering = ("code",)
    turns_by_key = True
    search_fields = ("code",)  # shows the field; get_search_results does the work
    search_help_text = "code, name or owner"
    actions = ("freeze", "unfreeze", "close")
    detail_template = "ledgerflow/admin/account.html"
    change_list_template = "accounts/admin/accounts.html"
    no_books = "An account needs an entity: add one first."

    @admin.display(description="Balance")
    def balance_text(self, account: Account) -> str:
        return "" if account.is_header else balance_element(on_normal_side(account.balance), account.currency)

    @admin.display(description="Available")
    def available(self, account: Account) -> str:
        return "" if account.is_header else balance_element(available(account.balance), account.currency)

    @admin.display(description="Held")
    def held(self, account: Account) -> str:
        return "" if account.is_header else amount_element(account.balance.held, account.currency)

    @admin.display(description="Status")
    def status(self, account: Account) -> str:
        return gettext(status_of(account))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        return with_part(queryset, search_term) if search_term else queryset, False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            *chart_page.urls_of(self.admin_site),
            path("<uuid:account_id>/edit/", wrap(self.edit_view), name="accounts_account_edit"),
            *(
                path(f"{action}/", wrap(self.status_view), {"action": action}, name=f"accounts_account_{action}")
                for action in DONE
            ),
        ]
        return own + super().get_urls()

    # What may be done. Each is one form, one use case and one event per account.

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = AccountForm(request.POST or None, entity=entity)
        if request.method == "POST" and form.is_valid():
            opened = attempt(form, lambda: open_account(entity.id, form.spec(), actor=actor_of(request)))
            if opened is not None and opened.fact is not None:
                messages.success(request, gettext("%(code)s is open.") % {"code": opened.fact.code})
                return redirect("admin:accounts_account_change", opened.fact.id)
        return self.form_page(
            request,
            form,
            gettext("Open an account of %(books)s") % {"books": entity.name},
            action=gettext("Open account"),
            entity=entity,
        )

    def edit_view(self, request: HttpRequest, account_id: UUID) -> HttpResponse:
        require(self.has_manage_permission(request))
        account = self.get_object(request, str(account_id))
        if account is None:
            return self.not_there(request, str(account_id))
        form = ChangeForm(request.POST or None, account=account, initial=initial_of(account))
        if request.method == "POST" and form.is_valid():
            changed = attempt(form, lambda: change(account, form, actor_of(request)))
            if changed is not None:
                messages.success(request, gettext("%(code)s is changed.") % {"code": account.code})
                return redirect("admin:accounts_account_change", account.pk)
        return self.form_page(
            request,
            form,
            gettext("Change %(account)s") % {"account": account.code},
            action=gettext("Change account"),
            back=account,
        )

    @admin.action(description=gettext_lazy("Freeze …"), permissions=["manage"])
    def freeze(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse | None:
        return self._ask("freeze", request, queryset)

    @admin.action(description=gettext_lazy("Unfreeze …"), permissions=["manage"])
    def unfreeze(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse | None:
        return self._ask("unfreeze", request, queryset)

    @admin.action(description=gettext_lazy("Close …"), permissions=["manage"])
    def close(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse | None:
        return self._ask("close", request, queryset)

    def _ask(self, action: str, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse | None:
        ids = list(queryset.values_list("pk", flat=True)[: MOST_SELECTED + 1])
        if len(ids) > MOST_SELECTED:
            messages.error(request, gettext("At most %(most)s accounts at a time.") % {"most": MOST_SELECTED})
            return None
        return HttpResponseRedirect(
            reverse(f"admin:accounts_account_{action}") + "?" + urlencode({"id": ids}, doseq=True)
        )

    def status_view(self, request: HttpRequest, action: str) -> HttpResponse:
        """Freeze, unfreeze or close the accounts named by `?id=`, with a reason."""
        require(self.has_manage_permission(request))
        accounts = list(
            Account.objects.filter(pk__in=ids_from(request.GET.getlist("id"), MOST_SELECTED)).select_related(
                "balance", "entity"
            )
        )
        if not accounts:
            messages.error(request, gettext("Choose the accounts first."))
            return redirect("admin:accounts_account_changelist")
        form = (FreezeForm if action == "freeze" else StatusForm)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            apply(request, action, accounts, form.cleaned_data)
            if len(accounts) == 1:
                return redirect("admin:accounts_account_change", accounts[0].pk)
            return redirect("admin:accounts_account_changelist")
        which = accounts[0].code
        if len(accounts) > 1:
            which = ngettext("%(count)s account", "%(count)s accounts", len(accounts)) % {"count": len(accounts)}
        title = gettext("%(action)s %(which)s") % {"action": gettext(action.capitalize()), "which": which}
        back = accounts[0] if len(accounts) == 1 else None
        return self.form_page(request, form, title, action=action.capitalize(), accounts=accounts, back=back)

    # One account

    def detail_context(self, request: HttpRequest, row: Account) -> dict[str, Any]:
        balance = row.balance
        before = request.GET.get("before", "")
        register = register_of(row, before)
        children = below(row)
        history = list(history_of(row, request.GET.get("changed_before", "")))
        limits = [None if limit is None else amount_text(limit) for limit in (balance.min_balance, balance.max_balance)]
        return {
            "title": f"{row.code} · {row.name}",
            "figures": figures_of(row),
            "limits": limits,
            "status": status_of(row),
            "register": with_holds(row, register, before),
            "holds": open_holds_of(row),
            "older": register[-1].version if register and register[-1].version > 1 else None,
            "history": history,
            "older_history": None if not history or history[-1].is_first else history[-1].event.sequence,
            "below": children[:MOST_BELOW],
            "more_below": len(children) > MOST_BELOW,
            "metadata": pretty_json(row.metadata),
        }
