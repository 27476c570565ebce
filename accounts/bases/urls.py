from django.urls import path

from accounts.bases import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("entity/base-currency", view(api.base_currency_list, api.base_currency_change), name="entity-base-currency"),
]
