from django.urls import path

from accounts import api

urlpatterns = [
    path("entity", api.EntityView.as_view(), name="entity"),
    path("entity/leap", api.LeapView.as_view(), name="entity-leap"),
    path("currencies", api.CurrenciesView.as_view(), name="currencies"),
    path("accounts", api.AccountsView.as_view(), name="accounts"),
    path("accounts/<str:code>", api.AccountView.as_view(), name="account"),
    path("accounts/<str:code>/freeze", api.FreezeView.as_view(), name="account-freeze"),
    path("accounts/<str:code>/unfreeze", api.UnfreezeView.as_view(), name="account-unfreeze"),
    path("accounts/<str:code>/close", api.CloseView.as_view(), name="account-close"),
    # An owner is any application's user: its id may hold a slash.
    path("owners/<path:owner_id>/balances", api.OwnerBalancesView.as_view(), name="owner-balances"),
]
