from django.urls import path

from fx.api import deals, rates

urlpatterns = [
    path("fx/rates", rates.RatesView.as_view(), name="fx-rates"),
    path("fx/convert", rates.ConvertView.as_view(), name="fx-convert"),
    path("fx/policy", rates.PolicyView.as_view(), name="fx-policy"),
    path("fx/quotes", deals.QuotesView.as_view(), name="fx-quotes"),
    path("fx/quotes/<uuid:quote_id>", deals.QuoteView.as_view(), name="fx-quote"),
    path("fx/settlements", deals.SettlementsView.as_view(), name="fx-settlements"),
    path("fx/settlements/<uuid:settlement_id>", deals.SettlementView.as_view(), name="fx-settlement"),
    path(
        "fx/settlements/<uuid:settlement_id>/reverse",
        deals.SettlementReverseView.as_view(),
        name="fx-settlement-reverse",
    ),
    path("fx/revaluations", deals.RevaluationsView.as_view(), name="fx-revaluations"),
    path("fx/revaluations/<uuid:revaluation_id>", deals.RevaluationView.as_view(), name="fx-revaluation"),
    path("fx/valuation-pairs", deals.PairsView.as_view(), name="fx-valuation-pairs"),
    path("fx/accounts", deals.AccountsView.as_view(), name="fx-accounts"),
]
