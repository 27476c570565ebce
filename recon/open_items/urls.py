from django.urls import path

from ledgerflow.web.endpoints import view
from recon.open_items import api

urlpatterns = [
    path("open-items/accounts", view(api.item_account_list), name="open-items-accounts"),
    path("open-items/accounts/<str:code>", view(api.item_account_set), name="open-items-account"),
    path("open-items/due-dates", view(api.due_date_list), name="open-items-due-dates"),
    path("open-items/due-dates/<uuid:journal_id>", view(api.due_date_set), name="open-items-due-date"),
    path("open-items/allocations", view(api.allocation_list, api.allocation_make), name="open-items-allocations"),
    path(
        "open-items/allocations/<uuid:allocation_id>/undo", view(api.allocation_undo), name="open-items-allocation-undo"
    ),
    path("open-items/suggestions", view(api.item_suggestions), name="open-items-suggestions"),
    path("open-items/runs", view(api.item_run), name="open-items-runs"),
]
