"""Admin pages of matching: matches, suggestions, rules, and the page to match by hand."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path

from ledgerflow.books.models import Entity
from ledgerflow.core.ids import uuid7
from ledgerflow.core.money import CONTEXT, ZERO
from ledgerflow.web.admin_base import (
    LedgerForm,
    NamedAction,
    ReadOnlyAdmin,
    Row,
    actor_of,
    amount_text,
    attempt,
    pretty_json,
    require,
)
from ledgerflow.web.admin_filters import ChoiceFilter, EntityFilter, chosen_entity
from recon.matching.differences import post_difference, post_residual
from recon.matching.forms import ChoiceForm, KeyForm, ProfileForm, ResidualForm, WhyForm, difference_of
from recon.matching.models import Match, MatchRejection, MatchRules, MatchStatus, MatchSuggestion
from recon.matching.reading import bank_called, items_of, unmatched_lines, unmatched_postings
from recon.matching.rows import Bank
from recon.matching.rule_sets import set_profile
from recon.matching.running import run_matching
from recon.matching.use_cases import Worked, confirm_suggestion, match_by_hand, reject_suggestion, unmatch
from recon.statements.models import BankAccount

ISSUER = "admin"
MANAGE, POST = "matching.change_match", "journals.add_journal"
MOST_SHOWN = 200  # of each side on the page to match by hand


def a_key() -> dict[str, str]:
    return {"key": f"admin:{uuid7()}"}


def once(request: HttpRequest, values: dict[str, Any]) -> dict[str, str]:
    return {"key": values["key"], "issuer": ISSUER, "actor": actor_of(request)}


class BankAccountFilter(ChoiceFilter):
    title = "Bank account"
    parameter_names = ("account",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        rows = BankAccount.objects.filter(entity=entity).select_related("account").order_by("name")
        return [(row.account.code, row.name) for row in rows]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(bank_account__account__code=value)


class MatchStatusFilter(ChoiceFilter):
    title = "Status"
    parameter_names = ("status",)

    def list_options(self, entity: Entity | None) -> Iterable[tuple[str, str]]:
        return [(one.value, one.value) for one in MatchStatus]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


class MatchingAdmin(ReadOnlyAdmin[Row]):
    """Who may work on matches may work on all of this."""

    list_filter: ClassVar[Any] = (EntityFilter, BankAccountFilter)
    list_select_related = ("bank_account",)
    detail_template = "ledgerflow/admin/matching_row.html"

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MANAGE)

    @admin.display(description="Residual")
    def residual_text(self, row: Any) -> str:
        return amount_text(row.residual)

    @admin.display(description="Bank account")
    def bank(self, row: Any) -> str:
        return str(row.bank_account or "all")


def take_back(request: HttpRequest, match: Match, values: dict[str, Any]) -> Worked:
    return unmatch(match.entity_id, match.pk, reason=values["reason"], **once(request, values))


def post_rest(request: HttpRequest, match: Match, values: dict[str, Any]) -> Worked:
    require(request.user.has_perm(MANAGE))
    return post_residual(match.entity_id, match.pk, difference_of(values), **once(request, values))


@admin.register(Match)
class MatchAdmin(MatchingAdmin[Match]):
    list_display = ("number", "bank", "status", "rule", "score", "residual_text", "explanation", "who")
    list_filter = (EntityFilter, BankAccountFilter, MatchStatusFilter)
    ordering = ("-event_sequence",)
    change_list_template = "ledgerflow/admin/matches.html"
    detail_template = "ledgerflow/admin/match.html"
    named_actions = {
        "unmatch": NamedAction(
            "Unmatch",
            lambda match: f"Take match {match.number} back",
            take_back,
            lambda match, _: f"Match {match.number} is taken back.",
            form=WhyForm,
            initial=a_key,
        ),
        "residual": NamedAction(
            "Post the residual",
            lambda match: f"Post {amount_text(match.residual)} that match {match.number} leaves",
            post_rest,
            lambda _, done: f"It is posted, and the items are in match {done.match.match.number}.",
            permission=POST,
            form=ResidualForm,
            initial=a_key,
        ),
    }

    def get_urls(self) -> list[URLPattern]:
        pages = {"by-hand": self.by_hand_view, "run": self.run_view}
        return [
            *(
                path(f"{name}/", self.admin_site.admin_view(page), name=f"matching_match_{name.replace('-', '_')}")
                for name, page in pages.items()
            ),
            *super().get_urls(),
        ]

    def detail_context(self, request: HttpRequest, row: Match) -> dict[str, Any]:
        items = items_of([row.pk])[row.pk]
        return {
            "title": f"Match {row.number} of {row.bank_account}",
            "items": [(item, amount_text(item.amount)) for item in items],
            "residual": amount_text(row.residual),
            "may_post": row.residual and self.may_act(request, "residual", row),
        }

    def run_view(self, request: HttpRequest) -> HttpResponse:
        """Run the matching of a bank account."""
        require(self.has_manage_permission(request))
        bank = _bank(request)
        if bank is None:
            return _choose_first(request)
        form = LedgerForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            ran = attempt(form, lambda: run_matching(bank.entity_id, bank.id, actor=actor_of(request)))
            if ran is not None:
                left = len(ran.outcome.suggestions)
                messages.success(request, f"Matched: {ran.confirmed}. Suggested: {left}.")
                return redirect("admin:matching_match_changelist")
        return self.form_page(request, form, f"Match {bank.name}", action="Run")

    def by_hand_view(self, request: HttpRequest) -> HttpResponse:
        """Tick lines and postings, look at the difference, match them; what is left may be posted with the match."""
        require(self.has_manage_permission(request))
        bank = _bank(request)
        if bank is None:
            return _choose_first(request)
        lines = list(unmatched_lines(bank).order_by("booking_date", "number")[:MOST_SHOWN])
        postings = list(unmatched_postings(bank).order_by("effective_date", "account_version")[:MOST_SHOWN])
        form = ChoiceForm(
            request.POST if request.method == "POST" else None,
            [str(line.pk) for line in lines],
            [str(one.account_version) for one in postings],
            initial=a_key(),
        )
        ticked = {str(one) for name in ("lines", "postings") for one in request.POST.getlist(name)}
        if "match" in request.POST and form.is_valid():
            done = attempt(form, lambda: _match(request, bank, form))
            if done is not None:
                messages.success(request, f"Match {done.match.match.number} is made.")
                return redirect("admin:matching_match_change", done.match.match.pk)
        with localcontext(CONTEXT):
            sums = [
                sum((line.amount for line in lines if str(line.pk) in ticked), ZERO),
                sum((one.amount for one in postings if str(one.account_version) in ticked), ZERO),
            ]
            difference: Decimal = sums[0] - sums[1]
        return self.page(
            request, "ledgerflow/admin/match_by_hand.html", f"Match items of {bank.name} by hand",
            form=form, bank=bank, most=MOST_SHOWN, may_post=request.user.has_perm(POST),
            lines=[(one, str(one.pk) in ticked, amount_text(one.amount)) for one in lines],
            postings=[(one, str(one.account_version) in ticked, amount_text(one.amount)) for one in postings],
            sums=[amount_text(one) for one in (*sums, difference)],
        )  # fmt: skip


def _match(request: HttpRequest, bank: Bank, form: ChoiceForm) -> Worked:
    typed, difference = form.cleaned_data, form.difference()
    lines, postings, keys = typed["lines"], typed["postings"], once(request, typed)
    if difference is None:
        explanation = typed["explanation"]
        return match_by_hand(bank.entity_id, bank.id, lines, postings, explanation=explanation, **keys)
    require(request.user.has_perm(POST))
    return post_difference(bank.entity_id, bank.id, lines, postings, difference, **keys)


def _bank(request: HttpRequest) -> Bank | None:
    """The bank account that the address names, in the books that are chosen."""
    entity, code = chosen_entity(request), request.GET.get("account", "")
    is_there = BankAccount.objects.filter(entity=entity, account__code=code.replace("\x00", "")).exists()
    return bank_called(entity.pk, code) if entity is not None and is_there else None


def _choose_first(request: HttpRequest) -> HttpResponse:
    messages.error(request, "Choose a bank account first.")
    return redirect("admin:matching_match_changelist")


def confirm(request: HttpRequest, row: MatchSuggestion, values: dict[str, Any]) -> Worked:
    return confirm_suggestion(row.entity_id, row.pk, **once(request, values))


def reject(request: HttpRequest, row: MatchSuggestion, values: dict[str, Any]) -> Any:
    return reject_suggestion(row.entity_id, row.pk, reason=values["reason"], **once(request, values))


def to_the_list(_row: Model, _done: Any) -> tuple[str]:
    return ("admin:matching_matchsuggestion_changelist",)


@admin.register(MatchSuggestion)
class MatchSuggestionAdmin(MatchingAdmin[MatchSuggestion]):
    list_display = ("explanation", "bank", "rule", "score", "residual_text", "reason")
    ordering = ("bank_account", "place")
    detail_template = "ledgerflow/admin/match_suggestion.html"
    named_actions = {
        "confirm": NamedAction(
            "Confirm",
            lambda row: f"Confirm what rule {row.rule} suggests",
            confirm,
            lambda _, done: f"Match {done.match.match.number} is made.",
            form=KeyForm,
            initial=a_key,
            note=lambda row: f"{row.explanation} {row.reason}",
            leads_to=to_the_list,  # type: ignore[arg-type]
        ),
        "reject": NamedAction(
            "Reject",
            lambda row: f"Reject what rule {row.rule} suggests",
            reject,
            lambda _row, _done: "No run suggests it again.",
            form=WhyForm,
            initial=a_key,
            note=lambda row: f"{row.explanation} {row.reason}",
            leads_to=to_the_list,  # type: ignore[arg-type]
        ),
    }


@admin.register(MatchRules)
class MatchRulesAdmin(MatchingAdmin[MatchRules]):
    list_display = ("bank", "version", "recorded_at", "who")
    ordering = ("-event_sequence",)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("matching.change_matchrules")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_manage_permission(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(self.has_manage_permission(request))
        entity = chosen_entity(request)
        if entity is None:
            messages.error(request, "Rules need an entity: add one first.")
            return redirect("admin:books_entity_changelist")
        form = ProfileForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            code, profile = form.cleaned_data["account"].strip(), form.cleaned_data["profile"]

            def set_it() -> Any:
                bank_account_id = bank_called(entity.pk, code).id if code else None
                return set_profile(entity.pk, bank_account_id, profile, actor=actor_of(request))

            done = attempt(form, set_it)
            if done is not None:
                messages.success(request, f"The rules are at version {done.version}.")
                return redirect("admin:matching_matchrules_changelist")
        return self.form_page(request, form, f"Set rules of {entity.name}", action="Set rules", entity=entity)

    def detail_context(self, request: HttpRequest, row: MatchRules) -> dict[str, Any]:
        return {"title": f"Rules of {self.bank(row)}, version {row.version}", "json": pretty_json(row.rules)}


@admin.register(MatchRejection)
class MatchRejectionAdmin(MatchingAdmin[MatchRejection]):
    list_display = ("bank", "reason", "recorded_at", "who")
    ordering = ("-event_sequence",)

    def detail_context(self, request: HttpRequest, row: MatchRejection) -> dict[str, Any]:
        return {
            "title": f"Rejected in {row.bank_account}",
            "json": pretty_json({"lines": row.lines, "postings": row.postings, "reason": row.reason}),
        }
