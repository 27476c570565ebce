from django.urls import path

from fx.revaluation import api

urlpatterns = [
    path("fx/revaluations", api.RevaluationsView.as_view(), name="fx-revaluations"),
    path("fx/revaluations/<uuid:revaluation_id>", api.RevaluationView.as_view(), name="fx-revaluation"),
    path("fx/valuation-pairs", api.PairsView.as_view(), name="fx-valuation-pairs"),
    path("fx/accounts", api.FxAccountsView.as_view(), name="fx-accounts"),
]
