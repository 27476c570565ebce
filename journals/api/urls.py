from django.urls import path

from journals.api import accounts, views
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("transfers", view(views.transfer_post), name="transfers"),
    path("journals", view(views.journal_list, views.journal_post), name="journals"),
    path("journals/batch", view(views.batch_post), name="batch"),
    path("journals/<uuid:journal_id>", view(views.journal_show), name="journal"),
    path("journals/<uuid:journal_id>/reverse", view(views.journal_reverse), name="reverse"),
    path("accounts/<str:code>/balance", view(accounts.account_balance), name="account-balance"),
    path("accounts/<str:code>/register", view(accounts.account_register), name="account-register"),
    path("opening-balances", view(accounts.opening_balances), name="opening-balances"),
]
