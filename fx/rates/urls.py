from django.urls import path

from fx.rates import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("fx/rates", view(api.rate_list, api.rate_record), name="fx-rates"),
    path("fx/convert", view(api.convert), name="fx-convert"),
    path("fx/policy", view(api.fx_policy_show, api.fx_policy_change), name="fx-policy"),
]
