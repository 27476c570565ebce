from django.urls import path

from journals.views import api
from ledgerflow.web.endpoints import view

urlpatterns = [
    path("views/journals", view(api.view_journal_list), name="view-journals"),
    path("views/journals/<uuid:journal_id>", view(api.view_journal), name="view-journal"),
    path("views/accounts", view(api.view_account_list), name="view-accounts"),
    path("views/accounts/<str:code>/balance", view(api.view_balance), name="view-balance"),
    path("views/accounts/<str:code>/activity", view(api.view_activity), name="view-activity"),
    path("views/dashboard", view(api.view_dashboard), name="view-dashboard"),
]
