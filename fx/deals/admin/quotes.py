"""Admin pages of quotes and settlements: quote first, look at it, then settle; a settlement with all it is made of."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from fx.deals.admin.forms import QuoteForm, ReverseForm, SettleForm
from fx.deals.events import FxSettledFact
from fx.deals.models import FxQuote, Settlement
from fx.deals.plan import Order
from fx.deals.quoting import chain_from, quote
from fx.deals.settlement import Settled, reverse_settlement, settle
from fx.deals.settlement_proof import proof_of
from journals.models import Journal, Posting
from ledgerflow.books.models import Event
from ledgerflow.core import clocks
from ledgerflow.core.money import normalised
from ledgerflow.web.admin_base import NamedAction, ReadOnlyAdmin, actor_of, amount_text, attempt, require
from ledgerflow.web.admin_filters import DateRangeFilter, EntityFilter, chosen_entity

ISSUER = "admin"
NO_BOOKS = "An exchange needs an entity: add one first."


def sold(row: FxQuote | Settlement) -> str:
    return f"{amount_text(row.sell_amount)} {row.sell_currency}"


def bought(row: FxQuote | Settlement) -> str:
    return f"{amount_text(row.buy_amount)} {row.buy_currency}"


def settled(request: HttpRequest, row: FxQuote, given: dict[str, Any]) -> Settled:
    """Settle a quote. Of a quote there is one settlement: the same button twice is a replay."""
    may = request.user.has_perm("deals.change_settlement")
    order, key = Order(quote=row.pk, **given), f"admin-quote:{row.pk}"
    return settle(row.entity_id, order, key=key, may_choose_rate=may, issuer=ISSUER, actor=actor_of(request))


def turned_back(request: HttpRequest, row: Settlement, given: dict[str, Any]) -> Settled:
    """Reverse a settlement."""
    key = f"admin-reverse:{row.pk}"
    return reverse_settlement(row.entity_id, row.pk, key=key, issuer=ISSUER, actor=actor_of(request), **given)


@admin.register(FxQuote)
class FxQuoteAdmin(ReadOnlyAdmin[FxQuote]):
    list_display = ("sold", "bought", "spread_text", "recorded_at", "expires_at", "status")
    list_filter = (EntityFilter,)
    list_select_related = ("settlement",)
    ordering = ("-id",)
    detail_template = "ledgerflow/admin/fx_quote.html"
    named_actions = {
        "settle": NamedAction(
            "Settle",
            lambda row: f"Settle {sold(row)} for {bought(row)}",
            settled,
            lambda row, _: f"{sold(row)} are settled for {bought(row)}.",
            "deals.add_settlement",
            SettleForm,
            note=lambda row: (
                f"From {row.sell_account or '?'} to {row.buy_account or '?'}, at the quoted rate."
                " Two journals are posted."
            ),
            leads_to=lambda _, done: ("admin:deals_settlement_change", done.settlement.pk),
        )
    }

    @admin.display(description="Sold")
    def sold(self, row: FxQuote) -> str:
        return sold(row)

    @admin.display(description="Bought")
    def bought(self, row: FxQuote) -> str:
        return bought(row)

    @admin.display(description="Spread")
    def spread_text(self, row: FxQuote) -> str:
        return f"{normalised(row.spread_percent)} %"

    @admin.display(description="Status")
    def status(self, row: FxQuote) -> str:
        return status_of(row)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(self.may_add(request))
        entity = chosen_entity(request)
        if entity is None:
            messages.error(request, NO_BOOKS)
            return redirect("admin:books_entity_changelist")
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
        return self.form_page(request, form, f"Quote an exchange of {entity.name}", action="Quote", entity=entity)

    def detail_context(self, request: HttpRequest, row: FxQuote) -> dict[str, Any]:
        status = status_of(row)
        return {
            "title": f"Quote: {self.sold(row)} for {self.bought(row)}",
            "status": status,
            "sold": self.sold(row),
            "bought": self.bought(row),
            "gross": amount_text(row.gross_amount),
            "spread_percent": normalised(row.spread_percent),
            "spread": amount_text(row.spread_amount),
            "chain": chain_of(row.chain),
            "settlement": getattr(row, "settlement", None),
            "may_settle": status == "open" and request.user.has_perm("deals.add_settlement"),
        }


class SettlementDates(DateRangeFilter):
    field = "effective_date"


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin[Settlement]):
    list_display = ("effective_date", "sold", "bought", "sell_account", "buy_account", "state")
    list_filter = (EntityFilter, SettlementDates)
    list_select_related = ("sell_account", "buy_account", "reversal")
    ordering = ("-effective_date", "-id")
    detail_template = "ledgerflow/admin/fx_settlement.html"
    named_actions = {
        "reverse": NamedAction(
            "Reverse",
            lambda row: f"Reverse {sold(row)} for {bought(row)}",
            turned_back,
            lambda _row, _done: "Both journals are reversed, at the settlement's own rate.",
            form=ReverseForm,
        )
    }

    @admin.display(description="Sold")
    def sold(self, row: Settlement) -> str:
        return sold(row)

    @admin.display(description="Bought")
    def bought(self, row: Settlement) -> str:
        return bought(row)

    @admin.display(description="Status")
    def state(self, row: Settlement) -> str:
        return "reversed" if hasattr(row, "reversal") else "settled"

    def detail_context(self, request: HttpRequest, row: Settlement) -> dict[str, Any]:
        proof = proof_of(row)
        return {
            "title": f"Settlement: {self.sold(row)} for {self.bought(row)}",
            "idempotency_key": key_of(row),
            "sold": self.sold(row),
            "bought": self.bought(row),
            "state": self.state(row),
            "spread_percent": normalised(row.spread_percent),
            "journals": [(journal, lines_of(journal)) for journal in (row.sell_journal, row.buy_journal)],
            "chain": chain_of(row.chain),
            "base_chain": chain_of(row.base_chain) if row.base_chain != row.chain else [],
            "values": [
                (name, amount_text(getattr(row, f"{name}_base"))) for name in ("sell", "buy", "spread", "rounding")
            ],
            "base": row.entity.base_currency,
            "proof": [(leg, amount_text(leg.amount), amount_text(leg.base)) for leg in proof.lines],
            "proof_total": amount_text(proof.total),
            "proof_holds": not proof.total and proof.agrees,
            "reversal": getattr(row, "reversal", None),
        }


def key_of(row: Settlement) -> str:
    """The key it was asked for under, which its event tells."""
    data = Event.objects.values_list("data", flat=True).get(entity_id=row.entity_id, sequence=row.event_sequence)
    return FxSettledFact.read(data).idempotency_key


def status_of(row: FxQuote) -> str:
    if hasattr(row, "settlement"):
        return "settled"
    return "open" if row.expires_at >= clocks.now() else "expired"


def chain_of(stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rates of a chain, as people read them."""
    return [
        {
            "rate": f"1 {leg.base} = {normalised(leg.value)} {leg.quote}", "date": leg.rate_date, "kind": leg.kind,
            "version": leg.version, "source": leg.source, "operation": f"{leg.operation}d".replace("yd", "ied"),
        }
        for leg in chain_from(stored)
    ]  # fmt: skip


def lines_of(journal: Journal) -> list[tuple[Posting, str, str]]:
    """The lines of a journal: posting, debit, credit."""
    rows = journal.postings.select_related("account").order_by("line")
    return [
        (row, amount_text(row.amount) if row.amount > 0 else "", "" if row.amount > 0 else amount_text(-row.amount))
        for row in rows
    ]
