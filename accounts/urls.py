from django.urls import path

from accounts import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("entity", view(api.entity_show, api.entity_change), name="entity"),
    path("entity/leap", view(api.entity_leap), name="entity-leap"),
    path("currencies", view(api.currency_list, api.currency_add), name="currencies"),
    path("accounts", view(api.account_list, api.account_open), name="accounts"),
    path("accounts/<str:code>", view(api.account_show, api.account_change), name="account"),
    path("accounts/<str:code>/freeze", view(api.account_freeze), name="account-freeze"),
    path("accounts/<str:code>/unfreeze", view(api.account_unfreeze), name="account-unfreeze"),
    path("accounts/<str:code>/close", view(api.account_close), name="account-close"),
    # An owner is any application's user: its id may hold a slash.
    path("owners/<path:owner_id>/balances", view(api.owner_balances), name="owner-balances"),
]
