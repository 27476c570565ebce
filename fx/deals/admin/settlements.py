"""Admin pages of settlements: one with all it is made of, and a form for a deal that was agreed elsewhere."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_noop

from accounts.bases.eras import base_currency_on
from fx.deals.admin.forms import AgreedForm, ReverseForm
from fx.deals.admin.texts import ISSUER, NO_BOOKS, bought, chain_of, lines_of, sold
from fx.deals.agreed import difference_of
from fx.deals.events import FxSettledFact
from fx.deals.models import Settlement
from fx.deals.settlement import Settled, reverse_settlement, settle
from fx.deals.settlement_proof import proof_of
from ledgerflow.books.models import Entity, Event
from ledgerflow.core.ids import uuid7
from ledgerflow.core.locales.current import rate_text
from ledgerflow.web.admin_base import AddingAdmin, NamedAction, actor_of, amount_text, attempt
from ledgerflow.web.admin_filters import DateRangeFilter, EntityFilter
from ledgerflow.web.pages.amounts import money_elements


def turned_back(request: HttpRequest, row: Settlement, given: dict[str, Any]) -> Settled:
    """Reverse a settlement."""
    key = f"admin-reverse:{row.pk}"
    return reverse_settlement(row.entity_id, row.pk, key=key, issuer=ISSUER, actor=actor_of(request), **given)


class SettlementDates(DateRangeFilter):
    field = "effective_date"


@admin.register(Settlement)
class SettlementAdmin(AddingAdmin[Settlement]):
    list_display = ("effective_date", "sold", "bought", "sell_account", "buy_account", "state")
    list_filter = (EntityFilter, SettlementDates)
    list_select_related = ("sell_account", "buy_account", "reversal")
    ordering = ("-effective_date", "-id")
    turns_by_key = True
    detail_template = "ledgerflow/admin/fx_settlement.html"
    named_actions = {
        "reverse": NamedAction(
            "Reverse",
            lambda row: gettext("Reverse %(row)s for %(other_row)s") % {"row": sold(row), "other_row": bought(row)},
            turned_back,
            lambda _row, _done: gettext("Both journals are reversed, at the settlement's own rate."),
            form=ReverseForm,
        )
    }
    no_books = NO_BOOKS

    @admin.display(description="Sold")
    def sold(self, row: Settlement) -> str:
        return money_elements([(row.sell_amount, row.sell_currency)])

    @admin.display(description="Bought")
    def bought(self, row: Settlement) -> str:
        return money_elements([(row.buy_amount, row.buy_currency)])

    @admin.display(description="Status")
    def state(self, row: Settlement) -> str:
        return "reversed" if hasattr(row, "reversal") else gettext_noop("settled")

    def add_page(self, request: HttpRequest, entity: Entity) -> HttpResponse:
        form = AgreedForm(request.POST or None, initial={"key": f"admin:{uuid7()}"})
        if request.method == "POST" and form.is_valid():
            done = attempt(form, lambda: _recorded(request, entity, form))
            if done is not None:
                messages.success(
                    request,
                    gettext("%(settlement)s for %(other_settlement)s are recorded.")
                    % {"settlement": sold(done.settlement), "other_settlement": bought(done.settlement)},
                )
                return redirect("admin:deals_settlement_change", done.settlement.pk)
        title = gettext("Record an exchange of %(books)s as it was agreed") % {"books": entity.name}
        return self.form_page(request, form, title, action="Record", entity=entity)

    def detail_context(self, request: HttpRequest, row: Settlement) -> dict[str, Any]:
        proof = proof_of(row)
        return {
            "title": gettext("Settlement: %(row)s for %(other_row)s") % {"row": sold(row), "other_row": bought(row)},
            "idempotency_key": key_of(row),
            "sold": sold(row),
            "bought": bought(row),
            "state": self.state(row),
            "spread_percent": rate_text(row.spread_percent),
            "journals": [(journal, lines_of(journal)) for journal in (row.sell_journal, row.buy_journal)],
            "chain": chain_of(row.chain),
            "reference_chain": chain_of(row.reference_chain),
            "base_chain": chain_of(row.base_chain) if row.base_chain != row.chain else [],
            "reference": reference_of(row),
            "fee": f"{amount_text(row.fee_amount)} {row.fee_currency}" if row.fee_amount is not None else "",
            "values": [
                (name, amount_text(getattr(row, f"{name}_base"))) for name in ("sell", "buy", "spread", "rounding")
            ],
            "base": base_currency_on(row.entity_id, row.effective_date),
            "proof": [(leg, amount_text(leg.amount), amount_text(leg.base)) for leg in proof.lines],
            "proof_total": amount_text(proof.total),
            "proof_holds": not proof.total and proof.agrees,
            "reversal": getattr(row, "reversal", None),
        }


def _recorded(request: HttpRequest, entity: Entity, form: AgreedForm) -> Settled:
    may, key = request.user.has_perm("deals.change_settlement"), form.cleaned_data["key"]
    return settle(entity.pk, form.order(), key=key, may_choose_rate=may, issuer=ISSUER, actor=actor_of(request))


def reference_of(row: Settlement) -> str:
    """What a price that was agreed is compared with, in a sentence."""
    found = difference_of(row.buy_amount, row.reference_amount)
    if row.reference_amount is None or found is None:
        return (
            gettext("None: %(reference_missing)s") % {"reference_missing": row.reference_missing}
            if row.reference_missing
            else ""
        )
    text = f"{amount_text(row.reference_amount)} {row.buy_currency}; {amount_text(found.amount)} {row.buy_currency}"
    if found.percent is None:
        return text
    return gettext("%(text)s, %(percent)s %% or %(other_percent)s basis points") % {
        "text": text,
        "percent": rate_text(found.percent),
        "other_percent": rate_text(found.percent * 100),
    }


def key_of(row: Settlement) -> str:
    """The key it was asked for under, which its event tells."""
    data = Event.objects.values_list("data", flat=True).get(entity_id=row.entity_id, sequence=row.event_sequence)
    return FxSettledFact.read(data).idempotency_key
