from django.urls import path

from apps.credits.owners import api
from ledgerflow.web.endpoints import view

# An owner is any application's user: its id may hold a slash.
urlpatterns = [
    path("credits/owners/<path:owner_id>/entries", view(api.credit_owner_entries), name="credit-owner-entries"),
    path("credits/owners/<path:owner_id>/statement", view(api.credit_owner_statement), name="credit-owner-statement"),
    path("credits/owners/<path:owner_id>", view(api.credit_owner), name="credit-owner"),
]
