"""Admin pages of rules: their versions, and the page that edits them row by row with a dry run beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext

from ledgerflow.books.models import Entity
from ledgerflow.core.sentences import name_in_words
from ledgerflow.web.admin_base import LedgerForm, actor_of, amount_text, attempt, require, without_books
from ledgerflow.web.form_fields import AmountField, RateField
from ledgerflow.web.pages.books_of_page import chosen_entity
from recon.matching.admin.base import SET_RULES, MatchingAdmin, bank_in, choose_first, here
from recon.matching.admin.naming import Named, lines_named, postings_named
from recon.matching.admin.splitting import more_rows
from recon.matching.models import MatchRules
from recon.matching.passes.engine import PASSES
from recon.matching.passes.rules import LONGEST_WINDOW_DAYS, TOP_SCORE
from recon.matching.passes.shapes import FoundMatch, MatchRule
from recon.matching.reading import bank_called
from recon.matching.rows import Bank
from recon.matching.rule_sets import MOST_CODE, MOST_RULES, RuleSet, rules_from, rules_of, set_profile, set_rules
from recon.matching.running import run_matching
from recon.statements.bank_accounts import bank_accounts

PROFILE_LABELS = {"default": "Default: no tolerance", "reference_then_cent": "Reference, then amount ± 0.01"}
MOST_SHOWN = 50  # of what a dry run would change


class RuleForm(LedgerForm):
    """One rule."""

    priority = forms.IntegerField(min_value=0, max_value=1_000_000)
    code = forms.CharField(max_length=MOST_CODE)
    pass_ = forms.ChoiceField(choices=[(name, name.replace("_", " ")) for name in PASSES], label="Pass")
    tolerance = AmountField(required=False)
    tolerance_percent = RateField(required=False, label="In per cent")
    window_days_before = forms.IntegerField(min_value=0, max_value=LONGEST_WINDOW_DAYS, label="Days before")
    window_days_after = forms.IntegerField(min_value=0, max_value=LONGEST_WINDOW_DAYS, label="Days after")
    threshold = forms.IntegerField(min_value=0, max_value=TOP_SCORE)
    is_automatic = forms.BooleanField(required=False, label="Automatic")

    def rule(self) -> MatchRule:
        typed = {
            name: self.cleaned_data[name] for name in self.fields if name in self.cleaned_data and name != "DELETE"
        }
        amounts = {name: typed[name] or Decimal(0) for name in ("tolerance", "tolerance_percent")}
        return MatchRule(**typed | amounts)


class VersionForm(LedgerForm):
    """The version that the page has shown, and the bank account that a dry run is for."""

    version = forms.IntegerField(min_value=0, max_value=2**62, widget=forms.HiddenInput)
    profile = forms.ChoiceField(choices=list(PROFILE_LABELS.items()), required=False, widget=forms.HiddenInput)
    try_on = forms.ChoiceField(required=False, label="Try it on")

    def __init__(self, *args: Any, banks: list[tuple[str, str]], **given: Any) -> None:
        super().__init__(*args, **given)
        field: Any = self.fields["try_on"]
        field.choices = banks


RuleForms = formset_factory(RuleForm, extra=0, max_num=MOST_RULES, absolute_max=MOST_RULES, can_delete=True)


class Changed(NamedTuple):
    """A match that one set of rules makes and the other does not."""

    match: FoundMatch
    lines: list[Named]
    postings: list[Named]
    residual: str


class Difference(NamedTuple):
    """What a dry run with other rules finds, beside one with those that are in force."""

    bank: str
    now: int
    then: int
    suggested_now: int
    suggested_then: int
    gained: list[Changed]
    lost: list[Changed]
    gained_count: int
    lost_count: int
    most: int = MOST_SHOWN


@admin.register(MatchRules)
class MatchRulesAdmin(MatchingAdmin[MatchRules]):
    list_display = ("version_text", "bank", "rules_text", "recorded_at", "who")
    ordering = ("-event_sequence",)
    nothing = "Nobody has set any rules, so the default is in force."
    change_list_template = "ledgerflow/admin/match_rule_sets.html"
    detail_template = "ledgerflow/admin/match_rules.html"

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(SET_RULES)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_manage_permission(request)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("edit/", self.admin_site.admin_view(self.add_view), name="matching_matchrules_edit"),
            *super().get_urls(),
        ]

    @admin.display(description="Version")
    def version_text(self, row: MatchRules) -> str:
        return gettext("version %(version)s") % {"version": row.version}

    @admin.display(description="Rules")
    def rules_text(self, row: MatchRules) -> str:
        return ", ".join(name_in_words(rule["code"]) for rule in row.rules)

    def detail_context(self, request: HttpRequest, row: MatchRules) -> dict[str, Any]:
        bank = row.bank_account
        return {
            "title": gettext("Rules of %(bank)s, version %(version)s")
            % {"bank": bank or gettext("all bank accounts without their own"), "version": row.version},
            "rules": rules_from(row.rules),
            "account": bank.account.code if bank else "",
        }

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The rules of a bank account, or of all that have none of their own, as rows; each saving is a version."""
        require(self.has_manage_permission(request))
        entity, bank = chosen_entity(request), bank_in(request)
        if entity is None:
            return without_books(request, gettext("Rules need an entity: add one first."))
        if request.GET.get("account") and bank is None:
            return choose_first(request)
        banks = [(one.account.code, f"{one.account.code} · {one.name}") for one in bank_accounts(entity.pk)]
        shown = _shown(request, entity, bank)
        posted = request.POST if request.method == "POST" else None
        rows = RuleForms(more_rows(posted, "form") if posted else None, initial=None if posted else _initial(shown))
        first = {"version": _own_version(shown, bank), "try_on": bank.account if bank else None}
        form = VersionForm(posted, banks=banks, initial=first)
        difference = None
        if posted and form.is_valid():
            done = self._set(request, entity, bank, form, rows)
            if done is not None:
                messages.success(request, gettext("The rules are at version %(version)s.") % {"version": done.version})
                return redirect("admin:matching_matchrules_changelist")
            if "try" in posted and rows.is_valid():
                difference = attempt(form, lambda: _tried(entity, form.cleaned_data["try_on"], _rules(rows), request))
        return self.page(
            request, "ledgerflow/admin/match_rules_edit.html",
            gettext("Rules of %(books)s") % {"books": bank.name if bank else entity.name},
            form=form, rows=rows, bank=bank, banks=banks, entity=entity, difference=difference, shown=shown,
            is_own=bank is None or shown.bank_account == bank.id, profiles=PROFILE_LABELS.items(),
            address=urlencode(here(request, bank)),
        )  # fmt: skip

    def _set(
        self, request: HttpRequest, entity: Entity, bank: Bank | None, form: VersionForm, rows: BaseFormSet[Any]
    ) -> RuleSet | None:
        """Save a profile or the rows, where that was asked for and nothing is wrong with it."""
        given: dict[str, Any] = {"actor": actor_of(request), "expected_version": form.cleaned_data["version"]}
        owner, profile = bank.id if bank else None, form.cleaned_data["profile"]
        if profile:
            return attempt(form, lambda: set_profile(entity.pk, owner, profile, **given))
        if "save" in request.POST and rows.is_valid():
            return attempt(form, lambda: set_rules(entity.pk, owner, _rules(rows), **given))
        return None


def _shown(request: HttpRequest, entity: Entity, bank: Bank | None) -> RuleSet:
    """The rules in force, or those of the old version that the address names."""
    current = rules_of(entity.pk, bank.id if bank else None)
    wanted = request.GET.get("version", "")
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):  # noqa: PLR2004 - digits of a bigint
        return current
    old = MatchRules.objects.filter(entity=entity, bank_account=bank.id if bank else None, version=int(wanted)).first()
    return current if old is None else current._replace(rules=rules_from(old.rules))


def _own_version(found: RuleSet, bank: Bank | None) -> int:
    """The version that saving expects: 0 where a bank account is matched by the rules of all."""
    return found.version if found.bank_account == (bank.id if bank else None) else 0


def _initial(found: RuleSet) -> list[dict[str, Any]]:
    return [{name: getattr(rule, name) for name in RuleForm.base_fields} for rule in found.rules]


def _rules(rows: BaseFormSet[Any]) -> list[MatchRule]:
    """The rules of the rows that stay; a row that nobody has filled in is none."""
    kept = [one for one in rows.forms if one not in rows.deleted_forms and one.cleaned_data.get("code")]
    return [one.rule() for one in kept]


def _tried(entity: Entity, account: str, rules: list[MatchRule], request: HttpRequest) -> Difference:
    """Two dry runs, one by the rules in force and one by these."""
    bank = bank_called(entity.pk, account)
    actor = actor_of(request)
    now = run_matching(entity.pk, bank.id, actor=actor, dry_run=True).outcome
    then = run_matching(entity.pk, bank.id, actor=actor, rules=rules, dry_run=True).outcome
    before, after = ({(one.bank, one.books) for one in found.matches} for found in (now, then))
    gained = [one for one in then.matches if (one.bank, one.books) not in before]
    lost = [one for one in now.matches if (one.bank, one.books) not in after]
    shown = _named(bank, [*gained[:MOST_SHOWN], *lost[:MOST_SHOWN]])
    first = min(len(gained), MOST_SHOWN)
    return Difference(
        bank.name, len(now.matches), len(then.matches), len(now.suggestions), len(then.suggestions), shown[:first],
        shown[first:], len(gained), len(lost),
    )  # fmt: skip


def _named(bank: Bank, matches: list[FoundMatch]) -> list[Changed]:
    lines = lines_named(id_ for one in matches for id_ in one.bank)
    postings = postings_named({bank.account_id: [id_ for one in matches for id_ in one.books]} if matches else {})
    return [
        Changed(
            one,
            [lines[id_] for id_ in one.bank if id_ in lines],
            [postings[bank.account_id, id_] for id_ in one.books if (bank.account_id, id_) in postings],
            amount_text(one.residual) if one.residual else "",
        )
        for one in matches
    ]
