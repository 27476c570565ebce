from django.urls import path

from journals.api import accounts, views

urlpatterns = [
    path("transfers", views.TransferView.as_view(), name="transfers"),
    path("journals", views.JournalsView.as_view(), name="journals"),
    path("journals/batch", views.BatchView.as_view(), name="batch"),
    path("journals/<uuid:journal_id>", views.JournalView.as_view(), name="journal"),
    path("journals/<uuid:journal_id>/reverse", views.ReverseView.as_view(), name="reverse"),
    path("accounts/<str:code>/balance", accounts.BalanceView.as_view(), name="account-balance"),
    path("accounts/<str:code>/register", accounts.RegisterView.as_view(), name="account-register"),
    path("opening-balances", accounts.OpeningBalancesView.as_view(), name="opening-balances"),
]
