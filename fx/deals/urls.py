from django.urls import path

from fx.deals import api

urlpatterns = [
    path("fx/quotes", api.QuotesView.as_view(), name="fx-quotes"),
    path("fx/quotes/<uuid:quote_id>", api.QuoteView.as_view(), name="fx-quote"),
    path("fx/settlements", api.SettlementsView.as_view(), name="fx-settlements"),
    path("fx/settlements/<uuid:settlement_id>", api.SettlementView.as_view(), name="fx-settlement"),
    path(
        "fx/settlements/<uuid:settlement_id>/reverse",
        api.SettlementReverseView.as_view(),
        name="fx-settlement-reverse",
    ),
]
