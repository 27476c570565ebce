"""Admin pages of revaluations: what would be posted, posting it, and every run; the pairs of accounts they need."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts.bases.eras import base_currency_on
from fx.deals.admin.forms import OpenForm, PairForm, RevalueForm
from fx.deals.role_accounts import open_missing
from fx.revaluation.auto_reversal import revalue_from
from fx.revaluation.bodies import line_response
from fx.revaluation.closing_checks import cure_of
from fx.revaluation.events import RevaluedLine
from fx.revaluation.models import Revaluation, RevaluationLine, ValuationPair
from fx.revaluation.runs import Revalued, revalue
from fx.revaluation.valuation_pairs import pair_missing, pair_valuation
from ledgerflow.books.models import Entity
from ledgerflow.core.locales.current import day_text
from ledgerflow.core.sentences import said_again
from ledgerflow.web.admin_base import AddingAdmin, actor_of, amount_text, attempt, require, without_books
from ledgerflow.web.admin_filters import DateRangeFilter, EntityFilter
from ledgerflow.web.pages.books_of_page import chosen_entity
from ledgerflow.web.pages.cells import link_to

FIGURES = (
    "position",
    "cost",
    "closing_value",
    "unrealised",
    "realised",
    "posted_gain",
    "posted_loss",
    "posted_realised",
)
MOST_NAMED = 20  # in a message; the preview names all
NO_BOOKS = "A revaluation needs an entity: add one first."


def in_figures(line: RevaluedLine) -> dict[str, Any]:
    """A line as people read it: thousands apart."""
    return msgspec.structs.asdict(line) | {name: amount_text(Decimal(getattr(line, name))) for name in FIGURES}


def left_out_of(done: Revalued, entity_code: str) -> SafeString:
    """The accounts that a revaluation left out, each with why and a link to where that is put right."""
    named = [
        (one.account, said_again(one.message), link_to(cure_of(one), entity_code)) for one in done.skipped[:MOST_NAMED]
    ]
    more = len(done.skipped) - len(named)
    sentences = format_html_join(" ", escape(gettext("{} is left out:")) + " {} {}", named)
    return format_html("{} {}", sentences, gettext("And %(count)s more.") % {"count": more}) if more else sentences


class RunDates(DateRangeFilter):
    field = "day"


@admin.register(Revaluation)
class RevaluationAdmin(AddingAdmin[Revaluation]):
    list_display = ("number", "day", "kind", "method", "recorded_at", "who")
    list_filter = (EntityFilter, RunDates)
    ordering = ("-number",)
    detail_template = "ledgerflow/admin/fx_revaluation.html"
    no_books = NO_BOOKS

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        """Preview a day, then post what was shown; the second button is on the page of the preview."""
        form = RevalueForm(request.POST or None, initial={"day": entity.business_date})
        preview: Revalued | None = None
        if request.method == "POST" and form.is_valid():
            day, actor = form.cleaned_data["day"], actor_of(request)
            if "post" in request.POST:
                done = attempt(form, lambda: revalue_from(entity.pk, day, actor=actor))
                if done is not None:
                    return self._done(request, entity, done)
            else:
                preview = attempt(form, lambda: revalue(entity.pk, day, actor=actor, dry_run=True))
        return self.page(
            request,
            "ledgerflow/admin/fx_revalue.html",
            gettext("Revalue foreign money of %(books)s") % {"books": entity.name},
            form=form,
            entity=entity,
            preview=preview,
            left_out=[(one, link_to(cure_of(one), entity.code)) for one in preview.skipped] if preview else [],
            base=base_currency_on(entity.pk, entity.business_date),
            lines=[in_figures(line) for line in preview.lines] if preview else [],
        )

    def detail_context(self, request: HttpRequest, row: Revaluation) -> dict[str, Any]:
        rows = RevaluationLine.objects.filter(run=row).select_related("account", "journal").order_by("account__code")
        return {
            "title": gettext("%(kind)s %(number)s of %(books)s, %(day)s")
            % {
                "kind": gettext(row.kind.capitalize()),
                "number": row.number,
                "books": row.entity.name,
                "day": day_text(row.day),
            },
            "lines": [(in_figures(line_response(line)), line.account_id, line.journal) for line in rows],
            "base": base_currency_on(row.entity_id, row.day),
        }

    def _done(self, request: HttpRequest, entity: Entity, done: Revalued) -> HttpResponse:
        """Say what became of it: in one warning, and never as a success, where accounts were left out."""
        if done.skipped:
            outcome = (
                gettext("%(day)s is not revalued as a whole: nothing was posted.")
                if done.run is None
                else gettext("%(day)s is not revalued as a whole: the others are revalued.")
            )
            sentence = outcome % {"day": day_text(done.day)}
            messages.warning(request, format_html("{} {}", sentence, left_out_of(done, entity.code)))
        elif done.run is None:
            messages.success(
                request, gettext("%(day)s stands as it should: nothing was posted.") % {"day": day_text(done.day)}
            )
        else:
            messages.success(request, gettext("%(day)s is revalued.") % {"day": day_text(done.day)})
        if done.run is None:
            return redirect("admin:revaluation_revaluation_changelist")
        return redirect("admin:revaluation_revaluation_change", done.run)


@admin.register(ValuationPair)
class ValuationPairAdmin(AddingAdmin[ValuationPair]):
    list_display = ("account", "currency", "valuation", "recorded_at", "who")
    list_filter = (EntityFilter,)
    list_select_related = ("account", "valuation")
    list_display_links = None
    ordering = ("account_id",)
    change_list_template = "ledgerflow/admin/fx_pairs.html"
    no_books = NO_BOOKS

    @admin.display(description="Currency")
    def currency(self, row: ValuationPair) -> str:
        return row.account.currency

    def get_urls(self) -> list[URLPattern]:
        open_view = self.admin_site.admin_view(self.open_view)
        return [path("open/", open_view, name="revaluation_valuationpair_open"), *super().get_urls()]

    def detail_context(self, request: HttpRequest, row: ValuationPair) -> dict[str, Any]:
        """Of its history: it has no page of its own."""
        codes = {"code": row.account.code, "other_code": row.valuation.code}
        return {"title": gettext("%(code)s, valued on %(other_code)s") % codes}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:revaluation_valuationpair_changelist")

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = PairForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            typed = [form.cleaned_data[name].strip() for name in ("account", "valuation_account")]
            made = attempt(form, lambda: pair_valuation(entity.pk, *typed, actor=actor_of(request)))
            if made is not None:
                messages.success(
                    request,
                    gettext("%(code)s is valued on %(other_code)s.")
                    % {"code": made.account.code, "other_code": made.valuation.code},
                )
                return redirect("admin:revaluation_valuationpair_changelist")
        return self.form_page(
            request, form, gettext("Pair accounts of %(books)s") % {"books": entity.name}, action="Pair", entity=entity
        )

    def open_view(self, request: HttpRequest) -> HttpResponse:
        require(self.may_add(request))
        entity = chosen_entity(request)
        if entity is None:
            return without_books(request, self.no_books)
        form = OpenForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            opened = attempt(form, lambda: open_all(entity, form, actor_of(request)))
            if opened is not None:
                codes = ", ".join(opened) or gettext("nothing, all is there")
                messages.success(request, gettext("Opened: %(codes)s.") % {"codes": codes})
                return redirect("admin:revaluation_valuationpair_changelist")
        title = gettext("Open what foreign exchange needs in %(books)s") % {"books": entity.name}
        return self.form_page(request, form, title, action="Open", entity=entity)


def open_all(entity: Entity, form: OpenForm, actor: str) -> list[str]:
    """Open what is missing; gives the codes. Raises the refusals of opening accounts."""
    opened = open_missing(entity.pk, form.codes(), actor=actor)
    pairs = (
        pair_missing(entity.pk, base_currency_on(entity.pk, entity.business_date), actor=actor)
        if form.cleaned_data["valuation"]
        else []
    )
    return [*opened, *(pair.valuation.code for pair in pairs)]
