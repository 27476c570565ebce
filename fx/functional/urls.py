from django.urls import path

from fx.functional import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("fx/own-rates", view(api.fx_own_rate_list, api.fx_own_rate_give), name="fx-own-rates"),
]
