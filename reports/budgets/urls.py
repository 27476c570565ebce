from django.urls import path

from ledgerflow.web.endpoints import view
from reports.budgets import api

urlpatterns = [
    path("budgets/<str:version>/lines", view(api.budget_line_list, api.budget_set), name="budget-lines"),
]
