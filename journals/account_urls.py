from django.urls import path

from journals.api import accounts

urlpatterns = [
    path("accounts/<str:code>/balance", accounts.BalanceView.as_view(), name="account-balance"),
    path("accounts/<str:code>/register", accounts.RegisterView.as_view(), name="account-register"),
    path("opening-balances", accounts.OpeningBalancesView.as_view(), name="opening-balances"),
]
