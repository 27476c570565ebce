from django.urls import path

from fx.revaluation import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("fx/revaluations", view(api.fx_revaluation_list, api.fx_revalue), name="fx-revaluations"),
    path("fx/revaluations/<uuid:revaluation_id>", view(api.fx_revaluation_show), name="fx-revaluation"),
    path("fx/valuation-pairs", view(api.fx_valuation_pair_list, api.fx_valuation_pair_set), name="fx-valuation-pairs"),
    path("fx/accounts", view(api.fx_accounts_open), name="fx-accounts"),
]
