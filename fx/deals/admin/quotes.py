"""Admin pages of quotes: quote first, look at it, then settle."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_noop

from fx.deals.admin.forms import QuoteForm, SettleForm
from fx.deals.admin.texts import ISSUER, NO_BOOKS, bought, chain_of, sold
from fx.deals.models import FxQuote
from fx.deals.plan import Order
from fx.deals.quoting import quote
from fx.deals.settlement import Settled, settle
from ledgerflow.books.models import Entity
from ledgerflow.core import clocks
from ledgerflow.core.locales.current import rate_text
from ledgerflow.web.admin_base import AddingAdmin, NamedAction, actor_of, amount_text, attempt
from ledgerflow.web.admin_filters import EntityFilter
from ledgerflow.web.pages.amounts import money_elements


def settled(request: HttpRequest, row: FxQuote, given: dict[str, Any]) -> Settled:
    """Settle a quote. Of a quote there is one settlement: the same button twice is a replay."""
    may = request.user.has_perm("deals.change_settlement")
    order, key = Order(quote=row.pk, **given), f"admin-quote:{row.pk}"
    return settle(row.entity_id, order, key=key, may_choose_rate=may, issuer=ISSUER, actor=actor_of(request))


@admin.register(FxQuote)
class FxQuoteAdmin(AddingAdmin[FxQuote]):
    list_display = ("sold", "bought", "spread_text", "recorded_at", "expires_at", "status")
    list_filter = (EntityFilter,)
    list_select_related = ("settlement",)
    ordering = ("-id",)
    detail_template = "ledgerflow/admin/fx_quote.html"
    named_actions = {
        "settle": NamedAction(
            "Settle",
            lambda row: gettext("Settle %(row)s for %(other_row)s") % {"row": sold(row), "other_row": bought(row)},
            settled,
            lambda row, _: (
                gettext("%(row)s are settled for %(other_row)s.") % {"row": sold(row), "other_row": bought(row)}
            ),
            "deals.add_settlement",
            SettleForm,
            note=lambda row: (
                gettext("From %(sell_account)s to %(buy_account)s, at the quoted rate. Two journals are posted.")
                % {"sell_account": row.sell_account or "?", "buy_account": row.buy_account or "?"}
            ),
            leads_to=lambda _, done: ("admin:deals_settlement_change", done.settlement.pk),
        )
    }
    no_books = NO_BOOKS

    @admin.display(description="Sold")
    def sold(self, row: FxQuote) -> str:
        return money_elements([(row.sell_amount, row.sell_currency)])

    @admin.display(description="Bought")
    def bought(self, row: FxQuote) -> str:
        return money_elements([(row.buy_amount, row.buy_currency)])

    @admin.display(description="Spread")
    def spread_text(self, row: FxQuote) -> str:
        return f"{rate_text(row.spread_percent)} %"

    @admin.display(description="Status")
    def status(self, row: FxQuote) -> str:
        return status_of(row)

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = QuoteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            typed = form.cleaned_data
            made = attempt(
                form,
                lambda: quote(
                    entity.pk, form.deal(), expires_in=form.lasting, sell_account=typed["sell_account"].strip(),
                    buy_account=typed["buy_account"].strip(), actor=actor_of(request),
                ),
            )  # fmt: skip
            if made is not None:
                return redirect("admin:deals_fxquote_change", made.pk)
        return self.form_page(
            request,
            form,
            gettext("Quote an exchange of %(books)s") % {"books": entity.name},
            action="Quote",
            entity=entity,
        )

    def detail_context(self, request: HttpRequest, row: FxQuote) -> dict[str, Any]:
        status = status_of(row)
        return {
            "title": gettext("Quote: %(row)s for %(other_row)s") % {"row": sold(row), "other_row": bought(row)},
            "status": status,
            "sold": sold(row),
            "bought": bought(row),
            "gross": amount_text(row.gross_amount),
            "spread_percent": rate_text(row.spread_percent),
            "spread": amount_text(row.spread_amount),
            "chain": chain_of(row.chain),
            "settlement": getattr(row, "settlement", None),
            "may_settle": status == "open" and request.user.has_perm("deals.add_settlement"),
        }


def status_of(row: FxQuote) -> str:
    if hasattr(row, "settlement"):
        return gettext_noop("settled")
    return "open" if row.expires_at >= clocks.now() else "expired"
